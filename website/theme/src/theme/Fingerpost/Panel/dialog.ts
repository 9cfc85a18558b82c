/** The panel as a dialog: modal where it covers the page, beside it where there is room. */
import { useCallback, useEffect, useRef, type KeyboardEvent, type RefObject } from "react";
import { closeChat } from "docusaurus-theme-fingerpost/client";

const WIDE = "(min-width: 997px)"; // where Infima shows the sidebar

export function useDialog(open: boolean): {
  dialog: RefObject<HTMLDialogElement | null>;
  onKeyDown: (event: KeyboardEvent) => void;
  /** Takes the focus from a button that goes away to where the reader goes on. */
  refocus: () => void;
} {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const node = dialog.current;
    if (!node || !open) return undefined;
    const wide = matchMedia(WIDE);
    const show = (): void => {
      if (node.open) node.close();
      if (wide.matches) node.show();
      else node.showModal();
      document.documentElement.toggleAttribute("data-fingerpost-drawer", wide.matches);
    };
    const shut = (event: Event): void => {
      event.preventDefault();
      closeChat();
    };
    show();
    focusIn(node);
    wide.addEventListener("change", show);
    node.addEventListener("cancel", shut);
    return () => {
      wide.removeEventListener("change", show);
      node.removeEventListener("cancel", shut);
      document.documentElement.removeAttribute("data-fingerpost-drawer");
      node.close();
    };
  }, [open]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    closeChat();
  };
  const refocus = useCallback(() => dialog.current && focusIn(dialog.current), []);
  return { dialog, onKeyDown, refocus };
}

/** To the field, but not where that would raise a phone's keyboard over the conversation. */
function focusIn(node: HTMLDialogElement): void {
  const place = matchMedia("(hover: hover)").matches ? "[data-fingerpost-field]" : "[data-fingerpost-body]";
  node.querySelector<HTMLElement>(place)?.focus({ preventScroll: true });
}
