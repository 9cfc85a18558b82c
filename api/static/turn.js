/**
 * One question and its answer on the page.  A turn is plain data: {question, text, sources, cited, outcome,
 * mode, state: "asking" | "done" | "stopped" | "failed", problem, retryAt: ms}.
 */
import { el, safeUrl } from "./inline.js";
import { MarkdownView } from "./markdown.js";

export const site = { name: meta("site"), url: safeUrl(meta("site-url"), location.href) || "" };

/** What the server wrote into the page under this name; "" when it wrote nothing. */
export function meta(name) {
  const content = document.querySelector(`meta[name="fingerpost:${name}"]`)?.content ?? "";
  return content.startsWith("{{") ? "" : content;
}

export class TurnView {
  /** `retry` is called when the reader asks for this answer again. */
  constructor(turn, retry) {
    Object.assign(this, { turn, retry });
    this.line = el("p", { class: "line" });
    this.body = el("div", { class: "answer", dir: "auto" });
    this.foot = el("div");
    const title = el("h2", { dir: "auto", class: turn.question.length > 140 && "long" }, turn.question);
    const parts = [title, this.line, this.body, this.foot];
    this.element = el("article", { class: "turn", "aria-label": "Question and answer" }, parts);
    this.markdown = new MarkdownView(this.body, (href, inner) => this.link(href, inner));
    this.update();
  }

  update() {
    const { turn } = this;
    const live = turn.state === "asking";
    this.line.textContent = summary(turn);
    this.element.dataset.state = live ? "asking" : turn.outcome || turn.state;
    this.body.ariaBusy = String(live);
    this.markdown.show(turn.text, live);
    if (!live) this.foot.replaceChildren(...this.footing());
  }

  link(href, inner) {
    const url = safeUrl(href, site.url || location.href);
    if (!url) return null;
    const node = outward(url, {}, inner);
    const number = node.textContent;
    if (!/^\d{1,3}$/.test(number)) return node;
    const source = this.turn.sources.find(({ id }) => id === number);
    node.className = "cite";
    node.ariaLabel = `${number}: ${source?.title ?? "source"}`;
    node.title = source ? trail(source) || source.title : "";
    return node;
  }

  *footing() {
    const { turn } = this;
    const [cited, others] = shares(turn);
    if (cited.length) yield* [el("h3", { class: "label" }, "Sources"), cards(cited)];
    if (others.length) {
      const label = `${sections(others.length, cited.length ? " more" : "")} found`;
      yield el("details", {}, [el("summary", {}, label), cards(others)]);
    }
    const text = advice(turn);
    if (text) yield el("p", { class: turn.state === "failed" ? "note bad" : "note" }, text);
    if (turn.state !== "done") yield this.again();
  }

  again() {
    const label = this.turn.state === "failed" ? "Try again" : "Ask again";
    const button = el("button", { type: "button", class: "again" }, label);
    const wait = () => {
      const left = Math.ceil((this.turn.retryAt - Date.now()) / 1000) || 0;
      const time = left > 90 ? `${Math.ceil(left / 60)} min` : `${left} s`;
      button.ariaDisabled = String(left > 0);
      button.textContent = left > 0 ? `${label} in ${time}` : label;
      if (left > 0) setTimeout(wait, 1000);
    };
    wait();
    button.addEventListener("click", () => button.ariaDisabled === "true" || this.retry());
    return button;
  }
}

/** The line between question and answer, and what a screen reader is told when it changes. */
export function summary({ state, sources, cited, outcome, mode, text }) {
  if (state === "stopped") return "Stopped";
  if (state === "failed") return text ? "Broke off" : "No answer";
  if (state === "asking" && !sources.length) return "Searching the docs…";
  if (state === "asking") return `Found ${sections(sources.length)}. Writing the answer…`;
  if (outcome === "refused") return "Not found in the docs";
  if (mode === "extractive") return "Sentences from the docs, put together without a language model";
  return cited.length ? `Answered from ${sections(cited.length)} of the docs` : "Answered";
}

function sections(count, more = "") {
  return `${count}${more} section${count === 1 ? "" : "s"}`;
}

/** The sources that the text cites, in its order, and the rest.  A broken answer is searched for them. */
function shares({ sources, cited, state, text }) {
  const ids = state === "done" ? cited : Array.from(text.matchAll(/\[(\d+)\]\(/g), (found) => found[1]);
  const first = [...new Set(ids)].map((id) => sources.find((source) => source.id === id)).filter(Boolean);
  return [first, sources.filter((source) => !first.includes(source))];
}

function advice({ state, outcome, mode, problem }) {
  if (state === "failed") return problem;
  if (outcome === "refused") {
    if (!site.url) return "Other words may find it.";
    return ["Other words may find it, or ", outward(site.url, {}, "look through the docs"), "."];
  }
  if (outcome !== "degraded") return "";
  if (mode === "extractive") return "No language model could be reached: these are sentences of the docs.";
  return "Part of the service is not at its best just now: this answer may miss something.";
}

function cards(sources) {
  const made = sources.map(card).filter(Boolean);
  return el("ol", { class: "cards" }, made.map((node) => el("li", {}, node)));
}

function card(source) {
  const url = safeUrl(source.url, site.url || location.href);
  const lines = [el("strong", {}, source.title), el("small", {}, trail(source))];
  const inner = [el("span", { class: "arm" }, source.id), el("span", {}, lines)];
  return url && outward(url, { class: "card" }, inner);
}

/** "Guide › Install": where a section stands, without its own title. */
function trail({ breadcrumbs, title }) {
  return breadcrumbs.slice(0, breadcrumbs.at(-1) === title ? -1 : undefined).join(" › ");
}

function outward(href, attributes, inner) {
  const always = { href, target: "_blank", rel: "noopener", "aria-describedby": "new-tab" };
  return el("a", { ...always, ...attributes }, inner);
}
