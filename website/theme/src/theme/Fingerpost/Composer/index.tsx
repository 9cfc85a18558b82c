import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent, type MouseEvent } from "react";
import { translate } from "@docusaurus/Translate";
import type { Props } from "@theme/Fingerpost/Composer";
import Icon from "@theme/Fingerpost/Icon";
import { dropQuote, useChatState } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

const LONGEST = 4000; // characters: what the server reads when it is not configured otherwise
const DOUBLE_CLICK = 400; // ms: the second click on Send is no Stop

/** The field for the question, with the marked text that it is about. */
export default function Composer({ running, followUp, onAsk, onStop }: Props): React.JSX.Element {
  const { open, quote } = useChatState();
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (open && quote) field.current?.focus({ preventScroll: true });
  }, [open, quote]);
  const label = labelOf(followUp, Boolean(quote));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (running || !text.trim()) return;
    onAsk(text.trim());
    setText("");
  };
  const press = (event: KeyboardEvent): void => {
    const composing = event.nativeEvent.isComposing || event.keyCode === 229; // Safari says so by the code alone
    if (event.key === "Enter" && !event.shiftKey && !composing) submit(event);
  };
  return (
    <form className={styles.composer} onSubmit={submit}>
      {quote && <Quote text={quote} />}
      <div className={styles.field}>
        <textarea
          ref={field}
          rows={1}
          data-fingerpost-field
          dir="auto"
          value={text}
          maxLength={LONGEST}
          aria-label={label}
          placeholder={label}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
        />
        <Action running={running} ready={Boolean(text.trim())} onStop={onStop} />
      </div>
      <p className={styles.hint}>
        {translate({
          id: "theme.fingerpost.hint",
          message: "Answers can be wrong: check the linked pages.",
          description: "Below the field",
        })}
      </p>
    </form>
  );
}

function labelOf(followUp: boolean, quoting: boolean): string {
  if (quoting) return translate({ id: "theme.fingerpost.field.quote", message: "Ask about the marked text" });
  if (followUp) return translate({ id: "theme.fingerpost.field.more", message: "Ask a follow-up" });
  return translate({ id: "theme.fingerpost.field", message: "Ask a question" });
}

function Quote({ text }: { text: string }): React.JSX.Element {
  const label = translate({ id: "theme.fingerpost.dropQuote", message: "Leave the marked text out" });
  return (
    <div className={styles.quote}>
      <blockquote dir="auto">{text}</blockquote>
      <button type="button" aria-label={label} title={label} onClick={dropQuote}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Send and Stop are one button, so that the focus stays where it is. */
function Action({ running, ready, onStop }: { running: boolean; ready: boolean; onStop: () => void }): React.JSX.Element {
  const send = translate({ id: "theme.fingerpost.send", message: "Send" });
  const stop = translate({ id: "theme.fingerpost.stop", message: "Stop" });
  const begun = useRef(0);
  useEffect(() => {
    begun.current = running ? Date.now() : 0;
  }, [running]);
  const press = (event: MouseEvent): void => {
    if (!running) return;
    event.preventDefault();
    if (Date.now() - begun.current > DOUBLE_CLICK) onStop();
  };
  const label = running ? stop : send;
  return (
    <button
      type="submit"
      className={styles.send}
      aria-label={label}
      title={label}
      aria-disabled={!running && !ready}
      onClick={press}>
      <Icon name={running ? "stop" : "send"} />
    </button>
  );
}
