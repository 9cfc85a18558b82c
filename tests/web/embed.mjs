/** The embed: the same chat on pages that are not Docusaurus's, from one script tag. */
import assert from "node:assert/strict";
import { test } from "node:test";
import violations from "./axe.mjs";
import { API, SITE } from "./demo.mjs";
import { answered, ask, button, demo, field, inView, page, panel, QUESTION, turn } from "./reader.mjs";

const TAG = `<script src="${API}/embed.js" data-title="Fingerpost" data-suggestions="How do I install it? | ${QUESTION}" async></script>`;
const TEXT = `<main><h1>Plain</h1><p id="words">Fingerpost reads a docs folder.</p><p>${"It goes on. ".repeat(400)}</p><h2 id="end">End</h2></main>`;

/** Opens a page of the site that is this HTML. */
async function visit({ head = "", body = TEXT, tag = TAG, headers = {}, attributes = 'lang="en"' } = {}) {
  const html = `<!doctype html><html ${attributes}><head><title>Plain</title>${head}${tag}</head><body>${body}</body></html>`;
  demo.pages.set("/plain", { headers, body: html });
  await page.goto(`${SITE}/plain`);
  await launcher().waitFor();
}

const launcher = () => page.getByRole("button", { name: "Ask the docs" });

test("one script tag brings the chat: ask, read, follow a source, and the talk is still there", async () => {
  await visit();
  await launcher().click();
  await panel().getByText("Ask about Fingerpost").waitFor();
  await button(QUESTION).click();
  await answered();
  await turn().locator(".code").waitFor();
  const card = turn().locator("[data-fingerpost-sources] ol a").first();
  const [, anchor] = (await card.getAttribute("href")).split("#");
  await card.click();
  await page.waitForURL("**/docs/**");
  await inView(anchor);
  await page.goto(`${SITE}/plain`);
  await panel().getByRole("heading", { name: QUESTION }).waitFor();
});

test("a strict Content-Security-Policy needs the API's origin and nothing else", async () => {
  const policy = `default-src 'none'; script-src ${API}; connect-src ${API}; img-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`;
  await visit({ headers: { "content-security-policy": policy } });
  await launcher().click();
  await field().waitFor();
  await ask();
  await answered();
  const width = await panel().evaluate((node) => getComputedStyle(node).width);
  assert.equal(width, "416px", "its styles are there");
});

test("a page with hostile styles does not change how the chat looks, nor the chat the page", async () => {
  const look = async () => ({
    panel: await panel().evaluate((node) => styleOf(node)),
    title: await panel().locator("h2").evaluate((node) => styleOf(node)),
    field: await field().evaluate((node) => styleOf(node)),
    box: await panel().boundingBox(),
  });
  await page.addInitScript(() => {
    const names = ["color", "backgroundColor", "fontFamily", "fontSize", "lineHeight", "letterSpacing", "textTransform", "display", "opacity", "padding"];
    window.styleOf = (node) => Object.fromEntries(names.map((name) => [name, getComputedStyle(node)[name]]));
  });
  await visit();
  await launcher().click();
  await field().waitFor();
  const calm = await look();
  const rules = "color: red !important; background: lime !important; font: 40px fantasy !important; letter-spacing: 1em !important; display: inline !important; opacity: .2 !important; text-transform: uppercase !important; position: static !important";
  await page.evaluate(() => sessionStorage.clear());
  await visit({ head: `<style>html { font-size: 4px } * { ${rules} } dialog, button, textarea { display: none !important }</style>` });
  const before = await page.locator("#words").evaluate((node) => window.styleOf(node));
  await launcher().click();
  await field().waitFor();
  assert.deepEqual(await look(), calm);
  assert.deepEqual(await page.locator("#words").evaluate((node) => window.styleOf(node)), before);
});

test("the page says whether it is dark, and may change its mind", async () => {
  await visit({ attributes: 'lang="en" class="dark"' });
  await launcher().click();
  const ground = () => panel().evaluate((node) => getComputedStyle(node).backgroundColor);
  const dark = await ground();
  await page.evaluate(() => (document.documentElement.className = "light"));
  assert.notEqual(await ground(), dark);
});

test("labels are in the page's language, and the panel stands where its direction ends", async () => {
  await visit({ attributes: 'lang="fr" dir="rtl"' }).catch(() => {});
  await page.getByRole("button", { name: "Interroger la documentation" }).click();
  assert.equal((await panel().boundingBox()).x, 0);
});

test("marked text can be asked about, and the focus goes back to the page", async () => {
  await visit();
  await page.locator("#words").selectText();
  await page.getByRole("button", { name: "Ask about this" }).click();
  await panel().locator("blockquote").waitFor();
  await page.keyboard.press("Escape");
  await launcher().waitFor();
  await page.keyboard.press("Control+i");
  await field().waitFor();
  await page.keyboard.press("Escape");
  await launcher().waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in the embed, ${colorScheme}`, async () => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await visit();
    await launcher().click();
    await field().waitFor();
    assert.deepEqual(await violations(page, "fingerpost-chat"), []);
    await ask();
    await answered();
    assert.deepEqual(await violations(page, "fingerpost-chat"), []);
  });
}
