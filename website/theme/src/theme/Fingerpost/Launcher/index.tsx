import { translate } from "@docusaurus/Translate";
import Icon from "@theme/Fingerpost/Icon";
import { closeChat, openChat, useChatState, useOptions } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

/** The round button in the corner; away while the panel is open. */
export default function Launcher(): React.JSX.Element {
  const { open } = useChatState();
  const { shortcut } = useOptions();
  const label = translate({ id: "theme.fingerpost.launch", message: "Ask the docs", description: "The round button" });
  return (
    <button
      type="button"
      className={styles.launcher}
      aria-label={label}
      title={shortcut ? `${label} (Ctrl+I)` : label}
      aria-haspopup="dialog"
      aria-expanded={open}
      hidden={open}
      onClick={() => (open ? closeChat() : openChat())}
      data-fingerpost-open>
      <Icon name="ask" />
    </button>
  );
}
