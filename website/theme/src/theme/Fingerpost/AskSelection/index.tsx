import { useEffect, useState } from "react";
import { translate } from "@docusaurus/Translate";
import { markedText, openChat } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

interface Spot {
  left: number;
  top: number;
}

/** A button at marked text. With the keyboard, the chat's own keys take the marked text along. */
export default function AskSelection(): React.JSX.Element | null {
  const [spot, setSpot] = useState<Spot | null>(null);
  useEffect(() => {
    let timer = 0;
    const look = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(() => setSpot(spotOfMark()), 150); // not at every step of the pointer
    };
    const hide = (): void => setSpot(null);
    document.addEventListener("selectionchange", look);
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", hide);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("selectionchange", look);
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", hide);
    };
  }, []);
  if (!spot) return null;
  const ask = (): void => {
    openChat(markedText());
    setSpot(null);
    getSelection()?.removeAllRanges();
  };
  // Pressing the button must not undo the mark before it is read.
  return (
    <button type="button" className={styles.ask} style={spot} onMouseDown={(event) => event.preventDefault()} onClick={ask}>
      {translate({ id: "theme.fingerpost.askSelection", message: "Ask about this", description: "At marked text" })}
    </button>
  );
}

function spotOfMark(): Spot | null {
  if (markedText().length < 2) return null;
  const box = getSelection()!.getRangeAt(0).getBoundingClientRect();
  if (box.bottom < 0 || box.top > innerHeight) return null;
  const left = Math.min(Math.max(box.left + box.width / 2, 90), document.documentElement.clientWidth - 90);
  return { left, top: Math.min(Math.max(box.bottom + 8, 8), innerHeight - 48) };
}
