/** The shapes that come over the wire, as docs/api.md explains them. */
import type { UIMessage } from "ai";

export interface Source {
  id: string;
  url: string;
  title: string;
  breadcrumbs: string[];
}

export interface AnswerFacts {
  outcome: "answered" | "refused" | "degraded";
  cited: string[];
  mode?: "model" | "extractive";
}

/** What is kept with a question. */
export interface QuestionFacts {
  /** The page where it was asked. */
  path?: string;
  /** The marked text that it is about. */
  quote?: string;
  /** The reader stopped the answer. */
  stopped?: boolean;
}

export type Message = UIMessage<QuestionFacts, { sources: { sources: Source[] }; answer: AnswerFacts }>;

export function textOf(message: Message | undefined): string {
  const texts = message?.parts.filter((part) => part.type === "text") ?? [];
  return texts.map((part) => part.text).join("\n\n");
}
