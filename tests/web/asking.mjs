/** Asking: streaming, stopping, following up, sources, marked text, votes, the keyboard. */
import assert from "node:assert/strict";
import { test } from "node:test";
import violations from "./axe.mjs";
import { API, SITE } from "./demo.mjs";
import { answered, ask, button, expected, field, inView, open, openChat, page, panel, PHONE, problem, QUESTION, turn } from "./reader.mjs";

test("an answer streams in with its sources, and can be copied", async () => {
  await openChat();
  const sent = page.waitForRequest(`${API}/v1/chat`);
  await ask();
  const body = (await sent).postDataJSON();
  assert.equal(body.currentPath, "/docs/getting-started");
  assert.equal(body.filter.language, "en");
  await turn().getByText("To ingest").waitFor();
  assert.equal(await turn().getAttribute("data-state"), "asking", "the words come before the end");
  await answered();
  await turn().getByRole("link", { name: /^1/ }).first().waitFor();
  await turn().locator(".theme-code-block").waitFor();
  await button("Copy the answer").click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^To ingest your docs folder/);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Copied");
});

test("a source leads to the very heading, without a reload, and the talk stays", async () => {
  await openChat();
  await ask();
  await answered();
  await page.evaluate(() => (window.sameDocument = true));
  await turn().locator("summary").click();
  const cards = turn().locator("[data-fingerpost-sources] ol a");
  const hrefs = await cards.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  const elsewhere = hrefs.findIndex((href) => href.includes("#") && !href.startsWith("/docs/getting-started"));
  assert.notEqual(elsewhere, -1, `a source on another page, in ${hrefs}`);
  await cards.nth(elsewhere).click();
  const [path, anchor] = hrefs[elsewhere].split("#");
  await page.waitForURL(`**${path}#${anchor}`);
  await inView(anchor);
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  await panel().getByRole("heading", { name: QUESTION }).waitFor();
});

test("stop keeps what was said, and asking again brings the whole", async () => {
  await openChat();
  await ask();
  await turn().getByText("It ends with").waitFor(); // a click right after Send would count as a double click
  await button("Stop").click();
  await panel().locator("article[data-state=stopped]").waitFor();
  await turn().getByText("You stopped this answer.").waitFor();
  await button("Ask again").click();
  await answered();
  assert.equal(await panel().getByRole("article").count(), 1);
});

test("a follow-up takes the conversation along, a reload keeps it, and it can be cleared", async () => {
  await openChat();
  await ask();
  await answered();
  const sent = page.waitForRequest(`${API}/v1/chat`);
  await ask("And how long does it take?");
  assert.deepEqual((await sent).postDataJSON().messages.map(({ role }) => role), ["user", "assistant", "user"]);
  await answered();
  await page.reload();
  await field().waitFor(); // the drawer is open again
  assert.equal(await panel().getByRole("article").count(), 2);
  await button("New chat").click();
  await panel().getByText("Ask about Fingerpost").waitFor();
  await page.reload();
  await panel().getByText("Ask about Fingerpost").waitFor();
});

