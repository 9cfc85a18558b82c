/**
 * Takes the manual's pictures of the chat, on the demo site: `node pictures.mjs [FOLDER]`, by default those that
 * are in the repository. Look at them before you commit them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, SITE, startDemo } from "./demo.mjs";

const FOLDER = process.argv[2] ?? join(ROOT, "website", "static", "img", "chat");
const QUESTION = "What happens when an ingest crashes?";
const SAYS =
  "Nothing is lost. When an ingest is killed or the machine goes down, the index is **the one before**: the switch to the " +
  "new one is the last step [1].\n\nRun it again, there is nothing to repair:\n\n```bash\npython -m ingest\n```\n\n" +
  "The half-written generation is removed by that run [1], and what was embedded already is not embedded again [2].";
const WIDE = { viewport: { width: 1360, height: 850 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const demo = await startDemo(SAYS, { gap: 0.002 });
mkdirSync(FOLDER, { recursive: true });
try {
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, device] of Object.entries({ wide: WIDE, phone: PHONE })) await take(`${name}-${colorScheme}`, { ...device, colorScheme });
  }
} finally {
  await demo.close();
}

async function take(name, device) {
  const context = await demo.browser.newContext({ ...device, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${SITE}/docs/ingestion`);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  const panel = page.locator("dialog[data-fingerpost]");
  await panel.getByRole("textbox").waitFor();
  if (process.argv[2]) await save(page, `${name}-welcome`);
  await panel.getByRole("textbox").fill(QUESTION);
  await panel.getByRole("textbox").press("Enter");
  await panel.locator("article[data-state=done]").waitFor();
  await panel.locator("header").hover();
  await save(page, name);
  await context.close();
}

async function save(page, name) {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  const file = join(FOLDER, `${name}.webp`);
  writeFileSync(file, Buffer.from(data, "base64"));
  console.log(`${file}: ${Math.round((data.length * 3) / 4096)} kB`);
}
