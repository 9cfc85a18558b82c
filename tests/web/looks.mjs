/** How the chat looks: axe-core's rules, both directions, both colour schemes, and what a page pays that has it shut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import violations from "./axe.mjs";
import { SITE } from "./demo.mjs";
import { answered, ask, button, chatGives, chatNeverEnds, expected, open, openChat, page, panel, PHONE, problem, stream, turn, votesAreTaken, WIDE } from "./reader.mjs";
import { golden, streamOf } from "./streams.mjs";

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

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in ${colorScheme} in any state of an answer`, async () => {
    await open(WIDE, { colorScheme, reducedMotion: "reduce" });
    await openChat();
    await chatNeverEnds();
    await ask();
    await turn().getByText("Install Widgetry with").waitFor();
    assert.deepEqual(await violations(page, "dialog"), [], "streaming");
    await new Promise((over) => setTimeout(over, 450)); // DOUBLE_CLICK of the composer: a quick machine is done sooner
    await button("Stop").click();
    await panel().locator("article[data-state=stopped]").waitFor();
    assert.deepEqual(await violations(page, "dialog"), [], "stopped");
    await page.unrouteAll();
    await chatGives(problem(429, "rate-limited", { "retry-after": "600" }));
    await ask("And now?");
    await turn().getByText("Many questions").waitFor();
    assert.deepEqual(await violations(page, "dialog"), [], "limit");
    expected(/Failed to load resource/);
    for (const name of ["refused", "degraded", "error"]) {
      await page.unrouteAll();
      await chatGives(stream(golden(name)));
      await ask(`Is it ${name}?`);
      await panel().locator("article:last-child:not([data-state=asking])").waitFor();
      assert.deepEqual(await violations(page, "dialog"), [], name);
    }
    await votesAreTaken();
    await button("Bad answer").last().click();
    await panel().getByText("Out of date").click();
    assert.deepEqual(await violations(page, "dialog"), [], "reasons");
  });
}

test("with reduced motion nothing moves while an answer is made", async () => {
  await open(WIDE, { reducedMotion: "reduce" });
  await openChat();
  await chatNeverEnds();
  await ask();
  await turn().getByText("Install Widgetry with").waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length), 0);
});

test("an answer in Hebrew runs from right to left, its code from left to right", async () => {
  await openChat();
  await chatGives(stream(streamOf("\u05D4\u05E8\u05E5 \u05D0\u05EA \u05D6\u05D4:\n\n```bash\npython -m ingest\n```")));
  await ask();
  await answered();
  const direction = (selector) => turn().locator(selector).first().evaluate((node) => getComputedStyle(node).direction);
  assert.equal(await direction("p"), "rtl");
  assert.equal(await direction("pre"), "ltr");
});

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
