// What the TypeScript compiler leaves: `clean` empties lib/, `styles` copies the style sheets into it.
import { cpSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

function styles() {
  const files = readdirSync(join(here, "src"), { recursive: true }).filter((name) => name.endsWith(".css"));
  for (const name of files) cpSync(join(here, "src", name), join(here, "lib", name));
}

if (process.argv[2] === "clean") rmSync(join(here, "lib"), { recursive: true, force: true });
else styles();
