/** Streams as the API writes them (docs/api.md), for what a well-behaved API never sends or rarely does. */

/** `cut` ends without `finish`; `error` ends with an error part; the sources are the first two of the manual. */
export function streamOf({ text, outcome = "answered", error = "", cut = false }) {
  const sources = outcome === "refused" ? [] : [{ id: "1", url: "http://localhost:3000/docs/getting-started#demo", title: "Start the demo", breadcrumbs: ["Getting started"] }];
  const parts = [
    { type: "start", messageId: "msg_1" },
    { type: "data-sources", id: "sources", data: { sources } },
    { type: "text-start", id: "answer" },
    ...pieces(text).map((delta) => ({ type: "text-delta", id: "answer", delta })),
  ];
  if (cut) return wire(parts);
  parts.push({ type: "text-end", id: "answer" });
  if (error) return `${wire([...parts, { type: "error", errorText: error }])}data: [DONE]\n\n`;
  parts.push({ type: "data-answer", data: { outcome, cited: sources.map(({ id }) => id), mode: "model" } }, { type: "finish" });
  return `${wire(parts)}data: [DONE]\n\n`;
}

function pieces(text) {
  return text.match(/[^]{1,200}/g) ?? [];
}

function wire(parts) {
  return parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join("");
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
  `${"> ".repeat(300)}deep`,
  `${"- ".repeat(100)}deeper`,
  `${"*".repeat(3000)}a${"_".repeat(3000)}`,
  `${"[".repeat(2000)}x`,
  `| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(200)}`,
  "word ".repeat(50_000),
  "````\nan unclosed fence",
].join("\n\n");
