/**
 * Builds the chat as one script: `node build.mjs FILE`. The parts are the theme's own sources; what they ask
 * Docusaurus for is in src/docusaurus, or is Docusaurus's own code where that needs no Docusaurus around it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { BUNDLING } from "../theme/bundling.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const SITE = dirname(HERE);
const LIMIT = 300_000; // bytes, gzipped
const file = process.argv[2] ?? join(HERE, "dist", "embed.js");

const require = createRequire(import.meta.url);
const here = (name) => join(HERE, "src", "docusaurus", name);
const theme = (name) => join(SITE, "theme", "src", name);
const docusaurus = (name) => join(dirname(require.resolve("@docusaurus/core/package.json")), "lib", "client", "exports", name);

const ALIAS = {
  "@docusaurus/Translate": docusaurus("Translate.js"),
  "@docusaurus/Interpolate": docusaurus("Interpolate.js"),
  "@docusaurus/theme-common": join(dirname(require.resolve("@docusaurus/theme-common")), "utils", "usePluralForm.js"),
  "@docusaurus/ErrorBoundary": here("ErrorBoundary.ts"),
  "@docusaurus/router": here("context.ts"),
  "@docusaurus/useDocusaurusContext": here("context.ts"),
  "@docusaurus/useGlobalData": here("context.ts"),
  "@generated/codeTranslations": here("codeTranslations.ts"),
  "@theme/CodeBlock": here("CodeBlock.tsx"),
  "@theme/Fingerpost/Answer/Reference": here("Reference.tsx"),
  "@theme": theme("theme"),
  "docusaurus-theme-fingerpost/client": theme("client"),
  "docusaurus-theme-fingerpost/chat": theme("chat"),
  "docusaurus-theme-fingerpost/locales": join(SITE, "theme", "locales"),
};

/** The page's own sheet becomes the shadow tree's: `html` is its first element, and a page's `rem` is not ours. */
function forShadow(css) {
  return css
    .replaceAll(":root", ":host")
    .replace(/html\[data-theme=["']?dark["']?\]/g, ":host([data-theme=dark])")
    .replace(/(^|[},])html(?=[{,])/g, "$1:host>div")
    .replace(/(\d*\.?\d+)rem\b/g, (_, size) => `${Number(size) * 16}px`);
}

const { outputFiles } = await build({
  ...BUNDLING,
  entryPoints: [join(HERE, "src", "index.tsx")],
  outfile: file,
  format: "iife",
  legalComments: "eof",
  alias: ALIAS,
  loader: { ".js": "jsx", ".module.css": "local-css" }, // Docusaurus's own files are JSX
});
const [js, css] = [".js", ".css"].map((end) => outputFiles.find(({ path }) => path.endsWith(end)).text);
const script = js.replace("FINGERPOST_CSS", () => JSON.stringify(forShadow(css)));
const packed = gzipSync(script, { level: 9 });
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, script);
writeFileSync(`${file}.gz`, packed);
console.log(`${file}: ${Buffer.byteLength(script)} bytes, ${packed.length} gzipped (at most ${LIMIT})`);
if (packed.length > LIMIT) process.exitCode = 1;
