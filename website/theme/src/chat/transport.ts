/** The wire: what is sent to `POST /v1/chat` and `POST /v1/feedback`. What an answer means is not decided here. */
import { DefaultChatTransport } from "ai";
import { Problem, problemOf } from "./problem";
import { textOf, type Message } from "./message";

const MOST_TURNS = 20; // messages of the conversation that are sent; the server looks at fewer

/** Version and language as the page itself names them, for DocSearch and for us. */
export function scopeOfPage(): Record<string, string> {
  const scope: Record<string, string> = {};
  for (const name of ["version", "language"]) {
    const said = document.querySelector(`meta[name="docsearch:${name}"]`)?.getAttribute("content");
    if (said && !said.includes(",")) scope[name] = said;
  }
  return scope;
}

/** The body of a request: the conversation, the reader's page, and the text that was marked. */
export function requestBody(messages: Message[]): Record<string, unknown> {
  const spoken = messages.filter((message) => textOf(message)).slice(-MOST_TURNS);
  const asked = spoken.at(-1)?.metadata ?? {};
  const { path, quote } = asked;
  return {
    messages: spoken.map((message) => ({
      role: message.role,
      parts: [{ type: "text", text: textOf(message) }],
    })),
    filter: scopeOfPage(),
    ...(path && { currentPath: path }),
    ...(quote && { context: [{ type: "textSelection", value: quote, path }] }),
  };
}

export function chatTransport(apiUrl: string): DefaultChatTransport<Message> {
  return new DefaultChatTransport<Message>({
    api: `${apiUrl}/v1/chat`,
    credentials: "omit",
    prepareSendMessagesRequest: ({ messages }) => ({ body: requestBody(messages) }),
    fetch: ask as typeof fetch,
  });
}

async function ask(url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const body = JSON.parse(String(init.body)) as { filter: Record<string, string> };
  for (;;) {
    const response = await reach(url, { ...init, body: JSON.stringify(body) });
    if (response.ok) return response;
    const problem = await problemOf(response);
    // The page's version or language is not indexed: an answer from the default is better than none.
    const unknown = problem.code.replace("unknown-", "");
    if (!(unknown in body.filter)) throw problem;
    delete body.filter[unknown];
  }
}

async function reach(url: RequestInfo | URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new Problem("unreachable", "The server could not be reached.");
  }
}

/** A reader's vote on an answer: up is 1, down is 0, and why. */
export interface Vote {
  thumbs: 0 | 1;
  tags?: string[];
  notes?: string;
}

/** Sends a vote. Gives false when the server has no votes, so that the buttons can go. */
export async function vote(apiUrl: string, messageId: string, told: Vote): Promise<boolean> {
  const response = await fetch(`${apiUrl}/v1/feedback`, {
    method: "POST",
    credentials: "omit",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ messageId, ...told }),
  });
  if (!response.ok && response.status !== 404) throw await problemOf(response);
  return response.ok;
}
