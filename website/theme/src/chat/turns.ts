/** A conversation as a reader sees it: questions, each with what became of it. */
import type { ChatStatus } from "ai";
import { textOf, type Message, type Source } from "./message";

/** "cut": the answer ended before its end, and nobody stopped it. */
export type TurnState = "asking" | "done" | "stopped" | "cut" | "failed";

export interface Turn {
  id: string;
  question: string;
  quote: string;
  state: TurnState;
  answerId: string;
  text: string;
  sources: Source[];
  cited: string[];
  outcome?: "answered" | "refused" | "degraded";
  mode?: "model" | "extractive";
}

export function turnsOf(messages: Message[], status: ChatStatus): Turn[] {
  const turns: Turn[] = [];
  messages.forEach((message, at) => {
    if (message.role !== "user") return;
    const next = messages[at + 1];
    const answer = next?.role === "assistant" ? next : undefined;
    const last = at + (answer ? 2 : 1) === messages.length;
    turns.push(turnOf(message, answer, last ? status : "ready"));
  });
  return turns;
}

function turnOf(asked: Message, answer: Message | undefined, status: ChatStatus): Turn {
  const facts = answer?.parts.findLast((part) => part.type === "data-answer")?.data;
  const found = answer?.parts.findLast((part) => part.type === "data-sources")?.data.sources ?? [];
  const text = textOf(answer);
  return {
    id: asked.id,
    question: textOf(asked),
    quote: asked.metadata?.quote ?? "",
    state: stateOf(status, Boolean(facts), asked.metadata?.stopped),
    answerId: answer?.id ?? "",
    text,
    sources: found.map((source) => ({ ...source, id: String(source.id) })),
    cited: facts?.cited ?? citedIn(text),
    outcome: facts?.outcome,
    mode: facts?.mode,
  };
}

function stateOf(status: ChatStatus, whole: boolean, stopped = false): TurnState {
  if (status === "submitted" || status === "streaming") return "asking";
  if (status === "error") return "failed";
  if (whole) return "done";
  return stopped ? "stopped" : "cut";
}

/** The numbers that a text cites, for an answer that broke off before it said so itself. */
function citedIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\[(\d{1,3})\]\(/g), (found) => found[1] ?? ""))];
}

/** The cited sources in the order of the text, and the others. */
export function shares({ sources, cited }: Turn): { cited: Source[]; others: Source[] } {
  const first = cited.flatMap((id) => sources.find((source) => source.id === id) ?? []);
  return { cited: first, others: sources.filter((source) => !first.includes(source)) };
}
