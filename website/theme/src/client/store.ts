/** Whether the chat is open, and what it is opened with. Every page pays for this file: keep it small. */
import { useSyncExternalStore } from "react";

export interface ChatState {
  open: boolean;
  /** Text that the reader marked and wants to ask about. */
  quote: string;
}

const KEY = "fingerpost:open";
const SHUT: ChatState = { open: false, quote: "" };
const listeners = new Set<() => void>();
let state = SHUT;
let opener: Element | null = null;

function change(next: Partial<ChatState>): void {
  state = { ...state, ...next };
  try {
    sessionStorage.setItem(KEY, state.open ? "1" : "");
  } catch {
    // Storage is switched off: the chat is shut again after a reload.
  }
  listeners.forEach((tell) => tell());
}

/** Opens the chat, with marked text when there is some. */
export function openChat(quote = ""): void {
  if (!state.open) opener = focused();
  change({ open: true, quote: quote.slice(0, 4000) || state.quote });
}

/** What has the focus, inside of shadow trees too. */
function focused(): Element | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}

/** Shuts the chat and gives the focus back to where it was. */
export function closeChat(): void {
  change({ open: false });
  const back = opener?.isConnected && opener !== document.body ? opener : null;
  requestAnimationFrame(() =>
    ((back ?? document.querySelector("[data-fingerpost-open]")) as HTMLElement | null)?.focus(),
  );
}

export function dropQuote(): void {
  change({ quote: "" });
}

/** Opens the chat again after a reload in the same tab, where it does not cover the page. */
export function restoreChat(): void {
  try {
    if (sessionStorage.getItem(KEY) && matchMedia("(min-width: 997px)").matches) change({ open: true });
  } catch {
    // As above.
  }
}

export function useChatState(): ChatState {
  return useSyncExternalStore(subscribe, () => state, () => SHUT);
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** What is marked in the page's own text, "" when nothing is. */
export function markedText(): string {
  const marked = getSelection();
  if (!marked?.rangeCount || marked.isCollapsed) return "";
  const holder = marked.getRangeAt(0).commonAncestorContainer;
  const element = holder instanceof Element ? holder : holder.parentElement;
  const page = document.querySelector("main") ?? document.body;
  const inPage = page.contains(element) && !element?.closest("dialog, input, textarea");
  return inPage ? marked.toString().trim() : "";
}
