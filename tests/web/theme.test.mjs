/** The theme's own rules, without a browser: options, links, pieces of Markdown, turns, labels. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { test } from "node:test";

const THEME = fileURLToPath(new URL("../../website/theme/", import.meta.url));
const require = createRequire(join(THEME, "package.json"));
const { validateOptions } = require("./lib/options.js");
const { Joi } = require("@docusaurus/utils-validation");
const { minify } = createRequire(require.resolve("@docusaurus/core/package.json"))("terser");
const { blocksOf } = await import(`${THEME}lib/chat/blocks.js`);
const { targetOf } = await import(`${THEME}lib/chat/links.js`);

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

test("a page without an opened chat pays less than 3 kB of script", async () => {
  const parts = ["index", "Icon", "AskEntry/index", "Launcher/index", "AskSelection/index"].map((name) => `Fingerpost/${name}`);
  const files = [...["Layout/Provider/index", "Navbar/Search/index", ...parts].map((name) => `theme/${name}`), "client/index", "client/store"];
  let script = "";
  for (const name of files) script += (await minify(readFileSync(join(THEME, "lib", `${name}.js`), "utf8"), { module: true })).code;
  const bytes = gzipSync(script).length;
  console.log(`script on every page: ${bytes} bytes, gzipped`);
  assert.ok(bytes < 3000, `${bytes} bytes`);
});
