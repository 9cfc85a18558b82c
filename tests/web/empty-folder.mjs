/**
 * From an empty folder to an answer: a new Docusaurus site, the packed theme, one line of configuration, a build, and
 * a reader who goes through everything. `make test-site`; REACT=18 has the site made with React 18.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { API, ROOT, SITE, startDemo } from "./demo.mjs";

const REACT = process.env.REACT ?? "19";
const LINE = `  themes: [['docusaurus-theme-fingerpost', { apiUrl: '${API}' }]],\n`;
const SAYS = `The tutorial says how a document is made [1].\n\n\`\`\`md title="docs/hello.md"\n# Hello\n\`\`\`\n\n${"Then it goes on for a while. ".repeat(12)}`;
const QUESTION = "How do I create a document?";
const LIMIT = 6; // questions a minute, so that the last one is one too many

let folder;
let demo;
let page;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "fingerpost-site-"));
  const site = makeSite(folder);
  const config = { site: { root: site, url: SITE }, api: { limits: { per_client: [`${LIMIT}/minute`] } } };
  demo = await startDemo(SAYS, { gap: 0.03, build: join(site, "build"), config });
  const context = await demo.browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
});
after(async () => {
  await demo?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What an owner types. */
function makeSite(folder) {
  const run = (program, args, cwd) => execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, CI: "true" } });
  run("npx", ["--yes", "create-docusaurus@3.10.2", "site", "classic", "--typescript", "--skip-install"], folder);
  run("npm", ["pack", "--silent", "--workspace", "theme", "--pack-destination", folder], join(ROOT, "website"));
  const site = join(folder, "site");
  if (REACT === "18") run("npm", ["pkg", "set", "dependencies.react=^18.3.0", "dependencies.react-dom=^18.3.0"], site);
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", "../docusaurus-theme-fingerpost-0.1.0.tgz"], site);
  const file = join(site, "docusaurus.config.ts");
  const text = readFileSync(file, "utf8");
  assert.match(text, /^ {2}themeConfig:/m);
  writeFileSync(file, text.replace(/^ {2}themeConfig:/m, `${LINE}  themeConfig:`));
  run("npm", ["run", "build"], site);
  const { version } = JSON.parse(readFileSync(join(site, "node_modules", "react", "package.json"), "utf8"));
  assert.equal(version.split(".")[0], REACT);
  return site;
}

const panel = () => page.locator("dialog[data-fingerpost]");
const field = () => panel().locator("[data-fingerpost-field]");
const turn = () => panel().getByRole("article").last();
const button = (name) => panel().getByRole("button", { name, exact: true });
const answered = () => panel().locator("article:last-child[data-state=done]").waitFor();

async function ask(question) {
  await field().fill(question);
  await field().press("Enter");
  await panel().getByRole("heading", { name: question }).last().waitFor();
}

test(`a reader's whole way, with React ${REACT}`, async (t) => {
  await t.test("with the keyboard: open, ask, stop while it streams, ask again", async () => {
    await page.goto(`${SITE}/docs/intro`);
    await page.locator("html[data-has-hydrated=true]").waitFor();
    await page.getByRole("link", { name: "Tutorial", exact: true }).first().focus();
    await page.keyboard.press("Control+i");
    await field().waitFor();
    await page.keyboard.type(QUESTION);
    await page.keyboard.press("Enter");
    await turn().getByText("The tutorial says").waitFor();
    assert.equal(await turn().getAttribute("data-state"), "asking");
    await turn().getByText("it goes on").waitFor();
    await page.keyboard.press("Tab"); // from the field to the button that stops
    await page.keyboard.press("Enter");
    await panel().locator("article[data-state=stopped]").waitFor();
    await button("Ask again").focus();
    await page.keyboard.press("Enter");
    await answered();
    await page.keyboard.press("Escape");
    await panel().waitFor({ state: "hidden" });
    await page.waitForFunction(() => document.activeElement.textContent === "Tutorial");
  });

  await t.test("a source leads to the very heading, by the router", async () => {
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page.evaluate(() => (window.sameDocument = true));
    const card = turn().locator("[data-fingerpost-sources] ol a").first();
    const [path, anchor] = (await card.getAttribute("href")).split("#");
    await card.click();
    await page.waitForURL(`**${path}${anchor ? `#${anchor}` : ""}`);
    if (anchor) await page.waitForFunction((id) => document.getElementById(id)?.getBoundingClientRect().top < innerHeight / 2, anchor);
    assert.equal(await page.evaluate(() => window.sameDocument), true);
  });

  await t.test("a follow-up about marked text takes the conversation along", async () => {
    const words = page.locator("main article p").first();
    await words.scrollIntoViewIfNeeded();
    await words.selectText();
    await page.getByRole("button", { name: "Ask about this" }).click();
    await panel().locator("blockquote").waitFor();
    const sent = page.waitForRequest(`${API}/v1/chat`);
    await ask("What does this mean?");
    const { messages, context } = (await sent).postDataJSON();
    assert.deepEqual([messages.map(({ role }) => role), context[0].type], [["user", "assistant", "user"], "textSelection"]);
    await answered();
  });

  await t.test("a reload keeps the talk, in the dark too, and on a phone", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.evaluate(() => localStorage.setItem("theme", "dark"));
    await page.reload();
    await panel().getByRole("heading", { name: QUESTION }).waitFor();
    const ground = await panel().evaluate((node) => getComputedStyle(node).backgroundColor);
    assert.ok(ground.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 80), ground);
    await page.setViewportSize({ width: 390, height: 844 });
    const box = await panel().boundingBox();
    assert.deepEqual([box.x, box.width], [0, 390]);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await t.test("the API's own limit is told, with when to come back", async () => {
    for (let left = LIMIT; left > 0 && !(await turn().getByText("Many questions").count()); left--) {
      await ask(`One more, ${left}?`);
      await panel().locator("article:last-child:not([data-state=asking])").waitFor();
    }
    await turn().getByText("Many questions are being asked").waitFor();
    assert.match(await turn().getByRole("button", { name: /Ask again/ }).innerText(), /\(\d+ s\)/);
  });

  await t.test("a server that is gone is told too, and asked again when it is back", async () => {
    await demo.stopApi();
    await ask("Are you there?");
    await turn().getByText("cannot be reached just now").waitFor();
    await demo.startApi();
    await button("Ask again").click();
    await answered();
  });
});
