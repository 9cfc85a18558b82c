/**
 * What stands inside a line of Markdown, as nodes: emphasis, code, links, breaks, escapes.
 * One pass and bounded nesting: no text, however odd, costs more than its length.
 */

/** An element with attributes (empty ones left out) and its children: text, or a list of nodes and texts. */
export function el(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value) node.setAttribute(name, value);
  for (const child of [].concat(children)) node.append(child);
  return node;
}

/** `href` made absolute, or null: only http and https pass, a relative one only within `base`'s origin. */
export function safeUrl(href, base) {
  const url = URL.canParse(href, base) ? new URL(href, base) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return null;
  return /^https?:\/\//i.test(href) || url.origin === new URL(base).origin ? url.href : null;
}

const PLAIN = /[^\\`*_[\]!\n]+/y;
const ADDRESS = /<[^<>\n]{0,2000}>|[^\s()]{0,2000}(?:\([^\s()]{0,500}\)[^\s()]{0,500}){0,9}/.source;
const TITLE = /(?:"[^"]{0,300}"|'[^']{0,300}')/.source;
const TARGET = new RegExp(`\\(\\s{0,9}(${ADDRESS})(?:\\s+${TITLE})?\\s{0,9}\\)`, "y");
const SIGN = /[!-/:-@[-`{-~]/;
const NARROW = "\u202f"; // a space that keeps a citation on its word's line
const OPEN_MARKS = 16; // how deep emphasis may nest

/** The nodes of `text`.  `link` as MarkdownView has it; `live` shows what is not closed yet as if it were. */
export function inline(text, { link, live }) {
  return new Inline(text, link, live).run();
}

class Inline {
  constructor(text, link, live) {
    Object.assign(this, { text, link, live, at: 0, plain: "", nodes: [], marks: [], brackets: [] });
  }

  run() {
    while (this.at < this.text.length) this.step(this.text[this.at]);
    this.flush();
    if (this.live) while (this.marks.length) this.closeOpen(this.marks.pop());
    return this.nodes;
  }

  step(char) {
    const plain = this.match(PLAIN);
    if (plain) this.plain += plain[0];
    else if (char === "\\") this.escape();
    else if (char === "`") this.code();
    else if (char === "*" || char === "_") this.emphasis(char);
    else if (char === "!" && this.text[this.at + 1] === "[") this.at++; // a picture becomes a link
    else if (char === "[") this.openBracket();
    else if (char === "]") this.closeBracket();
    else if (char === "\n") this.newline();
    else this.plain += this.text[this.at++];
  }

  /** The sticky pattern's match here, stepping over it. */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  flush() {
    if (this.plain) this.nodes.push(document.createTextNode(this.plain));
    this.plain = "";
  }

  push(node) {
    this.flush();
    return this.nodes.push(node) - 1;
  }

  escape() {
    const next = this.text[this.at + 1] ?? "";
    this.at += 2;
    if (next === "\n") this.push(el("br"));
    else this.plain += SIGN.test(next) ? next : "\\" + next;
  }

  newline() {
    this.at++;
    if (this.plain.endsWith("  ")) this.push(el("br"));
    else this.plain += "\n";
  }

  code() {
    const run = this.runOf("`", this.at);
    const start = this.at + run;
    this.runs ??= lastRuns(this.text);
    let end = this.live ? this.text.length : -1;
    if (this.runs.get(run) > this.at) end = this.closer(run, start);
    if (end < 0) this.plain += this.text.slice(this.at, start);
    else this.push(el("code", {}, unpad(this.text.slice(start, end))));
    this.at = end < 0 ? start : Math.min(end + run, this.text.length);
  }

  closer(run, from) {
    let at = from;
    for (let here; (here = this.runOf("`", at)) !== run; ) at += here || 1;
    return at;
  }

  runOf(char, from) {
    let end = from;
    while (this.text[end] === char) end++;
    return end - from;
  }

  /** What may open and close is CommonMark's; a closer takes the nearest opener of its kind. */
  emphasis(char) {
    let left = this.runOf(char, this.at);
    const [before, after] = [this.text[this.at - 1] ?? " ", this.text[this.at + left] ?? " "];
    const [opens, closes] = flanks(before, after, char);
    this.at += left;
    while (closes && left && left < 4) {
      const mark = this.marks.findLast((open) => open.char === char);
      if (!mark) break;
      left -= this.wrap(mark, left);
    }
    if (!left) return;
    const index = this.push(document.createTextNode(char.repeat(left)));
    if (opens && left < 4 && this.marks.length < OPEN_MARKS) this.marks.push({ char, left, index });
  }

  /** Puts all since the opener into <em> or <strong>; returns how many marks that took from each side. */
  wrap(mark, most) {
    const took = Math.min(mark.left, most) >= 2 ? 2 : 1;
    this.flush();
    const inner = this.nodes.splice(mark.index + 1);
    this.drop(mark.index);
    mark.left -= took;
    this.nodes[mark.index].data = mark.char.repeat(mark.left);
    if (mark.left) this.marks.push(mark);
    else this.nodes.pop();
    this.nodes.push(el(took === 2 ? "strong" : "em", {}, inner));
    return took;
  }

  /** Forgets what was opened at or after a node: it has moved into another. */
  drop(index) {
    while (this.marks.at(-1)?.index >= index) this.marks.pop();
    while (this.brackets.at(-1)?.index >= index) this.brackets.pop();
  }

  closeOpen(mark) {
    if (mark.left === 2) this.wrap(mark, 2);
  }

  openBracket() {
    this.at++;
    this.brackets.push({ index: this.push(document.createTextNode("[")) });
  }

  /** A link if an address follows; then what was open before is none: no link stands within a link. */
  closeBracket() {
    this.at++;
    const bracket = this.brackets.pop();
    const target = bracket && this.match(TARGET);
    if (!target) {
      this.plain += "]";
      return;
    }
    this.flush();
    const inner = this.nodes.splice(bracket.index + 1);
    this.nodes.pop();
    this.drop(bracket.index);
    this.brackets = [];
    const raw = target[1].replace(/^<|>$/g, "");
    const href = raw.replace(/\\(.)/g, (both, next) => (SIGN.test(next) ? next : both));
    const made = inner.length ? this.link(href, inner) : null;
    const before = this.nodes.at(-1);
    if (made?.className === "cite" && before?.data) before.data = before.data.replace(/\s$/, NARROW);
    this.nodes = this.nodes.concat(made ?? inner);
  }
}

/** "`` `a` ``" has a space on each side that is not meant. */
function unpad(code) {
  return code.startsWith(" ") && code.endsWith(" ") && code.trim() ? code.slice(1, -1) : code;
}

/** Where the last run of each number of backticks begins: whether a closer exists is then one look. */
function lastRuns(text) {
  return new Map(Array.from(text.matchAll(/`+/g), (run) => [run[0].length, run.index]));
}

function flanks(before, after, char) {
  const space = /\s/;
  const sign = /[\p{P}\p{S}]/u;
  const left = !space.test(after) && (!sign.test(after) || space.test(before) || sign.test(before));
  const right = !space.test(before) && (!sign.test(before) || space.test(after) || sign.test(after));
  if (char === "*") return [left, right];
  return [left && (!right || sign.test(before)), right && (!left || sign.test(after))];
}
