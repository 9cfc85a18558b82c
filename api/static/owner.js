/**
 * The owner's page: asks `GET /v1/insights` with the admin key and shows what comes.  All text goes in as
 * text: what readers wrote is never markup.  The key stays in this tab's sessionStorage and nowhere else.
 */
import { el, safeUrl } from "./inline.js";

const KEY = "fingerpost:admin";
const SHOWN = 10; // lines of a list before the rest is folded
const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
const [door, told, trouble, days] = [$("door"), $("told"), $("trouble"), $("days")];
const count = new Intl.NumberFormat("en");
const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

const WORDS = {
  401: "That is not the admin key.",
  404: null, // the server's own words say which of the two it is
};

// --- asking ------------------------------------------------------------------------------------

async function get(path) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY)}` };
  let response;
  try {
    response = await fetch(path, { headers, cache: "no-store" });
  } catch {
    throw new Error("The server cannot be reached.");
  }
  if (response.ok) return response;
  if (response.status === 401) sessionStorage.removeItem(KEY);
  const said = await response.json().catch(() => ({}));
  throw new Error(WORDS[response.status] ?? said.detail ?? `The server answered ${response.status}.`);
}

async function load() {
  trouble.hidden = true;
  told.setAttribute("aria-busy", "true");
  try {
    const insights = await (await get(`v1/insights?days=${days.value}`)).json();
    told.replaceChildren(...parts(insights));
    $("status").textContent = `${insights.questions} questions in ${days.value} days.`;
    reflect(true);
  } catch (error) {
    trouble.textContent = error.message;
    trouble.hidden = false;
    reflect(sessionStorage.getItem(KEY) !== null && told.hasChildNodes());
  }
  told.removeAttribute("aria-busy");
}

function reflect(open) {
  door.hidden = open;
  told.hidden = $("lock").hidden = days.parentElement.hidden = !open;
  if (!open) $("key").focus();
}

async function saveDrafts() {
  try {
    const blob = await (await get(`v1/insights/drafts?days=${days.value}`)).blob();
    const link = el("a", { href: URL.createObjectURL(blob), download: "drafts.jsonl" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    trouble.textContent = error.message;
    trouble.hidden = false;
  }
}

// --- showing -----------------------------------------------------------------------------------

function* parts(insights) {
  yield tiles(insights);
  if (!insights.questions) {
    yield el("p", { class: "note" }, "Nobody has asked anything in these days.");
    return;
  }
  yield part("Questions a day", "", chart(insights.per_day));
  const words = insights.words_kept ? "" : " Words are not kept: api.memory.log_questions is false.";
  yield part("Refused", `What the documentation does not answer.${words}`, asked(insights.refused));
  yield part("Voted down", `What readers were not content with.${words}`, asked(insights.down_voted), drafts(insights));
  yield part("Most cited pages", "Answers that rest on each.", rows(insights.cited_pages.map(([url, n]) => row(n, [page(url)]))));
  yield part("Pages that no question found", ...unfound(insights.unfound_pages));
  yield part("Models", "Tokens and cost as providers counted them, or by the prices of config.yaml.", models(insights));
}

function part(title, about, ...content) {
  const shown = content.filter(Boolean);
  return el("section", { class: "part" }, [
    el("h2", {}, title),
    ...(about ? [el("p", {}, about)] : []),
    ...(shown.length ? shown : [el("p", {}, "None.")]),
  ]);
}

function tiles({ questions, clients, endings, votes_up, votes_down, tokens }) {
  const share = (ending) => (questions ? `${Math.round((100 * (endings[ending] ?? 0)) / questions)}%` : "–");
  const list = [
    ["Questions", count.format(questions), `${count.format(clients)} ${clients === 1 ? "reader" : "readers"}`],
    ["Answered", share("answered"), ""],
    ["Refused", share("refused"), count.format(endings.refused ?? 0)],
    ["Failed or degraded", broken(questions, endings), ""],
    ["Votes", `${count.format(votes_up)} up`, `${count.format(votes_down)} down`],
    ["Cost", money.format(tokens.reduce((sum, model) => sum + model.cost, 0)), ""],
  ];
  return el("dl", { class: "tiles" }, list.map(([name, value, more]) =>
    el("div", {}, [el("dt", {}, name), el("dd", {}, more ? [`${value} `, el("small", {}, more)] : value)])));
}

function broken(questions, endings) {
  const bad = (endings.failed ?? 0) + (endings.degraded ?? 0);
  return questions ? `${Math.round((100 * bad) / questions)}%` : "–";
}

/** Bars, one for each day of the window, those without a question too. */
function chart(perDay) {
  const counts = new Map(perDay);
  const last = Date.now();
  const first = Math.max(last - (days.value - 1) * 864e5, Date.parse(perDay[0][0]) - 6 * 864e5);
  const all = [];
  for (let at = first; at <= last + 36e5; at += 864e5) all.push(new Date(at).toISOString().slice(0, 10));
  const most = Math.max(1, ...counts.values());
  const svg = document.createElementNS(SVG, "svg");
  const set = (node, values) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  set(svg, { viewBox: `0 0 ${all.length * 10} 100`, preserveAspectRatio: "none", class: "chart", role: "img" });
  svg.setAttribute("aria-label", perDay.map(([date, n]) => `${date}: ${n}`).join(", "));
  all.forEach((date, place) => {
    const n = counts.get(date) ?? 0;
    const bar = document.createElementNS(SVG, "rect");
    const height = n ? Math.max(2, (98 * n) / most) : 1;
    set(bar, { x: place * 10 + 1, y: 100 - height, width: 8, height, class: n ? "" : "base" });
    const title = document.createElementNS(SVG, "title");
    title.textContent = `${date}: ${n}`;
    bar.append(title);
    svg.append(bar);
  });
  const ends = [all[0], all.at(-1)].map((date) => day.format(Date.parse(date)));
  return el("div", {}, [svg, el("div", { class: "axis", "aria-hidden": "true" }, [
    el("span", {}, ends[0]), el("span", {}, `at most ${count.format(most)} a day`), el("span", {}, ends[1]),
  ])]);
}

function asked(groups) {
  return rows(groups.map(({ question, times, last_asked, version, language, tags, notes }) => {
    const when = `last on ${day.format(Date.parse(last_asked))}`;
    const about = [when, version && `version ${version}`, language && `language ${language}`].filter(Boolean).join(", ");
    const said = [...tags.map((tag) => el("span", { class: "tag" }, tag)), ...notes.flatMap((note) => [el("q", {}, note), " "])];
    return row(times, [question, el("small", {}, said.length ? [...said, `· ${about}`] : about)]);
  }));
}

function drafts({ refused, down_voted }) {
  if (!refused.length && !down_voted.length) return null;
  const button = el("button", { type: "button", class: "again" }, "Save both as draft eval cases");
  button.addEventListener("click", saveDrafts);
  return button;
}

function unfound(pages) {
  if (pages === null) return ["The index cannot be read at the moment."];
  return ["Nobody looks for them, or the search does not find them.", rows(pages.map((url) => row("", [page(url)])))];
}

function models({ tokens, providers, revision }) {
  const line = (cells, tag) => el("tr", {}, cells.map((cell, place) => el(tag, place ? { class: "end" } : {}, cell)));
  const table = el("table", { class: "wide" }, [
    el("thead", {}, [line(["Model", "Answers", "Read", "Written", "Cost"], "th")]),
    el("tbody", {}, tokens.map((t) => line([t.model, count.format(t.answers), count.format(t.prompt), count.format(t.completion), money.format(t.cost)], "td"))),
  ]);
  const states = providers.map(({ name, resting }) => `${name} ${resting ? `rests for ${Math.ceil(resting)} s` : "is asked"}`);
  const state = [...states, revision && `index ${revision}`].filter(Boolean).join(" · ");
  return el("div", {}, [
    ...(tokens.length ? [el("div", { class: "table" }, [table])] : []),
    el("p", { class: "line" }, `Now: ${state || "no language model is asked"}.`),
  ]);
}

function rows(items) {
  if (!items.length) return null;
  const list = (some) => el("ul", { class: "rows" }, some);
  if (items.length <= SHOWN) return list(items);
  const rest = items.slice(SHOWN);
  return el("div", {}, [list(items.slice(0, SHOWN)), el("details", {}, [el("summary", {}, `${count.format(rest.length)} more`), list(rest)])]);
}

function row(times, content) {
  return el("li", {}, [el("b", {}, times === "" ? "" : count.format(times)), el("span", {}, content)]);
}

function page(url) {
  const href = safeUrl(url, location.href);
  const shown = URL.canParse(url) ? decoded(new URL(url).pathname) : url;
  return href ? el("a", { href, rel: "noreferrer" }, shown) : shown;
}

function decoded(path) {
  try {
    return decodeURI(path);
  } catch {
    return path; // "/100%" is a path too
  }
}

// --- the door ----------------------------------------------------------------------------------

door.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, $("key").value.trim());
  $("key").value = "";
  load();
});
days.addEventListener("change", load);
$("lock").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  told.replaceChildren();
  reflect(false);
});
if (sessionStorage.getItem(KEY)) load();
else reflect(false);
