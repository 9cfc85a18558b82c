/** The theme's own rules, without a browser: options, links, pieces of Markdown, what a stream becomes, labels. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { golden } from "./streams.mjs";

const THEME = fileURLToPath(new URL("../../website/theme/", import.meta.url));
const require = createRequire(join(THEME, "package.json"));
const { validateOptions } = require("./lib/options.js");
const { Joi } = require("@docusaurus/utils-validation");
const { blocksOf, Chat, chatTransport, shares, targetOf, turnsOf } = await import(chatAsModule());

/** The theme's chat as Node can load it: its modules are written for bundlers. */
function chatAsModule() {
  const outfile = fileURLToPath(new URL("../../website/node_modules/.cache/fingerpost-chat.mjs", import.meta.url));
  const contents = 'export * from "./chat/index"; export { chatTransport } from "./chat/transport"; export { Chat } from "@ai-sdk/react";';
  const entry = { contents, resolveDir: join(THEME, "src") };
  require("esbuild").buildSync({ stdin: entry, bundle: true, packages: "external", platform: "node", format: "esm", outfile });
  return outfile;
}

const validate = (schema, options) => Joi.attempt(options, schema);
const check = (options) => validateOptions({ validate, options });

test("apiUrl is all that is needed, and a slash at its end does no harm", () => {
  const options = check({ apiUrl: "https://ask.example.com/" });
  assert.equal(options.apiUrl, "https://ask.example.com");
  assert.deepEqual([options.button, options.navbar, options.shortcut, options.selection, options.feedback], Array(5).fill(true));
});

test("suggestions may be plain texts and sections at once", () => {
  const { suggestions } = check({ apiUrl: "/ask", suggestions: ["A?", { path: "/docs/api", questions: ["B?"] }] });
  assert.deepEqual(suggestions, [{ path: "/docs/api", questions: ["B?"] }, { path: "/", questions: ["A?"] }]);
});

for (const wrong of [{}, { apiUrl: "ftp://x" }, { apiUrl: "//x" }, { apiUrl: "/a", key: "secret" }, { apiUrl: "/a", button: 3 }]) {
  test(`wrong options are refused with their key: ${JSON.stringify(wrong)}`, () => {
    assert.throws(() => check(wrong), /"(apiUrl|key|button)"/);
  });
}

const site = { url: "https://docs.example.com", baseUrl: "/v/", hasPage: (path) => path !== "/v/fr/a" };
const here = "http://localhost:3000/v/docs/intro";
const LINKS = [
  ["https://docs.example.com/v/docs/a#b", { inside: true, to: "/v/docs/a#b" }],
  ["#b", { inside: true, to: "/v/docs/intro#b" }],
  ["https://docs.example.com/v/fr/a", { inside: false, href: "https://docs.example.com/v/fr/a" }],
  ["https://docs.example.com/other", { inside: false, href: "https://docs.example.com/other" }],
  ["//evil.example/x", { inside: false, href: "http://evil.example/x" }],
  ["javascript:alert(1)", null],
  ["java\nscript:alert(1)", null],
  ["data:text/html,x", null],
  ["https://docs.example.com@evil.example/", null],
];
for (const [href, target] of LINKS) {
  test(`a link leads where it should: ${JSON.stringify(href)}`, () => assert.deepEqual(targetOf(href, site, here), target));
}

test("pieces of Markdown are cut between blocks, never inside of fences and lists", () => {
  const fence = "```\na\n\nb\n```";
  const list = "- one\n\n- two\n\n  still two";
  assert.deepEqual(blocksOf(`First.\n\n${fence}\n\nThen.\n\n${list}\n\nLast.`), ["First.", fence, `Then.\n\n${list}`, "Last."]);
});

test("a longer answer keeps the pieces that were there", () => {
  const text = "One.\n\nTwo with `code`.\n\n```sh\nx\n\ny\n```\n\nThree.";
  for (let length = 1; length < text.length; length++) {
    const before = blocksOf(text.slice(0, length));
    assert.deepEqual(blocksOf(text).slice(0, before.length - 1), before.slice(0, -1));
  }
});

