/** Why there is no answer: problem details (RFC 9457), or what stands for them when no server of ours spoke. */

export class Problem extends Error {
  /** `code` as docs/api.md lists them, "unreachable" or "unknown"; `retryAfter` in seconds, 0 for none named. */
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
    readonly retryAfter = 0,
  ) {
    super(message);
    this.name = "Problem";
  }

  /** Whether the same question can be asked again as it is. */
  get again(): boolean {
    return !this.status || this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  const told: unknown = await response.json().catch(() => null);
  const { code, detail, title } = (told ?? {}) as Record<string, unknown>;
  const message = String(detail || title || `HTTP ${response.status}`);
  const wait = seconds(response.headers.get("Retry-After"));
  return new Problem(typeof code === "string" ? code : "unknown", message, response.status, wait);
}

function seconds(header: string | null): number {
  if (!header) return 0;
  const left = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Math.max(0, Math.ceil(left)) || 0;
}
