/**
 * What the theme costs a page that has the chat shut: the demo's page with the theme and without it, loaded in turn in
 * a throttled Chromium, by Lighthouse's own metrics, curves and weights (its Speed Index left out, which needs a film):
 * https://developer.chrome.com/docs/lighthouse/performance/performance-scoring. Exits with 1 when it costs more than
 * two points. `node page-cost.mjs [ROUNDS]`
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILD, launch, ROOT, serveSite, SITE } from "./demo.mjs";

const ROUNDS = Number(process.argv[2] ?? 7);
const PAGE = "/docs/ingestion/";
const MOST_POINTS = 2;
const SETTLED = 2500; // ms after React has taken the page over
// Lighthouse's slow phone: its throttling of the network and of the processor.
const NETWORK = { offline: false, latency: 150, downloadThroughput: (1_638_400 / 8) * 0.9, uploadThroughput: (750_000 / 8) * 0.9 };
const SLOWER = 4;
const CURVES = {
  fcp: { weight: 10, p10: 1800, median: 3000 },
  lcp: { weight: 25, p10: 2500, median: 4000 },
  tbt: { weight: 30, p10: 200, median: 600 },
  cls: { weight: 25, p10: 0.1, median: 0.25 },
};

const bare = mkdtempSync(join(tmpdir(), "fingerpost-bare-"));
try {
  const env = { ...process.env, FINGERPOST_CHAT: "off" };
  execFileSync("npx", ["docusaurus", "build", "--out-dir", bare], { cwd: join(ROOT, "website"), env, stdio: ["ignore", "ignore", "inherit"] });
  await compare({ without: bare, with: BUILD });
} finally {
  rmSync(bare, { recursive: true, force: true });
}

async function compare(builds) {
  const seen = { without: [], with: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, build] of Object.entries(builds)) seen[name].push(await load(build)); // in turn: a busy machine is so for both
  }
  const [without, withTheme] = [seen.without, seen.with].map(best);
  for (const name of Object.keys(without)) console.log(`${name}: ${round(without[name])} without, ${round(withTheme[name])} with the theme`);
  const cost = scoreOf(without) - scoreOf(withTheme);
  console.log(`score of 100: ${round(scoreOf(without))} without, ${round(scoreOf(withTheme))} with; cost ${round(cost)}, at most ${MOST_POINTS}`);
  if (cost > MOST_POINTS) process.exitCode = 1;
}

/** One load of the page in a new browser: the metrics in ms, and the bytes that came over the network. */
async function load(build) {
  const server = await serveSite(build, new Map());
  const browser = await launch({ "localhost:3000": server.address().port });
  const page = await (await browser.newContext({ viewport: { width: 412, height: 823 } })).newPage();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", NETWORK);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.addInitScript(watch);
  await page.goto(SITE + PAGE);
  await page.locator("html[data-has-hydrated=true]").waitFor();
  await page.waitForTimeout(SETTLED); // what begins after that is the same for both: pages that are fetched ahead
  const metrics = await page.evaluate(() => ({
    ...window.metrics,
    // Without the pages that Docusaurus fetches ahead, when and as many as it likes.
    kilobytes: performance
      .getEntries()
      .filter(({ initiatorType, name }) => initiatorType !== "link" || !name.endsWith(".js"))
      .reduce((sum, { transferSize = 0 }) => sum + transferSize, 0) / 1000,
  }));
  await browser.close();
  server.close();
  server.closeAllConnections();
  return metrics;
}

/** Runs in the page, before anything of it. */
function watch() {
  const metrics = (window.metrics = { fcp: 0, lcp: 0, tbt: 0, cls: 0 });
  const on = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  on("paint", ({ name, startTime }) => name === "first-contentful-paint" && (metrics.fcp = startTime));
  on("largest-contentful-paint", ({ startTime }) => (metrics.lcp = startTime));
  on("longtask", ({ duration }) => (metrics.tbt += duration - 50));
  on("layout-shift", ({ value, hadRecentInput }) => hadRecentInput || (metrics.cls += value));
}

/** The least of each metric: what else the machine does only ever adds. */
function best(loads) {
  return Object.fromEntries(Object.keys(loads[0]).map((name) => [name, Math.min(...loads.map((metrics) => metrics[name]))]));
}

function scoreOf(metrics) {
  const total = Object.values(CURVES).reduce((sum, { weight }) => sum + weight, 0);
  const points = Object.entries(CURVES).map(([name, curve]) => curve.weight * share(metrics[name], curve));
  return (100 * points.reduce((sum, part) => sum + part, 0)) / total;
}

/** The share of pages that are slower, on a log-normal curve through its median (0.5) and its tenth part (0.9). */
function share(value, { p10, median }) {
  const z = (1.2815515655 * Math.log(Math.max(value, 1e-9) / median)) / Math.log(median / p10); // 1.28: where 0.9 lies
  const t = 1 / (1 + 0.2316419 * Math.abs(z)); // Abramowitz and Stegun, 26.2.17
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z < 0 ? 1 - tail : tail;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
