/** A reader with a browser: the page, the chat on it, and what can be done with both. Every test has a fresh one. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { API, SITE, startDemo, UNFINISHED } from "./demo.mjs";

export const START = `${SITE}/docs/getting-started`;
export const QUESTION = "How do I ingest my docs folder?";
export const SAYS =
  "To ingest your docs folder, run `python -m ingest` [1].\n\n```bash\npython -m ingest\n```\n\n- It ends with a report.\n\n" +
  "The plan says for each page what will be done, and why it will be done, before anything is changed. ".repeat(4);
export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export let demo;
let problems = [];
export let page;

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

/** Another browser, at the first page of the manual. */
export async function open(viewport, options = {}) {
  await page?.context().close();
  const context = await demo.browser.newContext({ viewport, permissions: ["clipboard-read", "clipboard-write"], ...options });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(START);
  await page.locator("html[data-has-hydrated=true]").waitFor(); // before that nobody listens to keys
}

/** What the browser's console is allowed to have said. */
export function expected(pattern) {
  problems = problems.filter((text) => !pattern.test(text));
}

export const panel = () => page.locator("dialog[data-fingerpost]");
export const field = () => panel().locator("[data-fingerpost-field]");
export const turn = () => panel().getByRole("article").last();
export const button = (name) => panel().getByRole("button", { name, exact: true });

export async function openChat() {
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await field().waitFor();
}

export async function ask(question = QUESTION) {
  await field().fill(question);
  await field().press("Enter");
  await panel().getByRole("heading", { name: question }).last().waitFor();
}

export async function answered() {
  await panel().locator("article:last-child[data-state=done]").waitFor();
}

export async function inView(anchor) {
  await page.waitForFunction((id) => {
    const box = document.getElementById(id)?.getBoundingClientRect();
    return box && box.top >= 0 && box.top < innerHeight / 2;
  }, anchor);
}

/** Answers `POST /v1/chat` in place of the API, as a server that is in trouble would. */
export async function chatGives(reply) {
  await page.route(`${API}/v1/chat`, (route) => (reply === "abort" ? route.abort() : route.fulfill(reply)));
}

/** An answer whose first words come, and no end. */
export async function chatNeverEnds() {
  await page.route(`${API}/v1/chat`, (route) => (route.request().method() === "POST" ? route.continue({ url: SITE + UNFINISHED }) : route.continue()));
}

/** Takes votes in place of the API, which knows its own messages only. */
export async function votesAreTaken() {
  await page.route(`${API}/v1/feedback`, (route) => route.fulfill({ status: 204, headers: cors() }));
}

export function problem(status, code, headers = {}) {
  const body = JSON.stringify({ type: `urn:fingerpost:problem:${code}`, title: code, status, detail: code, code });
  return { status, body, headers: { ...cors(), "content-type": "application/problem+json", ...headers } };
}

export function stream(body) {
  return { status: 200, body, headers: { ...cors(), "content-type": "text/event-stream" } };
}

function cors() {
  return { "access-control-allow-origin": SITE, "access-control-expose-headers": "retry-after" };
}

/** Whether the page stands still: call it once before what is to be measured, and once after for the longest, in ms. */
export async function longestTask() {
  return page.evaluate(() => {
    if (window.slowest === undefined) {
      window.slowest = 0;
      const take = (list) => list.getEntries().forEach(({ duration }) => (window.slowest = Math.max(window.slowest, duration)));
      new PerformanceObserver(take).observe({ entryTypes: ["longtask"] });
    }
    return window.slowest;
  });
}
