import { useEffect, useState } from "react";
import { translate } from "@docusaurus/Translate";
import type { Props } from "@theme/Fingerpost/Feedback";
import Icon from "@theme/Fingerpost/Icon";
import { vote } from "docusaurus-theme-fingerpost/chat";
import { useOptions } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

let taken = true; // whether the server takes votes, until it says otherwise

/** Copy and thumbs below an answer. */
export default function Feedback({ turn }: Props): React.JSX.Element {
  const { apiUrl, feedback } = useOptions();
  const [given, setGiven] = useState<0 | 1 | null>(null);
  const [failed, setFailed] = useState(false);
  const [, redraw] = useState(0);
  const give = async (thumbs: 0 | 1): Promise<void> => {
    setGiven(thumbs);
    setFailed(false);
    try {
      taken = await vote(apiUrl, turn.answerId, thumbs);
      redraw((count) => count + 1);
    } catch {
      // Offline or refused: the thumb goes up again and can be pressed once more.
      setGiven(null);
      setFailed(true);
    }
  };
  const up = translate({ id: "theme.fingerpost.thumbs.up", message: "Good answer" });
  const down = translate({ id: "theme.fingerpost.thumbs.down", message: "Bad answer" });
  return (
    <div className={styles.row}>
      <Copy text={turn.text} />
      {feedback && taken && (
        <>
          <Thumb label={up} name="up" pressed={given === 1} onPress={() => give(1)} />
          <Thumb label={down} name="down" pressed={given === 0} onPress={() => give(0)} />
        </>
      )}
      <span role="status" className={styles.said}>
        {said(given, failed)}
      </span>
    </div>
  );
}

function said(given: 0 | 1 | null, failed: boolean): string {
  if (failed) return translate({ id: "theme.fingerpost.thumbs.failed", message: "That did not arrive. Try again." });
  if (given === null || !taken) return "";
  return translate({ id: "theme.fingerpost.thumbs.thanks", message: "Thank you." });
}

interface ThumbProps {
  label: string;
  name: "up" | "down";
  pressed: boolean;
  onPress: () => void;
}

function Thumb({ label, name, pressed, onPress }: ThumbProps): React.JSX.Element {
  return (
    <button type="button" aria-label={label} title={label} aria-pressed={pressed} onClick={onPress}>
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
