/** Streams for the browser: golden ones as the API's tests wrote them, and hostile ones as it never sends them. */
import { readFileSync } from "node:fs";

/** A whole stream of `POST /v1/chat`: "answered", "refused", "degraded" or "error". */
export function golden(name) {
  return readFileSync(new URL(`../golden/chat-${name}.sse`, import.meta.url), "utf8");
}

/** An answer with this text, and no source. */
export function streamOf(text) {
  const parts = [
    { type: "start", messageId: "msg_1" },
    { type: "text-start", id: "answer" },
    ...pieces(text).map((delta) => ({ type: "text-delta", id: "answer", delta })),
    { type: "text-end", id: "answer" },
    { type: "data-answer", data: { outcome: "answered", cited: [], mode: "model" } },
    { type: "finish" },
  ];
  return `${parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join("")}data: [DONE]\n\n`;
}

function pieces(text) {
  return text.match(/[^]{1,200}/g) ?? [];
}

/** Everything that a model could be talked into. */
export const HOSTILE = [
  "<script>window.harmed = true</script>",
  '<img src=x onerror="window.harmed = true">',
  "<style>body { display: none }</style>",
  "[click](javascript:window.harmed=true) [data](data:text/html,<script>window.harmed=true</script>) [vb](vbscript:x)",
  "<javascript:window.harmed=true> [ref]\n\n[ref]: javascript:window.harmed=true",
  "![huge](https://example.com/huge.png)",
  "\u202Eright to left override \u2066 isolate without an end",
  `| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(200)}`,
  "````\nan unclosed fence",
].join("\n\n");

/** What costs a parser or a browser most, one answer each. */
export const HEAVY = {
  "50,000 words": "word ".repeat(50_000),
  "quotes in quotes": `${"> ".repeat(10_000)}deep`,
  "lists in lists": `${"- ".repeat(5_000)}deeper`,
  "emphasis in emphasis": `${"*_".repeat(10_000)}a${"_*".repeat(10_000)}`,
  brackets: `${"[".repeat(20_000)}x`,
  "a wide table": `${"|a".repeat(2000)}|\n${"|-".repeat(2000)}|\n${"|b".repeat(2000)}|`,
  "long code": `\`\`\`js\n${"const answer = 42; // of what?\n".repeat(1500)}`,
};
