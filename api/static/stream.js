/**
 * The wire: asks `POST /v1/chat` and yields the parts of its answer (AI SDK UI message stream v1).
 * What the parts mean to a reader is not decided here.
 */

/** Why there is no answer, or no whole one.  `retryAfter` in seconds, 0 when the server named none. */
export class Problem extends Error {
  constructor(message, { status = 0, code = "", retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

/**
 * Yields each part, `{type, ...}`, until the stream ends.
 * Throws Problem when the server refuses, says `error`, or goes away before `finish`; AbortError on a stop.
 */
export async function* ask(messages, signal) {
  const response = await send(messages, signal);
  let whole = false;
  for await (const data of events(response.body)) {
    if (data === "[DONE]") break;
    const part = JSON.parse(data);
    if (part.type === "error") throw new Problem(part.errorText || "The answer broke off.");
    whole ||= part.type === "finish";
    yield part;
  }
  if (!whole) throw new Problem("The connection was lost before the answer was finished.");
}

async function send(messages, signal) {
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ messages }),
    signal,
  };
  const response = await fetch(new URL("v1/chat", document.baseURI), request).catch((error) => {
    throw error.name === "AbortError" ? error : new Problem("The server could not be reached.");
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

/** A Problem from problem details (RFC 9457), or from whatever a proxy answered in their place. */
async function refusal(response) {
  const told = await response.json().catch(() => ({}));
  const message = told.detail || told.title || `The server answered ${response.status}.`;
  return new Problem(message, {
    status: response.status,
    code: told.code,
    retryAfter: seconds(response.headers.get("Retry-After")),
  });
}

function seconds(header) {
  if (!header) return 0;
  const left = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Math.max(0, Math.ceil(left)) || 0;
}

/** The `data` of each server-sent event.  A connection that breaks counts as one that ended. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  for (;;) {
    const { value, done } = await reader.read().catch(ended);
    if (done) return;
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      else if (!line && data.length) {
        yield data.join("\n");
        data = [];
      }
    }
  }
}

function ended(error) {
  if (error.name === "AbortError") throw error;
  return { done: true };
}