test("marked text can be asked about, and goes with the question", async () => {
  await page.locator("article p").first().selectText();
  await page.getByRole("button", { name: "Ask about this" }).waitFor();
  assert.deepEqual(await violations(page, "[class^=ask_]"), []);
  await page.getByRole("button", { name: "Ask about this" }).click();
  await panel().locator("blockquote").waitFor();
  const sent = page.waitForRequest(`${API}/v1/chat`);
  await ask("What does this mean?");
  const [context] = (await sent).postDataJSON().context;
  assert.equal(context.type, "textSelection");
  assert.match(context.value, /^Fingerpost answers readers' questions/);
  await answered();
});

test("the keyboard is enough: open, ask, walk, close, and the focus is back", async () => {
  const link = page.getByRole("link", { name: "Manual", exact: true });
  await link.focus();
  await page.keyboard.press("Control+i");
  await field().waitFor();
  await page.keyboard.type(QUESTION);
  await page.keyboard.press("Enter");
  await answered();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Bad answer");
  await page.keyboard.press("Escape");
  await panel().waitFor({ state: "hidden" });
  await page.waitForFunction(() => document.activeElement.textContent === "Manual");
});

test("suggested questions fit the section", async () => {
  await page.goto(`${SITE}/docs/api`);
  await openChat();
  await button("Which errors can the API return?").click();
  await answered();
});

test("a thumb down is counted at once, and reasons can follow", async () => {
  await openChat();
  await ask();
  await answered();
  const first = page.waitForResponse(`${API}/v1/feedback`);
  await button("Bad answer").click();
  assert.equal((await first).status(), 204);
  await panel().getByText("Out of date").click();
  await panel().getByRole("textbox", { name: "What would have helped?" }).fill("It is about version 1.");
  const second = page.waitForResponse(`${API}/v1/feedback`);
  await button("Send feedback").click();
  assert.equal((await second).status(), 204);
  const { messageId, ...told } = (await second).request().postDataJSON();
  assert.deepEqual(told, { thumbs: 0, tags: ["outdated"], notes: "It is about version 1." });
  await panel().getByText("Thank you.").waitFor();
  await page.waitForFunction(() => document.activeElement.ariaLabel === "Bad answer");
});

test("reasons that do not arrive are not lost", async () => {
  await openChat();
  await ask();
  await answered();
  await button("Bad answer").click();
  await panel().getByText("Thank you.").waitFor();
  await panel().getByRole("textbox", { name: "What would have helped?" }).fill("An example");
  await page.route(`${API}/v1/feedback`, (route) => route.abort());
  await button("Send feedback").click();
  await panel().getByText("That did not arrive. Try again.").waitFor();
  await page.unroute(`${API}/v1/feedback`);
  await button("Send feedback").click();
  await panel().getByText("Thank you.").waitFor();
  expected(/Failed to load resource/);
});

test("thumbs go away when the server takes no votes", async () => {
  await page.route(`${API}/v1/feedback`, (route) => route.fulfill(problem(404, "not-found")));
  await openChat();
  await ask();
  await answered();
  await button("Good answer").click();
  await button("Good answer").waitFor({ state: "detached" });
  expected(/Failed to load resource/);
});

test("on a phone the chat is a sheet that goes when a source is followed", async () => {
  await open(PHONE, { hasTouch: true, isMobile: true });
  await openChat();
  await ask();
  await answered();
  const card = turn().locator("[data-fingerpost-sources] ol a").first();
  const anchor = (await card.getAttribute("href")).split("#")[1];
  await card.click();
  await panel().waitFor({ state: "hidden" });
  await inView(anchor);
  const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
  assert.ok((scrollWidth ?? 0) <= (clientWidth ?? 0));
});

test("Shift+Enter begins a line, and the Enter that ends a composition sends nothing", async () => {
  await openChat();
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  assert.equal(await field().inputValue(), "one\ntwo");
  await field().evaluate((node) => {
    const key = { key: "Enter", bubbles: true, cancelable: true };
    node.dispatchEvent(new KeyboardEvent("keydown", { ...key, isComposing: true }));
    node.dispatchEvent(new KeyboardEvent("keydown", { ...key, keyCode: 229 }));
  });
  assert.equal(await panel().getByRole("article").count(), 0);
  await page.keyboard.press("Enter");
  await turn().getByRole("heading", { name: "one two" }).waitFor();
  await answered();
});

test("whoever reads on while the answer grows is not moved", async () => {
  await openChat();
  await ask();
  await answered();
  await ask("And then?");
  await turn().getByText("To ingest").waitFor();
  const body = panel().locator("[data-fingerpost-body]");
  await body.evaluate((node) => node.scrollTo({ top: 10, behavior: "instant" }));
  await answered();
  assert.equal(await body.evaluate((node) => node.scrollTop), 10);
});

test("a screen reader is told the steps of an answer, not its words", async () => {
  await openChat();
  await panel().evaluate((node) => {
    window.said = [];
    const look = () => window.said.push(node.querySelector("p[role=status]").textContent);
    new MutationObserver(look).observe(node.querySelector("p[role=status]"), { childList: true, characterData: true, subtree: true });
  });
  await ask();
  await answered();
  const said = await page.evaluate(() => window.said);
  assert.deepEqual(said.filter((text, at) => text !== said[at - 1]), ["Searching the docs…", "Writing the answer…", "The answer is complete."]);
});
