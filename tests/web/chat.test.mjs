/** The chat as a reader has it, in a real browser, against a real API whose model is scripted. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import violations from "./axe.mjs";
import { API, SITE, startDemo } from "./demo.mjs";
import { HOSTILE, streamOf } from "./streams.mjs";

const START = `${SITE}/docs/getting-started`;
const QUESTION = "How do I ingest my docs folder?";
const SAYS =
  "To ingest your docs folder, run `python -m ingest` [1].\n\n```bash\npython -m ingest\n```\n\n- It ends with a report.\n\n" +
  "The plan says for each page what will be done, and why it will be done, before anything is changed. ".repeat(4);
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

let demo;
let page;
let problems;

before(async () => {
  demo = await startDemo(SAYS);
});
after(() => demo?.close());

beforeEach(async () => {
  await open(WIDE);
});
afterEach(async () => {
  await page.context().close();
  assert.deepEqual(problems, [], "the page said something in its console");
});

async function open(viewport, options = {}) {
  await page?.context().close();
  const context = await demo.browser.newContext({ viewport, permissions: ["clipboard-read", "clipboard-write"], ...options });
  page = await context.newPage();
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(START);
}

const panel = () => page.locator("dialog[data-fingerpost]");
const field = () => panel().getByRole("textbox");
const turn = () => panel().getByRole("article").last();
const button = (name) => panel().getByRole("button", { name, exact: true });

async function openChat() {
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await field().waitFor();
}

async function ask(question = QUESTION) {
  await field().fill(question);
  await field().press("Enter");
  await panel().getByRole("heading", { name: question }).last().waitFor();
}

async function answered() {
  await panel().locator("article:last-child[data-state=done]").waitFor();
}

/** Answers `POST /v1/chat` in place of the API, as a server that is in trouble would. */
async function chatGives(reply) {
  await page.route(`${API}/v1/chat`, (route) => (reply === "abort" ? route.abort() : route.fulfill(reply)));
}

function expected(pattern) {
  problems = problems.filter((text) => !pattern.test(text));
}

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
  const cards = turn().locator("section ol a");
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

async function inView(anchor) {
  await page.waitForFunction((id) => {
    const box = document.getElementById(id)?.getBoundingClientRect();
    return box && box.top >= 0 && box.top < innerHeight / 2;
  }, anchor);
}

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

const TROUBLE = [
  { says: "cannot be reached", reply: "abort", again: true },
  { says: "Many questions are being asked", reply: problem(429, "rate-limited", { "retry-after": "2" }), again: true },
  { says: "Answers are not to be had", reply: problem(503, "no-index"), again: true },
  { says: "That is too long", reply: problem(413, "question-too-long"), again: false },
  { says: "broke off", reply: stream(streamOf({ text: "Half an ans", error: "The language model broke off." })), again: true },
  { says: "connection was lost", reply: stream(streamOf({ text: "Half an ans", cut: true })), again: true },
];

function problem(status, code, headers = {}) {
  const body = JSON.stringify({ type: `urn:fingerpost:problem:${code}`, title: code, status, detail: code, code });
  return { status, body, headers: { ...cors(), "content-type": "application/problem+json", ...headers } };
}

function stream(body) {
  return { status: 200, body, headers: { ...cors(), "content-type": "text/event-stream" } };
}

function cors() {
  return { "access-control-allow-origin": SITE, "access-control-expose-headers": "retry-after" };
}

for (const { says, reply, again } of TROUBLE) {
  test(`trouble is told, and can be tried again where that helps: "${says}"`, async () => {
    await openChat();
    await chatGives(reply);
    await ask();
    await turn().getByText(says).waitFor();
    assert.equal(await button("Ask again").count(), Number(again));
    expected(/Failed to load resource/);
    if (!again) return;
    await page.unroute(`${API}/v1/chat`);
    await button("Ask again").and(page.locator(":not([aria-disabled=true])")).click();
    await answered();
  });
}

