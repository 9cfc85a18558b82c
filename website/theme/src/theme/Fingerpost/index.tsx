import { useEffect, useState, type ComponentType } from "react";
import ErrorBoundary from "@docusaurus/ErrorBoundary";
import { translate } from "@docusaurus/Translate";
import AskSelection from "@theme/Fingerpost/AskSelection";
import Launcher from "@theme/Fingerpost/Launcher";
import { closeChat, markedText, openChat, restoreChat, useChatState, useOptions } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

let loaded: ComponentType | undefined; // kept over changes of the page, so that the panel does not blink

/** What every page has of the chat: its button, its keys, and the panel once it is wanted. */
export default function Fingerpost(): React.JSX.Element {
  const { button, shortcut, selection } = useOptions();
  const { open } = useChatState();
  const { Panel, failed } = usePanel(open);
  useEffect(restoreChat, []);
  useShortcut(open, shortcut, selection);
  return (
    <>
      {button && <Launcher />}
      {selection && <AskSelection />}
      {Panel && (
        <ErrorBoundary fallback={() => <Failed />}>
          <Panel />
        </ErrorBoundary>
      )}
      {failed && <Failed />}
    </>
  );
}

/** The chat itself comes when it is first opened; when it does not, it can be opened again. */
function usePanel(open: boolean): { Panel?: ComponentType; failed: boolean } {
  const [Panel, setPanel] = useState(() => loaded);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!open || Panel) return;
    setFailed(false);
    neverEval();
    import("@theme/Fingerpost/Panel").then(
      (module) => setPanel(() => (loaded = module.default)),
      () => {
        setFailed(true); // offline, or the site was built anew
        closeChat();
      },
    );
  }, [open, Panel]);
  return { Panel, failed };
}

/**
 * zod, with which the AI SDK reads streams, tries as soon as it is loaded whether the page allows `new Function`, and
 * a strict Content-Security-Policy reports that. This is zod's own switch, where all its copies look for it.
 */
function neverEval(): void {
  const shared = globalThis as { __zod_globalConfig?: { jitless?: boolean } };
  shared.__zod_globalConfig = Object.assign(shared.__zod_globalConfig ?? {}, { jitless: true });
}

function useShortcut(open: boolean, shortcut: boolean, selection: boolean): void {
  useEffect(() => {
    if (!shortcut) return undefined;
    const press = (event: KeyboardEvent): void => {
      const ours = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "i";
      if (!ours || (event.target as HTMLElement).isContentEditable) return;
      event.preventDefault();
      const marked = selection ? markedText() : "";
      if (open && !marked) closeChat();
      else openChat(marked);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [open, shortcut, selection]);
}

function Failed(): React.JSX.Element {
  return (
    <p role="alert" className={styles.failed}>
      {translate({ id: "theme.fingerpost.failed", message: "The chat could not be loaded. Please try again." })}
    </p>
  );
}
