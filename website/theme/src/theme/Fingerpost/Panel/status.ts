/** What a screen reader is told of an answer: its steps, not its words. */
import { translate } from "@docusaurus/Translate";
import type { Turn } from "docusaurus-theme-fingerpost/chat";

export function statusOf(turn: Turn | undefined): string {
  switch (turn?.state) {
    case undefined:
      return "";
    case "asking":
      return progressOf(turn);
    case "failed":
      return translate({ id: "theme.fingerpost.status.failed", message: "There is no answer." });
    case "stopped":
      return translate({ id: "theme.fingerpost.status.stopped", message: "Stopped." });
    case "cut":
      return translate({ id: "theme.fingerpost.status.cut", message: "The answer broke off." });
    case "done":
      if (turn.outcome === "refused") {
        return translate({ id: "theme.fingerpost.status.refused", message: "Not found in the docs." });
      }
      return translate({ id: "theme.fingerpost.status.done", message: "The answer is complete." });
  }
}

/** The step that an answer on its way is at. */
export function progressOf(turn: Turn): string {
  if (turn.sources.length) return translate({ id: "theme.fingerpost.status.writing", message: "Writing the answer…" });
  return translate({ id: "theme.fingerpost.status.searching", message: "Searching the docs…" });
}
