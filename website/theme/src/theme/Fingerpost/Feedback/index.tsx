import { useEffect, useRef, useState, type RefObject } from "react";
import { translate } from "@docusaurus/Translate";
import type { Props } from "@theme/Fingerpost/Feedback";
import Reasons from "@theme/Fingerpost/Feedback/Reasons";
import Icon from "@theme/Fingerpost/Icon";
import { vote, type Vote } from "docusaurus-theme-fingerpost/chat";
import { useOptions } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

let taken = true; // whether the server takes votes, until it says otherwise

/** Copy and thumbs below an answer; a thumb down can be given reasons. */
export default function Feedback({ turn }: Props): React.JSX.Element {
  const { apiUrl, feedback } = useOptions();
  const [given, setGiven] = useState<Vote | null>(null);
  const [failed, setFailed] = useState(false);
  const [asking, setAsking] = useState(false);
  const down = useRef<HTMLButtonElement>(null);
  const give = async (wanted: Vote): Promise<boolean> => {
    const before = given;
    setGiven(wanted);
    setFailed(false);
    try {
      taken = await vote(apiUrl, turn.answerId, wanted);
      if (!taken) {
        setAsking(false);
        setGiven(null); // the buttons are drawn once more, to go
      }
      return true;
    } catch {
      // Offline or refused: what was voted before stands, and can be changed once more.
      setGiven(before);
      setFailed(true);
      return false;
    }
  };
  const press = (thumbs: 0 | 1): void => {
    setAsking(thumbs === 0);
    void give({ thumbs });
  };
  const leave = (): void => {
    setAsking(false);
    down.current?.focus(); // the form goes, and with it what had the focus
  };
  const explain = async (why: Omit<Vote, "thumbs">): Promise<void> => {
    if (await give({ thumbs: 0, ...why })) leave();
  };
  const labels = {
    up: translate({ id: "theme.fingerpost.thumbs.up", message: "Good answer" }),
    down: translate({ id: "theme.fingerpost.thumbs.down", message: "Bad answer" }),
  };
  return (
    <>
      <div className={styles.row}>
        <Copy text={turn.text} />
        {feedback && taken && (
          <>
            <Thumb label={labels.up} name="up" pressed={given?.thumbs === 1} onPress={() => press(1)} />
            <Thumb label={labels.down} name="down" pressed={given?.thumbs === 0} onPress={() => press(0)} button={down} />
          </>
        )}
        <span role="status" className={styles.said}>
          {said(given, failed)}
        </span>
      </div>
      {asking && <Reasons onSend={explain} onLeave={leave} />}
    </>
  );
}

function said(given: Vote | null, failed: boolean): string {
  if (failed) return translate({ id: "theme.fingerpost.thumbs.failed", message: "That did not arrive. Try again." });
  if (given === null || !taken) return "";
  return translate({ id: "theme.fingerpost.thumbs.thanks", message: "Thank you." });
}

interface ThumbProps {
  label: string;
  name: "up" | "down";
  pressed: boolean;
  onPress: () => void;
  button?: RefObject<HTMLButtonElement | null>;
}

function Thumb({ label, name, pressed, onPress, button }: ThumbProps): React.JSX.Element {
  return (
    <button ref={button} type="button" aria-label={label} title={label} aria-pressed={pressed} onClick={onPress}>
      <Icon name={name} />
    </button>
  );
}

function Copy({ text }: { text: string }): React.JSX.Element {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), 2000) : undefined;
    return () => clearTimeout(timer);
  }, [copied]);
  const label = copied
    ? translate({ id: "theme.fingerpost.copied", message: "Copied" })
    : translate({ id: "theme.fingerpost.copy", message: "Copy the answer" });
  const copy = (): void => {
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false), // not allowed: the label stays what it was
    );
  };
  return (
    <button type="button" aria-label={label} title={label} onClick={copy}>
      <Icon name={copied ? "done" : "copy"} />
    </button>
  );
}