test("a refusal is kind and shows no sources", async () => {
  await openChat();
  await chatGives(stream(streamOf({ text: "The documentation does not say.", outcome: "refused" })));
  await ask("What is the weather?");
  await turn().getByText("Other words may find it").waitFor();
  assert.equal(await turn().locator("section").count(), 0);
});

test("a version that is not indexed is left out of the question", async () => {
  await openChat();
  const bodies = [];
  await page.route(`${API}/v1/chat`, (route) => {
    bodies.push(route.request().postDataJSON());
    return bodies.length === 1 ? route.fulfill(problem(400, "unknown-version")) : route.continue();
  });
  await ask();
  await answered();
  assert.deepEqual(bodies.map(({ filter }) => Object.keys(filter)), [["version", "language"], ["language"]]);
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

test("a hostile answer harms nothing and does not freeze the page", async () => {
  await openChat();
  await chatGives(stream(streamOf({ text: HOSTILE })));
  await page.evaluate(() => {
    window.slowest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.slowest = Math.max(window.slowest, duration);
    }).observe({ entryTypes: ["longtask"] });
  });
  await ask();
  await answered();
  const harm = await panel().evaluate((node) => ({
    harmed: window.harmed ?? false,
    elements: node.querySelectorAll("script, img, iframe, style, object, form [name=evil]").length,
    links: [...node.querySelectorAll("a")].map((link) => link.protocol).filter((name) => !/^https?:$/.test(name)),
  }));
  assert.deepEqual(harm, { harmed: false, elements: 0, links: [] });
  const slowest = await page.evaluate(() => window.slowest);
  assert.ok(slowest < 2000, `the page stood still for ${slowest} ms`);
});

test("on a phone the chat is a sheet that goes when a source is followed", async () => {
  await open(PHONE, { hasTouch: true, isMobile: true });
  await openChat();
  await ask();
  await answered();
  const card = turn().locator("section ol a").first();
  const anchor = (await card.getAttribute("href")).split("#")[1];
  await card.click();
  await panel().waitFor({ state: "hidden" });
  await inView(anchor);
  const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
  assert.ok((scrollWidth ?? 0) <= (clientWidth ?? 0));
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in ${colorScheme}, shut, open and with an answer, wide and on a phone`, async () => {
    for (const viewport of [WIDE, PHONE]) {
      await open(viewport, { colorScheme, reducedMotion: "reduce" });
      assert.deepEqual(await violations(page, "[data-fingerpost-open]"), []);
      await openChat();
      assert.deepEqual(await violations(page, "dialog"), []);
      await ask();
      await answered();
      await turn().locator("summary").click();
      assert.deepEqual(await violations(page, "dialog"), []);
    }
  });
}

test("right to left, the panel is on the left and the page moves aside", async () => {
  await openChat(); // the page is alive by then, and does not set its own direction again
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  const box = await panel().boundingBox();
  assert.equal(box.x, 0);
  const main = await page.getByRole("main").boundingBox();
  assert.ok(main.x >= box.width);
});

test("the panel's drawings can be seen: no ink has the colour of its ground", async () => {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const launcher = page.getByRole("button", { name: "Ask the docs" });
    const { color, backgroundColor } = await launcher.evaluate((node) => {
      const { color, backgroundColor } = getComputedStyle(node);
      return { color, backgroundColor };
    });
    assert.notEqual(color, "rgba(0, 0, 0, 0)");
    assert.notEqual(color, backgroundColor);
  }
});

test("a page whose chat is shut loads none of the chat and stores nothing", async () => {
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.reload();
  await page.waitForLoadState("networkidle");
  assert.deepEqual(asked.filter((url) => !url.startsWith(SITE)), []);
  const scripts = asked.filter((url) => url.endsWith(".js"));
  const loaded = await page.evaluate((urls) => Promise.all(urls.map(async (url) => (await fetch(url)).text())), scripts);
  assert.equal(loaded.some((text) => text.includes("Ask a follow-up")), false);
  assert.equal(await page.evaluate(() => localStorage.getItem("fingerpost:chat:1")), null);
});
