/**
 * What the theme costs a reader, gzipped: the part that every page has, and the chat that comes when it is opened.
 * React and Docusaurus are not counted: the page has them anyway. Fails when a part is over its limit.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { BUNDLING } from "./bundling.mjs";

const LIB = join(dirname(fileURLToPath(import.meta.url)), "lib");
const THEME = join(LIB, "theme");
const PAGE = ["Layout/Provider/index.js", "Navbar/Search/index.js"]; // what Docusaurus loads with a page
const LIMITS = {
  "script on every page": { entries: PAGE, end: ".js", most: 3_000 },
  "script of the opened chat": { entries: ["Fingerpost/Panel/index.js"], end: ".js", most: 175_000 },
  // Docusaurus makes one style sheet of all of a site's styles, so that these come with every page.
  "styles of all parts": { entries: [...PAGE, "Fingerpost/Panel/index.js"], end: ".css", most: 4_000 },
};

for (const [name, { entries, end, most }] of Object.entries(LIMITS)) {
  const bytes = gzipSync(await bundled(entries, end), { level: 9 }).length;
  console.log(`${name}: ${bytes} bytes gzipped, at most ${most}`);
  if (bytes > most) process.exitCode = 1;
}

async function bundled(entries, end) {
  const { outputFiles } = await build({
    stdin: { contents: entries.map((name, at) => `export * as part${at} from "./${name}";`).join("\n"), resolveDir: THEME },
    ...BUNDLING,
    splitting: true, // `import()` begins another file, which is not counted
    format: "esm",
    outdir: "out",
    loader: { ".module.css": "local-css" },
    external: ["react", "react/jsx-runtime", "react-dom", "@docusaurus/*", "@generated/*", "@theme-init/*", "@theme/CodeBlock"],
    alias: { "@theme/Fingerpost": join(THEME, "Fingerpost"), "docusaurus-theme-fingerpost": LIB },
  });
  return outputFiles.filter(({ path }) => /[\\/]stdin\./.test(path) && path.endsWith(end)).map(({ text }) => text).join("");
}
