/**
 * Shows Markdown that is still arriving: finds its blocks and keeps their nodes; inline.js does the rest.
 * By hand, because a library would need a build step or a third party's file; safe, because it makes no HTML.
 */
import { el, inline } from "./inline.js";

const DEEPEST = 8; // lists and quotes inside each other; deeper ones are shown as the text they are
// Half a link, a mark or a table row at the end is shown once it is whole.
const HELD = new RegExp(
  [/!?\[[^[\]]{0,200}(?:\](?:\([^()\s]{0,2000})?)?$/, /[*_`]+$/, /(?:^|\n)\|[^\n]*(?:\n[-:| ]*)?$/]
    .map(({ source }) => source)
    .join("|"),
);

/** The view of one answer.  `show` may be called each frame: it touches only the blocks that changed. */
export class MarkdownView {
  #root;
  #context;
  #settled = 0; // characters whose blocks cannot change any more
  #shown = []; // the blocks after those: {key, info, node}

  /** `link(href, children)` returns the node for a link, or null for one that is not let through. */
  constructor(root, link) {
    this.#root = root;
    this.#context = { link, top: 0, live: false };
  }

  /** `text` is the whole answer so far and only ever grows; `live` while more is expected. */
  show(text, live) {
    let tail = text.slice(this.#settled);
    if (live) tail = tail.slice(0, tail.length - (HELD.exec(tail.slice(-2300))?.[0].length ?? 0));
    const lines = tail.split("\n");
    const found = blocks(lines);
    found.forEach((block, at) => {
      this.#context.live = live && at === found.length - 1;
      this.#place(block, at, lines.slice(block.from, block.to).join("\n"));
    });
    for (const { node } of this.#shown.splice(found.length)) node.remove();
    this.#settle(found, lines);
  }

  #place(block, at, source) {
    const old = this.#shown[at];
    const key = source + (this.#context.live ? "\0" : "");
    if (old?.key === key) return;
    if (old && block.kind === "code" && old.info === block.info) {
      old.key = key; // the same node: its copy button keeps the focus
      old.node.querySelector("code").firstChild.data = block.text;
      return;
    }
    const node = draw(block, this.#context);
    if (old) old.node.replaceWith(node);
    else this.#root.append(node);
    this.#shown[at] = { key, info: block.info, node };
  }

  /** A block is settled once two whole lines stand after it: a table's head needs the second to be one. */
  #settle(found, lines) {
    let done = 0;
    while (done + 1 < found.length && found[done + 1].from + 2 < lines.length) done++;
    if (!done) return;
    this.#shown.splice(0, done);
    for (const line of lines.slice(0, found[done].from)) this.#settled += line.length + 1;
  }
}

// --- finding blocks: each finder returns {kind, to, ...} or null --------------------------------

function blocks(lines, depth = 0) {
  const found = [];
  for (let at = 0; at < lines.length; ) {
    if (!lines[at].trim()) at++;
    else {
      const block = begins(lines, at, depth) ?? paragraph(lines, at, depth);
      found.push({ ...block, from: at });
      at = block.to;
    }
  }
  return found;
}

function begins(lines, at, depth) {
  const flat = code(lines, at) ?? heading(lines, at) ?? rule(lines, at) ?? table(lines, at);
  return flat ?? (depth < DEEPEST ? (quote(lines, at, depth) ?? list(lines, at, depth)) : null);
}

function code(lines, at) {
  const open = /^( *)(`{3,}|~{3,})([^`]*)$/.exec(lines[at]);
  if (!open) return null;
  const [, indent, fence, info] = open;
  const body = [];
  let to = at + 1;
  for (; to < lines.length; to++) {
    const line = lines[to].trim();
    if (line.length >= fence.length && line === fence[0].repeat(line.length)) break;
    body.push(lines[to].slice(Math.min(indent.length, indentOf(lines[to]))));
  }
  const language = info.trim().split(/[\s{]/)[0];
  return { kind: "code", to: Math.min(to + 1, lines.length), text: body.join("\n"), info: language };
}

function heading(lines, at) {
  const mark = /^ {0,3}(#{1,6})[ \t]/.exec(lines[at]);
  if (!mark) return null;
  const text = lines[at].slice(mark[0].length).trim().replace(/ #+$/, "");
  return { kind: "heading", to: at + 1, level: mark[1].length, text };
}

function rule(lines, at) {
  return /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/.test(lines[at]) ? { kind: "rule", to: at + 1 } : null;
}

function table(lines, at) {
  const marks = lines[at + 1];
  if (!lines[at].includes("|") || !marks?.includes("-")) return null;
  if (!/^ *\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/.test(marks)) return null;
  const head = cells(lines[at]);
  const sides = cells(marks).map((mark) => (!mark.endsWith(":") ? "" : mark[0] === ":" ? "center" : "end"));
  if (head.length !== sides.length) return null;
  let to = at + 2;
  const rows = [];
  while (to < lines.length && lines[to].includes("|")) rows.push(cells(lines[to++]));
  return { kind: "table", to, head, sides, rows };
}

function cells(line) {
  const row = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function quote(lines, at, depth) {
  const mark = /^ {0,3}> ?/;
  let to = at;
  while (to < lines.length && mark.test(lines[to])) to++;
  if (to === at) return null;
  const inner = lines.slice(at, to).map((line) => line.replace(mark, ""));
  return { kind: "quote", to, children: blocks(inner, depth + 1) };
}

/** The item that a line begins: where its mark stands (`indent`) and where its text does (`width`). */
function item(line) {
  const found = /^([ \t]*)([-*+]|(\d{1,9})[.)])( {1,4}|$)/.exec(line);
  if (!found) return null;
  const [{ length: width }, indent, mark, number] = found;
  return { indent: columns(indent), width, sort: mark.at(-1), number, empty: width === line.length };
}

function list(lines, at, depth) {
  const first = item(lines[at]);
  if (!first) return null;
  const items = [];
  let to = at;
  let loose = false;
  for (let here = first; here?.sort === first.sort && here.indent < first.indent + 2; ) {
    const { body, end } = itemBody(lines, to, here);
    const children = blocks(body, depth + 1);
    items.push(children);
    here = item(lines[end] ?? "");
    const apart = !lines[end - 1].trim() && here?.sort === first.sort;
    loose ||= apart || children.filter((child) => child.kind === "paragraph").length > 1;
    to = end;
  }
  return { kind: "list", to, items, loose, start: first.number };
}

/** An item's own lines, without their indent.  Two spaces are enough, as models write them. */
function itemBody(lines, at, { indent, width }) {
  const body = [lines[at].slice(width)];
  let end = at + 1;
  for (; end < lines.length; end++) {
    const line = lines[end];
    const inset = indentOf(line);
    if (!line.trim()) body.push("");
    else if (columns(line.slice(0, inset)) >= indent + 2) body.push(line.slice(Math.min(inset, width)));
    else if (!lines[end - 1].trim() || item(line) || interrupts(lines, end, 0)) break;
    else body.push(line.trimStart());
  }
  return { body, end };
}

function paragraph(lines, at, depth) {
  let to = at + 1;
  while (to < lines.length && lines[to].trim() && !interrupts(lines, to, depth)) to++;
  return { kind: "paragraph", to, text: lines.slice(at, to).join("\n").trim() };
}

/** Whether a line ends the paragraph before it; "1986. A good year" does not. */
function interrupts(lines, at, depth) {
  if (code(lines, at) || heading(lines, at) || rule(lines, at) || table(lines, at)) return true;
  if (depth >= DEEPEST) return false;
  const next = item(lines[at]);
  return /^ {0,3}>/.test(lines[at]) || Boolean(next && !next.empty && (next.number ?? "1") === "1");
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}

function columns(indent) {
  return indent.replaceAll("\t", "    ").length;
}

// --- drawing them ------------------------------------------------------------------------------

function draw(block, context) {
  return DRAW[block.kind](block, context);
}

const DRAW = {
  paragraph: ({ text }, context) => el("p", {}, inline(text, context)),
  rule: () => el("hr"),
  quote: ({ children }, context) => el("blockquote", {}, children.map((child) => draw(child, context))),
  heading({ level, text }, context) {
    context.top ||= level; // the answer's first heading stands right under the question's
    return el(level > context.top ? "h4" : "h3", {}, inline(text, context));
  },
  code: ({ text, info }) => drawCode(text, info),
  list({ items, loose, start }, context) {
    const node = el(start ? "ol" : "ul");
    if (start) node.start = Number(start);
    const filled = (children) => children.flatMap((child) => inItem(child, loose, context));
    for (const children of items) node.append(el("li", {}, filled(children)));
    return node;
  },
  table({ head, sides, rows }, context) {
    const cell = (tag, text = "", side) => el(tag, { class: side }, inline(text, context));
    const row = (tag, texts) => el("tr", {}, sides.map((side, at) => cell(tag, texts[at], side)));
    const body = rows.map((texts) => row("td", texts));
    const grid = el("table", {}, [el("thead", {}, row("th", head)), el("tbody", {}, body)]);
    return scroller("div", "Table", grid, "table");
  },
};

function inItem(child, loose, context) {
  return child.kind === "paragraph" && !loose ? inline(child.text, context) : [draw(child, context)];
}

function drawCode(text, language) {
  const code = el("code", {}, text);
  const copy = el("button", { type: "button", class: "quiet" }, "Copy");
  copy.addEventListener("click", () => copyOut(code, copy));
  const label = language ? `Code, ${language}` : "Code";
  const bar = el("div", { class: "code-bar" }, [el("span", {}, language), copy]);
  return el("div", { class: "code" }, [bar, scroller("pre", label, code)]);
}

/** What may be wider than the page: it can be reached and scrolled with the keyboard. */
function scroller(tag, label, inner, name = "") {
  return el(tag, { class: name, role: "group", "aria-label": label, tabindex: "0" }, inner);
}

async function copyOut(code, button) {
  const range = new Range();
  range.selectNodeContents(code);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().removeAllRanges(); // no https, or not allowed: selected for the reader's own copy
    getSelection().addRange(range);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}
