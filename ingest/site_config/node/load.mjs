// Loads a site's docusaurus.config.* as Docusaurus does and writes what concerns us as JSON.
//
//   node load.mjs CONFIG_FILE RESULT_FILE
//
// The result is {config, files, missing} or {error}: `files` are the site's own files that were loaded,
// `missing` the modules that were not there and got a stand-in.  Whatever the configuration itself prints
// goes to stdout and stderr and is nobody's concern.  What the options mean is worked out in Python.
import fs from 'node:fs';
import Module, {createRequire, register, syncBuiltinESMExports} from 'node:module';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {MessageChannel, receiveMessageOnPort} from 'node:worker_threads';
import {EXTENSIONS, NOT_THERE, QUERY, STAND_IN} from './names.mjs';
import {makeStandIn} from './stand_in.mjs';
import {pick} from './tree.mjs';

const FILES = 500; // that are noted
const ROUNDS = 200; // one for each name that is imported from modules that are not there
const NO_EXPORT = /requested module '([^]*?)' does not provide an export named '([\w$]+)'/;
const [configFile, resultFile] = process.argv.slice(2);
const {exit} = process; // kept, as the configuration may replace what it likes
const {stringify} = JSON;
const {existsSync, mkdirSync, renameSync, writeFileSync} = fs;
const files = new Set([configFile]);
const missing = new Set();
const {port1: hooks, port2: ours} = new MessageChannel();
let standIns = false;

process.on('uncaughtException', (error) => finish({error: described(error)}));
process.on('unhandledRejection', (error) => finish({error: described(error)}));
globalThis[Symbol.for(STAND_IN)] = makeStandIn;
watchRequire();
watchReading();
register(new URL('./hooks.mjs', import.meta.url), {data: {port: hooks}, transferList: [hooks]});
finish(await result());

async function result() {
  let failure; // of Docusaurus's own way, where there is one: the other is only a way round it
  const jiti = withJiti();
  for (const load of [jiti, withNode].filter(Boolean)) {
    for (standIns of [false, true]) {
      missing.clear();
      try {
        const exported = await load();
        const config = typeof exported === 'function' ? await exported() : await exported;
        if (config === null || typeof config !== 'object') throw new TypeError('it gives no object');
        const picked = pick(config);
        hearHooks();
        return {config: picked, files: [...files], missing: [...missing]};
      } catch (error) {
        if (!failure || load !== withNode || !jiti) failure = described(error);
      }
    }
  }
  return {error: failure};
}

/** Written beside and renamed: a result is there whole or not at all. */
function finish(told) {
  writeFileSync(`${resultFile}.part`, stringify(told));
  renameSync(`${resultFile}.part`, resultFile);
  exit.call(process, 0);
}

function described(error) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${String(error)}`;
  return text.slice(0, 1000);
}

// ---- two ways to load ----

/** The loader that Docusaurus itself uses, out of the site's own packages; undefined without one. */
function withJiti() {
  let from = configFile;
  for (const through of ['', '@docusaurus/core', '@docusaurus/utils']) {
    try {
      if (through) from = createRequire(from).resolve(`${through}/package.json`);
      const make = createRequire(from)('jiti');
      const jiti = (make.createJiti ?? make)(configFile, {cache: false, fsCache: false, requireCache: false, interopDefault: true});
      return () => (make.createJiti ? jiti.import(configFile, {default: true}) : jiti(configFile));
    } catch {
      // Not installed, or not to be found from here.
    }
  }
  return undefined;
}

/** Node's own loaders, made as lenient as jiti: require and import may be mixed in one file. */
async function withNode() {
  if (/\.[mc]?ts$/.test(configFile) && !process.features.typescript) {
    const needs = 'TypeScript needs the site\'s packages to be installed, or Node 22.18 or later';
    throw new Error(`${needs}; this is ${process.version}`);
  }
  const require = createRequire(configFile);
  const module = {exports: undefined};
  Object.assign(globalThis, {require, module, __filename: configFile, __dirname: path.dirname(configFile)});
  if (!/\.m[jt]s$/.test(configFile)) {
    try {
      return unwrapped(require(configFile)) ?? module.exports;
    } catch (error) {
      const asModule = error instanceof SyntaxError || NOT_THERE.has(error?.code) || /^ERR_REQUIRE_/.test(error?.code);
      if (!asModule) throw error;
    }
  }
  return unwrapped(await imported()) ?? module.exports;
}

/** The module, imported anew with each name that its stand-ins turn out to lack. */
async function imported() {
  const names = {};
  for (let round = 0; ; round++) {
    const url = pathToFileURL(configFile);
    url.searchParams.set(QUERY, stringify({standIns, names, round}));
    try {
      return await import(url.href);
    } catch (error) {
      const [, specifier, name] = (error instanceof SyntaxError && NO_EXPORT.exec(error.message)) || [];
      if (!name || round > ROUNDS || names[specifier]?.includes(name)) throw error;
      (names[specifier] ??= []).push(name);
    }
  }
}

function unwrapped(exported) {
  const namespace = exported?.[Symbol.toStringTag] === 'Module' || exported?.__esModule;
  return namespace ? exported.default : exported;
}

// ---- what is loaded, and what is not there ----

function watchRequire() {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    let found;
    try {
      found = resolve.call(this, request, parent, ...rest);
    } catch (error) {
      // Packages, jiti itself among them, try for what may be missing and know what to do without.
      const wanted = standIns && !parent?.filename?.includes(`${path.sep}node_modules${path.sep}`);
      if (!wanted || error?.code !== 'MODULE_NOT_FOUND') throw error;
      found = standInFile(request, parent);
      if (!found) throw error;
    }
    note(found);
    return found;
  };
}

/** Notes what is read as data, and the modules of loaders that look for files in their own way. */
function watchReading() {
  const read = fs.readFileSync;
  fs.readFileSync = function (file, ...rest) {
    note(file instanceof URL && file.protocol === 'file:' ? fileURLToPath(file) : file);
    return read.call(this, file, ...rest);
  };
  syncBuiltinESMExports();
}

function note(file) {
  if (typeof file !== 'string' || files.size >= FILES || !path.isAbsolute(file)) return;
  const foreign = file.includes(`${path.sep}node_modules${path.sep}`) || file.startsWith(path.dirname(resultFile));
  if (!foreign && !file.startsWith(import.meta.dirname ?? '\0')) files.add(path.normalize(file));
}

/** A real file, which any loader can read; its path ends like the missing package's own. */
function standInFile(request, parent) {
  const local = /^\.{0,2}\//.test(request) || request.split('/').includes('..');
  if (local) {
    const place = path.resolve(path.dirname(parent?.filename ?? configFile), request);
    const stem = place.replace(/\.[mc]?[jt]sx?$|\.json$/, '').replace(/[/\\]index$/, '');
    const near = (end) => existsSync(stem + end) || existsSync(path.join(stem, `index${end}`));
    if (EXTENSIONS.some(near)) return undefined; // the loader goes on to try the extensions
  }
  missing.add(request);
  const name = local ? path.join('local', path.basename(request)) : request;
  const folder = path.join(path.dirname(resultFile), 'node_modules', name);
  mkdirSync(folder, {recursive: true});
  const file = path.join(folder, 'index.cjs');
  writeFileSync(file, `module.exports = globalThis[Symbol.for(${stringify(STAND_IN)})](${stringify(request)});\n`);
  return file;
}

function hearHooks() {
  for (let told; (told = receiveMessageOnPort(ours)); ) {
    if (told.message.file) note(told.message.file);
    if (told.message.missing) missing.add(told.message.missing);
  }
}
