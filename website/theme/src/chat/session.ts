/**
 * The conversation: one for the whole tab, outside of React, so that it goes on while the reader changes pages,
 * and in the browser's storage, so that it outlives a reload. Nothing of it is kept on the server.
 */
import { Chat } from "@ai-sdk/react";
import type { Message } from "./message";
import { chatTransport } from "./transport";

const KEY = "fingerpost:chat:1";
const MOST_KEPT = 40; // messages
const MOST_CHARS = 500_000; // browsers give a site some 5 million

let session: Chat<Message> | undefined;

/** The tab's conversation; made at the first call, with what was kept. */
export function sessionOf(apiUrl: string): Chat<Message> {
  if (session) return session;
  const made = new Chat<Message>({
    transport: chatTransport(apiUrl),
    messages: kept(),
    onFinish: () => keep(made.messages),
  });
  addEventListener("pagehide", () => keep(made.messages));
  session = made;
  return made;
}

export function keep(messages: Message[]): void {
  try {
    const text = JSON.stringify(messages.slice(-MOST_KEPT));
    if (!messages.length) localStorage.removeItem(KEY);
    else if (text.length <= MOST_CHARS) localStorage.setItem(KEY, text);
  } catch {
    // Storage is full or switched off: the conversation lives as long as the page.
  }
}

function kept(): Message[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isMessage) : [];
  } catch {
    return [];
  }
}

function isMessage(value: unknown): value is Message {
  const { id, role, parts } = (value ?? {}) as Partial<Message>;
  return typeof id === "string" && (role === "user" || role === "assistant") && Array.isArray(parts);
}
