import { useCallback, useEffect, useRef } from "react";
import { useChat } from "@ai-sdk/react";
import { translate } from "@docusaurus/Translate";
import { useLocation } from "@docusaurus/router";
import Composer from "@theme/Fingerpost/Composer";
import Icon from "@theme/Fingerpost/Icon";
import Turn from "@theme/Fingerpost/Turn";
import Welcome from "@theme/Fingerpost/Welcome";
import { keep, Problem, sessionOf, turnsOf } from "docusaurus-theme-fingerpost/chat";
import { closeChat, dropQuote, useChatState, useOptions } from "docusaurus-theme-fingerpost/client";
import { useDialog } from "./dialog";
import { statusOf } from "./status";
import styles from "./styles.module.css";

const FRAME = 80; // ms between drawings of a streamed answer

/** The panel: a drawer beside the page on wide screens, a sheet over it on phones. */
export default function Panel(): React.JSX.Element {
  const { open, quote } = useChatState();
  const { pathname } = useLocation();
  const chat = sessionOf(useOptions().apiUrl);
  const { messages, status, error, stop, setMessages } = useChat({ chat, experimental_throttle: FRAME });
  const running = status === "submitted" || status === "streaming";
  const turns = turnsOf(messages, status);
  const list = useRef<HTMLDivElement>(null);
  const { dialog, onKeyDown, refocus } = useDialog(open);

  const ask = (question: string): void => {
    if (running) return;
    dropQuote();
    void chat.sendMessage({ text: question, metadata: { path: pathname, ...(quote && { quote }) } });
    keep(chat.messages);
    refocus();
  };
  const again = useCallback(() => {
    chat.messages = chat.messages.map((message, at) => (at < lastQuestion(chat.messages) ? message : fresh(message)));
    void chat.regenerate();
    refocus();
  }, [chat, refocus]);
  const halt = (): void => {
    void stop();
    const at = lastQuestion(chat.messages);
    const mark = (message: (typeof messages)[number]) => ({ ...message, metadata: { ...message.metadata, stopped: true } });
    setMessages(chat.messages.map((message, here) => (here === at ? mark(message) : message)));
    keep(chat.messages);
  };
  const clear = (): void => {
    void stop();
    setMessages([]);
    chat.clearError();
    keep([]);
    refocus();
  };
  const count = turns.length;
  const seen = useRef(count);
  useEffect(() => {
    // A new question goes to the top, and its answer grows below: the text does not run away while it is read.
    if (count > seen.current) list.current?.lastElementChild?.scrollIntoView({ block: "start" });
    seen.current = count;
  }, [count]);

  const title = translate({ id: "theme.fingerpost.title", message: "Ask the docs", description: "The panel's title" });
  const labels = {
    clear: translate({ id: "theme.fingerpost.clear", message: "New chat", description: "Clears the conversation" }),
    close: translate({ id: "theme.fingerpost.close", message: "Close", description: "Closes the panel" }),
  };
  return (
    <dialog ref={dialog} className={styles.panel} aria-label={title} onKeyDown={onKeyDown} data-fingerpost>
      <header className={styles.header}>
        <h2>{title}</h2>
        {count > 0 && (
          <button type="button" className={styles.tool} aria-label={labels.clear} title={labels.clear} onClick={clear}>
            <Icon name="new" />
          </button>
        )}
        <button type="button" className={styles.tool} aria-label={labels.close} title={labels.close} onClick={closeChat}>
          <Icon name="close" />
        </button>
      </header>
      <div className={styles.body} tabIndex={-1} data-fingerpost-body>
        {count === 0 && <Welcome onAsk={ask} />}
        <div ref={list}>
          {turns.map((turn, at) => (
            <Turn
              key={turn.id}
              turn={turn}
              last={at === count - 1}
              problem={at === count - 1 && error ? problemIn(error) : undefined}
              onRetry={again}
            />
          ))}
        </div>
      </div>
      <p className={styles.unseen} role="status">
        {statusOf(turns.at(-1))}
      </p>
      <Composer running={running} followUp={count > 0} onAsk={ask} onStop={halt} />
    </dialog>
  );
}

function lastQuestion(messages: { role: string }[]): number {
  return messages.findLastIndex((message) => message.role === "user");
}

function fresh<M extends { metadata?: object }>(message: M): M {
  return { ...message, metadata: { ...message.metadata, stopped: undefined } };
}

/** An `error` part of the stream comes as a plain error: the server has said what to tell. */
function problemIn(error: Error): Problem {
  return error instanceof Problem ? error : new Problem("model", error.message);
}
