// The configuration cut down to what concerns us, as JSON.  What cannot be written down becomes a mark,
// {"$unseen": why}.

import {standsInFor} from './stand_in.mjs';

const DEPTH = 10;
const ITEMS = 20_000;
const LETTERS = 20_000; // of one string

/** `config` with only the options that we read.  Plugins other than docs lose theirs. */
export function pick(config) {
  const budget = {left: ITEMS};
  const {title, url, baseUrl, trailingSlash, i18n, markdown, future} = config;
  return {
    ...plain({title, url, baseUrl, trailingSlash, i18n, markdown}, budget),
    future: {v4: plain(future?.v4, budget)},
    presets: list(config.presets).map((item) => named(item, (options) => ({docs: options?.docs}), budget)),
    plugins: list(config.plugins).map((item) => named(item, (options) => options, budget)),
  };
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

/** A preset or plugin as [name, options], null for one that is switched off or has no name. */
function named(item, concerning, budget) {
  const [module, options] = Array.isArray(item) ? item : [item];
  const name = typeof module === 'string' ? module : standsInFor(module);
  if (name === undefined) return null;
  const docs = /content-docs|preset|classic/.test(name) || options?.docs !== undefined;
  return [name, docs ? plain(concerning(options), budget) : null];
}

function plain(value, budget, depth = 0) {
  if (value === null || ['boolean', 'undefined'].includes(typeof value)) return value;
  if (typeof value === 'string') return value.length > LETTERS ? unseen('a very long text') : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : unseen('not a number');
  const missing = standsInFor(value);
  if (missing !== undefined) return unseen(`from ${missing}, which is not installed`);
  if (typeof value !== 'object') return unseen(`a ${typeof value}`);
  if (--budget.left < 0 || depth > DEPTH) return unseen('too large');
  if (Array.isArray(value)) return value.slice(0, ITEMS).map((item) => plain(item, budget, depth + 1) ?? null);
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object Object]') return unseen(kind.slice(1, -1));
  const entries = Object.entries(value).slice(0, ITEMS);
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner, budget, depth + 1)]));
}

function unseen(why) {
  return {$unseen: why};
}
