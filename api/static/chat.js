/**
 * The conversation: what is asked, when, and what is kept.  stream.js is the wire, turn.js how a turn looks.
 */
import { el } from "./inline.js";
import { ask, Problem } from "./stream.js";
import { meta, site, summary, TurnView } from "./turn.js";

const KEY = "fingerpost:chat";
const REST = 3; // drawing takes at most a quarter of the time, however long the answer
const $ = (id) => document.getElementById(id);
const [form, field, button] = [$("composer"), $("question"), $("send")];

let views = [];
let running = null; // {stop: AbortController, since: ms} while an answer is on its way

// --- asking ------------------------------------------------------------------------------------

async function put(question) {
  const last = views.at(-1);
  if (last?.turn.state === "failed" && !last.turn.text) drop(last);
  views.at(-1)?.element.querySelector(".again")?.remove();
  const messages = history(question);
  const view = add({ question, text: "", sources: [], cited: [], state: "asking" });
  running = { stop: new AbortController(), since: Date.now() };
  reflect();
  view.element.scrollIntoView();
  await answer(view, messages, running.stop.signal);
  if (!views.includes(view)) return; // a new chat began meanwhile
  running = null;
  view.update();
  reflect();
  keep();
  say(`${summary(view.turn)}. ${view.turn.problem ?? (view.turn.outcome ? "The answer is complete." : "")}`);
}

async function answer(view, messages, signal) {
  const { turn } = view;
  const paint = painter(view);
  try {
    paint();
    for await (const part of ask(messages, signal)) {
      take(turn, part);
      paint();
    }
    turn.state = "done";
  } catch (error) {
    turn.state = signal.aborted ? "stopped" : "failed";
    if (signal.aborted) return;
    turn.problem = error instanceof Problem ? error.message : "The answer could not be read.";
    turn.retryAt = Date.now() + (error.retryAfter || 0) * 1000;
    const asIs = !error.status || error.status >= 429; // else it must be put differently
    if (!asIs && !field.value) field.value = turn.question;
  }
}

/** The whole conversation, as the server wants it: it keeps none. */
function history(question) {
  const message = (role, text) => ({ role, parts: [{ type: "text", text }] });
  const told = views.map(({ turn }) => turn).filter(({ text }) => text);
  const before = told.map((turn) => [message("user", turn.question), message("assistant", turn.text)]);
  return [...before.flat(), message("user", question)];
}

function take(turn, part) {
  if (part.type === "text-start" && turn.text) turn.text += "\n\n";
  if (part.type === "text-delta") turn.text += part.delta.replaceAll("\r", "");
  if (part.type === "data-sources") {
    turn.sources = part.data.sources.map((source) => ({ breadcrumbs: [], ...source, id: String(source.id) }));
  }
  if (part.type === "source-url") turn.cited.push(part.sourceId);
  if (part.type === "data-answer") {
    const { outcome, mode, cited } = part.data;
    Object.assign(turn, { outcome, mode, cited });
  }
}

/** A function to call for each part: it draws once a frame, and rests after slow frames. */
function painter(view) {
  let due = false;
  let free = 0;
  const draw = () => {
    due = false;
    if (view.turn.state !== "asking") return;
    const begun = performance.now();
    view.update();
    say(summary(view.turn));
    document.body.getBoundingClientRect(); // the layout belongs to the cost
    free = performance.now() + REST * (performance.now() - begun);
  };
  return () => {
    if (due) return;
    due = true;
    setTimeout(() => requestAnimationFrame(draw), Math.max(0, free - performance.now()));
  };
}

// --- the page ----------------------------------------------------------------------------------

function add(turn) {
  const view = new TurnView(turn, () => {
    drop(view);
    put(turn.question);
    aim();
  });
  views.push(view);
  $("turns").append(view.element);
  return view;
}

function drop(view) {
  views = views.filter((other) => other !== view);
  view.element.remove();
}

function reflect() {
  $("welcome").hidden = views.length > 0;
  $("new").hidden = !views.length;
  button.ariaLabel = button.title = running ? "Stop" : "Send";
  form.dataset.running = String(Boolean(running));
  field.placeholder = views.length ? "Ask a follow-up" : "Ask a question";
}

function say(text) {
  if ($("status").textContent !== text) $("status").textContent = text;
}

/** Puts the cursor back, but not on a phone, where that would raise the keyboard over the answer. */
function aim() {
  if (matchMedia("(hover: hover)").matches) field.focus({ preventScroll: true });
}

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function submit(event) {
  event.preventDefault();
  const question = field.value.trim();
  if (running) {
    const twice = Date.now() - running.since < 400; // a double click on Send is no Stop
    if (event.submitter && !twice) running.stop.abort();
  } else if (question) {
    field.value = "";
    grow();
    put(question);
  } else field.focus();
}

function keys(event) {
  if (event.key === "Escape") running?.stop.abort();
  if (event.target !== field || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) form.requestSubmit();
}

function restart() {
  running?.stop.abort();
  running = null;
  views.forEach(drop);
  keep();
  reflect();
  say("New chat");
  field.focus();
}

// --- what outlives a reload --------------------------------------------------------------------

function keep() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(views.map(({ turn }) => turn)));
  } catch {
    // full or forbidden: the talk goes on, it is only not kept
  }
}

/** A JSON list, or an empty one: what a person or another release left there must not break the page. */
function listOf(text) {
  try {
    return [].concat(JSON.parse(text || "[]"));
  } catch {
    return [];
  }
}

function stored() {
  try {
    return listOf(sessionStorage.getItem(KEY)).filter((turn) => turn.question && turn.sources && turn.cited);
  } catch {
    return [];
  }
}

function suggest() {
  const questions = listOf(meta("suggestions")).slice(0, 3);
  for (const question of questions) {
    const arm = el("button", { type: "button" }, String(question));
    arm.addEventListener("click", () => (put(String(question)), aim()));
    $("suggestions").append(el("li", {}, arm));
  }
  $("suggestions").hidden = !questions.length;
}

function begin() {
  if (site.url) $("site").href = site.url;
  for (const turn of stored()) add({ ...turn, state: turn.state === "asking" ? "stopped" : turn.state });
  suggest();
  reflect();
  form.addEventListener("submit", submit);
  field.addEventListener("input", grow);
  addEventListener("keydown", keys);
  addEventListener("pagehide", () => {
    running?.stop.abort();
    keep();
  });
  $("new").addEventListener("click", restart);
  if (!views.length) aim();
}

begin();
