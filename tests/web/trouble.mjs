/** What the chat does when there is no answer, half of one, or one that means harm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { API } from "./demo.mjs";
import { answered, ask, button, chatGives, expected, longestTask, openChat, page, panel, problem, stream, turn } from "./reader.mjs";
import { golden, HEAVY, HOSTILE, streamOf } from "./streams.mjs";

const TROUBLE = [
  { says: "cannot be reached", reply: "abort", again: true },
  { says: "Many questions are being asked", reply: problem(429, "rate-limited", { "retry-after": "2" }), again: true },
  { says: "Answers are not to be had", reply: problem(503, "no-index"), again: true },
  { says: "That is too long", reply: problem(413, "question-too-long"), again: false },
  { says: "broke off", reply: stream(golden("error")), again: true },
  { says: "connection was lost", reply: stream(golden("answered").slice(0, 2000)), again: true },
];

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
  await chatGives(stream(golden("refused")));
  await ask("What is the weather?");
  await turn().getByText("Other words may find it").waitFor();
  assert.equal(await turn().locator("[data-fingerpost-sources]").count(), 0);
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

test("a degraded answer says that it is one", async () => {
  await openChat();
  await chatGives(stream(golden("degraded")));
  await ask();
  await turn().getByText("The language model could not be reached: these are sentences of the docs.").waitFor();
  assert.equal(await turn().locator("[data-fingerpost-sources] > ol a").count(), 2);
});

test("offline, the reader is told so, and asks again when the network is back", async () => {
  await openChat();
  await page.context().setOffline(true);
  await ask();
  await turn().getByText("You seem to be offline").waitFor();
  expected(/Failed to load resource|ERR_INTERNET_DISCONNECTED/);
  await page.context().setOffline(false);
  await button("Ask again").click();
  await answered();
});

test("a hostile answer harms nothing", async () => {
  await openChat();
  await chatGives(stream(streamOf(HOSTILE)));
  await ask();
  await answered();
  const harm = await panel().evaluate((node) => ({
    harmed: window.harmed ?? false,
    elements: node.querySelectorAll("script, img, iframe, style, object, form [name=evil]").length,
    links: [...node.querySelectorAll("a")].map((link) => link.protocol).filter((name) => !/^https?:$/.test(name)),
  }));
  assert.deepEqual(harm, { harmed: false, elements: 0, links: [] });
  const text = await turn().innerText();
  for (const words of ["window.harmed = true", "an unclosed fence", "isolate without an end"]) assert.ok(text.includes(words), words);
  const beside = await turn().getByText("isolate without an end").evaluate((node) => getComputedStyle(node).unicodeBidi);
  assert.match(beside, /isolate/, "an override ends with its paragraph");
});

for (const [name, text] of Object.entries(HEAVY)) {
  test(`a heavy answer does not freeze the page: ${name}`, async () => {
    await openChat();
    await longestTask();
    await chatGives(stream(streamOf(text)));
    await ask();
    await answered();
    const longest = await longestTask();
    // Far above what is seen (the manual tells), far below a frozen page.
    assert.ok(longest < 4000, `the page stood still for ${longest} ms`);
    console.log(`${name}: longest task ${Math.round(longest)} ms`);
  });
}
