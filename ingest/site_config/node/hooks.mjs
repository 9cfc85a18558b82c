// How `import` finds the modules of a configuration: as Docusaurus's loader does, which is more lenient
// than Node's.  Extensions may be left off, JSON needs no attribute, and a module that is not installed
// gets a stand-in.  Runs on Node's thread for hooks.
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {EXTENSIONS, NOT_THERE, QUERY, STAND_IN} from './names.mjs';

const STAND_IN_URL = 'fingerpost-stand-in:';
const JSON_URL = 'fingerpost-json:';
const OURS = new URL('.', import.meta.url).href;
let report = () => {};

/** `port` is told each file that is loaded ({file}) and each module that is missing ({missing}). */
export function initialize({port}) {
  report = (message) => port.postMessage(message);
}

export async function resolve(specifier, context, next) {
  const asked = query(context.parentURL);
  if (!asked) return next(specifier, context);
  let found;
  try {
    found = await next(specifier, context);
  } catch (error) {
    if (!NOT_THERE.has(error?.code)) throw error;
    const file = beside(specifier, context.parentURL);
    if (!file && !asked.standIns) throw error;
    if (!file) return standIn(specifier, asked);
    found = {url: pathToFileURL(file).href};
  }
  if (!found.url.startsWith('file:') || found.url.includes('/node_modules/')) return found;
  const file = fileURLToPath(found.url);
  report({file});
  if (file.endsWith('.json') && !context.importAttributes?.type) {
    return generated(JSON_URL, file, specifier, asked);
  }
  const url = new URL(found.url);
  url.searchParams.set(QUERY, JSON.stringify(asked)); // so that its own imports are ours as well
  return {...found, url: url.href};
}

export async function load(url, context, next) {
  const kind = [STAND_IN_URL, JSON_URL].find((prefix) => url.startsWith(prefix));
  if (!kind) return next(url, context);
  const [subject, names] = JSON.parse(decodeURIComponent(url.slice(kind.length)));
  const made = `globalThis[Symbol.for(${JSON.stringify(STAND_IN)})](${JSON.stringify(subject)})`;
  const value = kind === STAND_IN_URL ? made : readFileSync(subject, 'utf8');
  const named = names.map((name, i) => `const e${i} = value[${JSON.stringify(name)}]; export {e${i} as ${name}};\n`);
  const source = `const value = ${value};\nexport default value;\n${named.join('')}`;
  return {format: 'module', source, shortCircuit: true};
}

function standIn(specifier, asked) {
  report({missing: specifier});
  return generated(STAND_IN_URL, specifier, specifier, asked);
}

function generated(prefix, subject, specifier, asked) {
  const names = asked.names[specifier] ?? [];
  return {url: prefix + encodeURIComponent(JSON.stringify([subject, names])), format: 'module', shortCircuit: true};
}

/** What the loader asked for in the address of the importing module, if it is one of the configuration's.

A module that was loaded by `require` has no such address; it can only have called `import()`. */
function query(parent) {
  if (!parent?.startsWith('file:') || parent.includes('/node_modules/') || parent.startsWith(OURS)) return null;
  const text = new URL(parent).searchParams.get(QUERY);
  return text ? JSON.parse(text) : {standIns: true, names: {}};
}

/** The file that a relative specifier without its extension means. */
function beside(specifier, parent) {
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  const place = path.resolve(path.dirname(fileURLToPath(parent)), specifier);
  const files = [...EXTENSIONS.slice(1).map((end) => place + end), ...EXTENSIONS.slice(1).map((end) => path.join(place, `index${end}`))];
  return files.find((file) => existsSync(file));
}
