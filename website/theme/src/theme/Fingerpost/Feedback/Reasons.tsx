import { useEffect, useRef, useState, type FormEvent } from "react";
import { translate } from "@docusaurus/Translate";
import type { Props } from "@theme/Fingerpost/Feedback/Reasons";
import styles from "./styles.module.css";

const MOST_NOTES = 2000; // characters that `POST /v1/feedback` takes

/** What was wrong with an answer: tags to choose, and words. Nothing of it must be given. */
export default function Reasons({ onSend, onLeave }: Props): React.JSX.Element {
  const [notes, setNotes] = useState("");
  const [tags, setTags] = useState<string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const choose = (tag: string, chosen: boolean): void => {
    setTags((before) => (chosen ? [...before, tag] : before.filter((other) => other !== tag)));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSend({ tags, ...(notes.trim() && { notes: notes.trim() }) });
  };
  const label = translate({ id: "theme.fingerpost.reasons.notes", message: "What would have helped? (optional)" });
  return (
    <form ref={form} className={styles.reasons} onSubmit={submit}>
      <fieldset>
        <legend>{translate({ id: "theme.fingerpost.reasons", message: "What was wrong?" })}</legend>
        {Object.entries(choices()).map(([tag, words]) => (
          <label key={tag}>
            <input type="checkbox" checked={tags.includes(tag)} onChange={(event) => choose(tag, event.target.checked)} />
            {words}
          </label>
        ))}
      </fieldset>
      <textarea
        rows={2}
        dir="auto"
        maxLength={MOST_NOTES}
        aria-label={label}
        placeholder={label}
        value={notes}
        onChange={(event) => setNotes(event.target.value)}
      />
      <div className={styles.ends}>
        <button type="button" onClick={onLeave}>
          {translate({ id: "theme.fingerpost.reasons.leave", message: "No, thanks" })}
        </button>
        <button type="submit">{translate({ id: "theme.fingerpost.reasons.send", message: "Send feedback" })}</button>
      </div>
    </form>
  );
}

/** The tags that are sent, with the words for them. */
function choices(): Record<string, string> {
  return {
    wrong: translate({ id: "theme.fingerpost.reasons.wrong", message: "Not correct" }),
    incomplete: translate({ id: "theme.fingerpost.reasons.incomplete", message: "Something is missing" }),
    outdated: translate({ id: "theme.fingerpost.reasons.outdated", message: "Out of date" }),
    "off-topic": translate({ id: "theme.fingerpost.reasons.offTopic", message: "Not what I asked" }),
    unclear: translate({ id: "theme.fingerpost.reasons.unclear", message: "Hard to understand" }),
  };
}
