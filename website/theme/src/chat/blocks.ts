/** Cuts an answer's Markdown into pieces that stand for themselves, so that only the last is drawn again. */

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const GOES_ON = /^(\s|[-*+>|]|\d{1,9}[.)])/; // may belong to the list, quote or table before it
const MOST_CHARS = 60_000; // of one answer: more than any model of ours writes

/** The pieces, in order; joined by an empty line they are the text. */
export function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let fence = "";
  for (const line of text.slice(0, MOST_CHARS).split("\n")) {
    const startsNew = !fence && lines.at(-1)?.trim() === "" && line.trim() !== "" && !GOES_ON.test(line);
    if (startsNew) {
      blocks.push(lines.join("\n").trimEnd());
      lines = [];
    }
    fence = fenceAfter(fence, line);
    lines.push(line);
  }
  blocks.push(lines.join("\n"));
  return blocks.filter((block) => block.trim());
}

function fenceAfter(fence: string, line: string): string {
  const mark = FENCE.exec(line)?.[1];
  if (!mark) return fence;
  if (!fence) return mark;
  const closes = mark[0] === fence[0] && mark.length >= fence.length && !line.trim().slice(mark.length);
  return closes ? "" : fence;
}
