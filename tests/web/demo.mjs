/**
 * What a browser test stands on: the scripted model, the real API over docs/, and the built demo site, each on a
 * free port of the loopback. In the browser they have the addresses of the demo: localhost:3000 and localhost:8000.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { golden } from "./streams.mjs";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const BUILD = join(ROOT, "website", "build");
const PYTHON = join(ROOT, ".venv", "bin", "python");
export const SITE = "http://localhost:3000";
export const API = "http://localhost:8000";
export const UNFINISHED = "/unfinished"; // on the site: an answer that stops in the middle and is never ended

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const MANUAL = {
  site: { root: ROOT, title: "Fingerpost", url: SITE, docs: [{ path: "docs", routeBasePath: "docs" }] },
  api: { limits: false },
};

/**
 * Starts everything; `text` is what the model says, with `gap` seconds between its words. `build` is the folder of the
 * built site, `config` the configuration that belongs to it. Close it at the end.
 */
export async function startDemo(text, { gap = 0.012, build = BUILD, config = MANUAL } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fingerpost-web-"));
  const model = python(["-m", "tests.fakes.openai_server", "--text", text, "--ttft", "0.2", "--gap", String(gap)]);
  const file = writeConfig(folder, config, await firstLine(model.stdout));
  await finished(python(["-m", "ingest", "--config", file]));
  const apiPort = await freePort();
  let api;
  const startApi = async () => {
    api = python(["-m", "api", "--config", file, "--port", String(apiPort)]);
    await answering(api, `http://127.0.0.1:${apiPort}`);
  };
  const stopApi = () => ended(api);
  await startApi();
  const pages = new Map(); // of a path below the site: {headers, body}, beside what is built
  const site = await serveSite(build, pages);
  const browser = await launch({ "localhost:3000": site.address().port, "localhost:8000": apiPort });
  const close = async () => {
    await browser.close();
    site.close();
    site.closeAllConnections();
    await Promise.all([ended(api), ended(model)]);
    rmSync(folder, { recursive: true, force: true });
  };
  return { browser, pages, startApi, stopApi, close };
}

/** A browser that asks nobody but us, in which these addresses are ports of the loopback. */
export function launch(ports) {
  const rules = Object.entries(ports).map(([name, port]) => `MAP ${name} 127.0.0.1:${port}`);
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=${rules.join(",")},EXCLUDE 127.0.0.1`,
    ],
  });
}

function writeConfig(folder, { site, api }, modelUrl) {
  const file = join(folder, "config.yaml");
  const llm = { providers: [{ name: "scripted", base_url: modelUrl, model: "scripted", api_key: "none" }] };
  const values = { site, llm, api: { ...api, allowed_origins: [SITE] }, store: { path: join(folder, "index") } };
  writeFileSync(file, JSON.stringify(values)); // JSON is YAML
  return file;
}

async function finished(child) {
  let said = "";
  child.stdout.resume();
  child.stderr.on("data", (text) => (said += text));
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the site could not be ingested: ${said}`);
}

async function ended(child) {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

function python(args) {
  return spawn(PYTHON, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
}

async function firstLine(stream) {
  for await (const line of createInterface(stream)) return line;
  throw new Error("the scripted model did not start");
}

/** Waits until the server answers; says what it said when it ends before that. */
async function answering(child, address) {
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  child.stdout.resume();
  while (!(await fetch(`${address}/healthz`).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null) throw new Error(`the API did not start: ${said}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** The built site, as a file server that compresses gives it. */
export async function serveSite(build, pages) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, SITE);
    if (pathname === UNFINISHED) {
      response.writeHead(200, { "content-type": "text/event-stream", "access-control-allow-origin": SITE });
      response.write(golden("answered").slice(0, 1200));
      return;
    }
    if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
      return;
    }
    if (pages.has(pathname)) {
      const { headers, body } = pages.get(pathname);
      response.writeHead(200, { "content-type": "text/html", ...headers }).end(body);
      return;
    }
    const found = await fileFor(build, normalize(decodeURIComponent(pathname)));
    response.writeHead(found ? 200 : 404, { "content-type": found?.type ?? "text/plain", "content-encoding": "gzip" });
    response.end(gzipSync(found?.body ?? "not here"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function fileFor(build, path) {
  for (const name of extname(path) ? [path] : [`${path}/index.html`, `${path}.html`]) {
    const body = await readFile(join(build, name)).catch(() => null);
    if (body) return { body, type: TYPES[extname(name)] ?? "application/octet-stream" };
  }
  return null;
}
