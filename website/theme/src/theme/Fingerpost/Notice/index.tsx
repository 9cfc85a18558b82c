import { useEffect, useState } from "react";
import { translate } from "@docusaurus/Translate";
import type { Props } from "@theme/Fingerpost/Notice";
import Icon from "@theme/Fingerpost/Icon";
import type { Problem, Turn } from "docusaurus-theme-fingerpost/chat";
import styles from "./styles.module.css";

/** What is said of refusals, limits and errors, and the way to ask again. */
export default function Notice({ turn, problem, onRetry }: Props): React.JSX.Element | null {
  const text = problem ? wordsFor(problem) : wordsOf(turn);
  if (!text && !onRetry) return null;
  return (
    <div className={styles.notice} data-bad={turn.state === "failed" || undefined}>
      {text && <p>{text}</p>}
      {onRetry && <Again seconds={problem?.retryAfter ?? 0} onRetry={onRetry} />}
    </div>
  );
}

function Again({ seconds, onRetry }: { seconds: number; onRetry: () => void }): React.JSX.Element {
  const [left, setLeft] = useState(seconds);
  useEffect(() => setLeft(seconds), [seconds]);
  useEffect(() => {
    const timer = left > 0 ? setTimeout(() => setLeft(left - 1), 1000) : undefined;
    return () => clearTimeout(timer);
  }, [left]);
  const label = translate({ id: "theme.fingerpost.retry", message: "Ask again" });
  return (
    <button type="button" aria-disabled={left > 0} onClick={() => left > 0 || onRetry()}>
      <Icon name="again" />
      {label}
      {left > 0 && <span aria-hidden="true">({left} s)</span>}
    </button>
  );
}

function wordsOf({ state, outcome, mode }: Turn): string {
  if (state === "stopped") return translate({ id: "theme.fingerpost.notice.stopped", message: "You stopped this answer." });
  if (state === "cut" || state === "failed") {
    return translate({ id: "theme.fingerpost.notice.cut", message: "The connection was lost before the answer was finished." });
  }
  if (outcome === "refused") {
    return translate({ id: "theme.fingerpost.notice.refused", message: "Other words may find it, or the site's search." });
  }
  if (outcome !== "degraded") return "";
  if (mode === "extractive") {
    return translate({
      id: "theme.fingerpost.notice.extractive",
      message: "The language model could not be reached: these are sentences of the docs.",
    });
  }
  return translate({ id: "theme.fingerpost.notice.degraded", message: "Part of the service is down: this answer may miss something." });
}

/** Codes are those of the API's problem details, docs/api.md. */
function wordsFor({ code, status, message }: Problem): string {
  if (code === "unreachable") return offline();
  if (code === "question-too-long" || code === "body-too-large") {
    return translate({ id: "theme.fingerpost.problem.long", message: "That is too long: ask a shorter question, or begin a new chat." });
  }
  if (status === 429) {
    return translate({ id: "theme.fingerpost.problem.limit", message: "Many questions are being asked just now. Please wait a moment." });
  }
  if (code === "model") {
    return translate({ id: "theme.fingerpost.problem.model", message: "The answer broke off. Please ask again." });
  }
  if (status >= 500) {
    return translate({ id: "theme.fingerpost.problem.server", message: "Answers are not to be had just now. Please try again in a while." });
  }
  return translate(
    { id: "theme.fingerpost.problem.other", message: "The question could not be answered: {message}" },
    { message },
  );
}

function offline(): string {
  if (!navigator.onLine) {
    return translate({ id: "theme.fingerpost.problem.offline", message: "You seem to be offline. Ask again when you are back." });
  }
  return translate({ id: "theme.fingerpost.problem.unreachable", message: "The answering service cannot be reached just now." });
}
