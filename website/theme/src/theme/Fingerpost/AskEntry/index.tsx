import { translate } from "@docusaurus/Translate";
import Icon from "@theme/Fingerpost/Icon";
import { openChat } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

/** The entry beside the search. */
export default function AskEntry(): React.JSX.Element {
  const label = translate({ id: "theme.fingerpost.ask", message: "Ask", description: "The entry beside the search" });
  return (
    <button type="button" className={styles.entry} aria-haspopup="dialog" onClick={() => openChat()} data-fingerpost-open>
      <Icon name="ask" />
      {label}
    </button>
  );
}
