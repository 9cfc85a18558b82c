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
import { chromium } from "playwright-core";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const BUILD = process.env.SITE_BUILD ?? join(ROOT, "website", "build");
const PYTHON = join(ROOT, ".venv", "bin", "python");
export const SITE = "http://localhost:3000";
export const API = "http://localhost:8000";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Starts everything; `text` is what the model says. Close it at the end. */
export async function startDemo(text) {
  const folder = mkdtempSync(join(tmpdir(), "fingerpost-web-"));
  const model = python(["-m", "tests.fakes.openai_server", "--text", text, "--ttft", "0.2", "--gap", "0.03"]);
  const config = writeConfig(folder, await firstLine(model.stdout));
  const ingest = python(["-m", "ingest", "--config", config]);
  for (const stream of [ingest.stdout, ingest.stderr, model.stderr]) stream.resume();
  const [ingested] = await once(ingest, "exit");
  if (ingested !== 0) throw new Error("the manual could not be ingested");
  const apiPort = await freePort();
  const api = python(["-m", "api", "--config", config, "--port", String(apiPort)]);
  await listening(api, "Uvicorn running");
  const site = await serveSite();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP localhost:3000 127.0.0.1:${site.address().port},MAP localhost:8000 127.0.0.1:${apiPort},EXCLUDE 127.0.0.1`,
    ],
  });
  const close = async () => {
    await browser.close();
    site.close();
    for (const child of [api, model]) {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { browser, close };
}

function writeConfig(folder, modelUrl) {
  const file = join(folder, "config.yaml");
  const values = {
    site: { root: ROOT, title: "Fingerpost", url: SITE, docs: [{ path: "docs", routeBasePath: "docs" }] },
    llm: { providers: [{ name: "scripted", base_url: modelUrl, model: "scripted", api_key: "none" }] },
    api: { allowed_origins: [SITE] },
  };
  writeFileSync(file, JSON.stringify(values)); // JSON is YAML
  return file;
}

function python(args) {
  return spawn(PYTHON, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
}

async function firstLine(stream) {
  for await (const line of createInterface(stream)) return line;
  throw new Error("the scripted model did not start");
}

async function listening(child, words) {
  for await (const line of createInterface(child.stderr)) {
    if (line.includes(words)) {
      child.stderr.resume();
      return;
    }
  }
  throw new Error("the API did not start");
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** The built site, as a plain file server gives it. */
async function serveSite() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, SITE);
    const found = await fileFor(normalize(decodeURIComponent(pathname)));
    response.writeHead(found ? 200 : 404, { "content-type": found?.type ?? "text/plain" });
    response.end(found?.body ?? "not here");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function fileFor(path) {
  for (const name of extname(path) ? [path] : [`${path}/index.html`, `${path}.html`]) {
    const body = await readFile(join(BUILD, name)).catch(() => null);
    if (body) return { body, type: TYPES[extname(name)] ?? "application/octet-stream" };
  }
  return null;
}
