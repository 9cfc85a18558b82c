import { memo } from "react";
import type { Props } from "@theme/Fingerpost/Turn";
import Answer from "@theme/Fingerpost/Answer";
import Feedback from "@theme/Fingerpost/Feedback";
import Notice from "@theme/Fingerpost/Notice";
import Sources from "@theme/Fingerpost/Sources";
import { progressOf } from "@theme/Fingerpost/Panel/status";
import styles from "./styles.module.css";

/** One question and what became of it. */
function Turn({ turn, last, problem, onRetry }: Props): React.JSX.Element {
  const { state, text } = turn;
  const asking = state === "asking";
  const retry = last && state !== "done" && !asking && (!problem || problem.again);
  return (
    <article className={styles.turn} data-state={state}>
      {turn.quote && (
        <blockquote className={styles.quote} dir="auto">
          {turn.quote}
        </blockquote>
      )}
      <h3 dir="auto">{turn.question}</h3>
      {text && <Answer text={text} sources={turn.sources} />}
      {asking && <p className={styles.progress}>{progressOf(turn)}</p>}
      {!asking && <Notice turn={turn} problem={problem} onRetry={retry ? onRetry : undefined} />}
      {!asking && turn.outcome !== "refused" && <Sources turn={turn} />}
      {state === "done" && <Feedback turn={turn} />}
    </article>
  );
}

/** Turns are made anew at every drawing; one that reads the same is not drawn again. */
export default memo(Turn, (before, after) => {
  const { turn: a, ...rest } = before;
  const { turn: b, ...others } = after;
  const same = a.id === b.id && a.state === b.state && a.answerId === b.answerId && a.text === b.text;
  const settled = a.outcome === b.outcome && a.sources.length === b.sources.length;
  return same && settled && rest.last === others.last && rest.problem === others.problem;
});