test("what nests without end, or is longer than anybody reads, is cut to what a browser bears", () => {
  assert.ok(blocksOf("> ".repeat(5000) + "x")[0].length < 100);
  assert.ok(blocksOf("*_".repeat(5000) + "a")[0].length < 20);
  assert.ok(blocksOf("word ".repeat(5000)).every((block) => block.length <= 4000));
  assert.equal(blocksOf("word ".repeat(50_000)).at(-1), "…");
  const code = `\`\`\`\n${"*".repeat(50)}\n\`\`\``;
  assert.deepEqual(blocksOf(code), [code], "code is as it was written");
});

test("every label is there in every language, with the same places to fill", () => {
  const labels = {};
  const find = /id: "(theme\.fingerpost[^"]*)",\s*message:\s*"([^"]*)"/g;
  for (const name of readdirSync(join(THEME, "src"), { recursive: true }).filter((name) => /\.tsx?$/.test(name))) {
    for (const [, id, message] of readFileSync(join(THEME, "src", name), "utf8").matchAll(find)) labels[id] = message;
  }
  const places = (text) => (text.match(/\{\w+\}/g) ?? []).toSorted();
  assert.ok(Object.keys(labels).length > 30);
  for (const locale of readdirSync(join(THEME, "locales"))) {
    const told = JSON.parse(readFileSync(join(THEME, "locales", locale, "docusaurus-theme-fingerpost.json"), "utf8"));
    assert.deepEqual(Object.keys(told).toSorted(), Object.keys(labels).toSorted(), locale);
    for (const [id, message] of Object.entries(labels)) {
      assert.deepEqual([...new Set(places(told[id]))], [...new Set(places(message))], `${locale} ${id}`);
    }
  }
});

/** What a golden stream of the API becomes, read by the AI SDK and the theme as in a browser. */
async function told(name) {
  const reply = new Response(golden(name), { headers: { "content-type": "text/event-stream" } });
  const { fetch } = globalThis;
  Object.assign(globalThis, { fetch: async () => reply, document: { querySelector: () => null } });
  const chat = new Chat({ transport: chatTransport("http://api.example"), onError: () => undefined });
  await chat.sendMessage({ text: "How?" });
  Object.assign(globalThis, { fetch, document: undefined });
  return turnsOf(chat.messages, chat.status)[0];
}

test("the golden answer is read whole: text, sources, what is cited, in the text's order", async () => {
  const turn = await told("answered");
  assert.deepEqual([turn.state, turn.outcome, turn.mode, turn.answerId], ["done", "answered", "model", "msg_answered.signature"]);
  assert.match(turn.text, /^Install Widgetry with `pip`.*\[2\]\(https:\/\/docs\.example\.com\/docs\/intro#installation\):\n\n```bash\n/);
  const { cited, others } = shares(turn);
  assert.deepEqual([cited.map(({ title }) => title), others], [["Installation", "Upgrading"], []]);
  assert.deepEqual(cited[0].breadcrumbs, ["Introduction", "Installation"]);
});

test("the golden refusal takes its sources back", async () => {
  const { state, outcome, sources, cited } = await told("refused");
  assert.deepEqual({ state, outcome, sources, cited }, { state: "done", outcome: "refused", sources: [], cited: [] });
});

test("the golden degraded answer says that the docs speak for themselves", async () => {
  const { state, outcome, mode, cited } = await told("degraded");
  assert.deepEqual({ state, outcome, mode, cited }, { state: "done", outcome: "degraded", mode: "extractive", cited: ["1", "2"] });
});

test("the golden error keeps what was said before it", async () => {
  const { state, text, sources } = await told("error");
  assert.deepEqual([state, text, sources.length], ["failed", "The guide says to", 2]);
});
