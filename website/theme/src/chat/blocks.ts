/**
 * Cuts an answer's Markdown into pieces that stand for themselves, so that only the last is drawn again while it is
 * written. Pieces are bounded, and what takes a parser long without meaning anything is shortened: no answer, however
 * odd, stops the page.
 */

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const GOES_ON = /^(\s|[-*+>|]|\d{1,9}[.)])/; // may belong to the list, quote or table before it
const MARKS = /[*_~]{7,}/g; // runs that no emphasis needs; the parser's work grows with their square
const NESTED = /^((?:[ \t]{0,3}(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){12})(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))+/;
const MOST_CHARS = 60_000; // of one answer: more than any model of ours writes
const LONGEST = 4_000; // characters of a piece, but for code

/** The pieces, in order; joined by an empty line they are the text. */
export function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let size = 0;
  let fence = "";
  for (const whole of text.slice(0, MOST_CHARS).split("\n")) {
    for (const line of fence ? [whole] : portions(whole)) {
      const apart = lines.at(-1)?.trim() === "" && line.trim() !== "" && !GOES_ON.test(line);
      if (!fence && (apart || size + line.length > LONGEST)) {
        blocks.push(lines.join("\n").trimEnd());
        lines = [];
        size = 0;
      }
      fence = fenceAfter(fence, line);
      const told = fence ? line : line.replace(MARKS, "***").replace(NESTED, "$1 ");
      lines.push(told);
      size += told.length;
    }
  }
  blocks.push(lines.join("\n"));
  if (text.length > MOST_CHARS) blocks.push("…");
  return blocks.filter((block) => block.trim());
}

/** A line of bearable length as it is, a longer one cut between words. */
function portions(line: string): string[] {
  if (line.length <= LONGEST) return [line];
  return line.match(/[^]{1,4000}(?!\S)|[^]{4000}/g) ?? [line];
}

function fenceAfter(fence: string, line: string): string {
  const mark = FENCE.exec(line)?.[1];
  if (!mark) return fence;
  if (!fence) return mark;
  const closes = mark[0] === fence[0] && mark.length >= fence.length && !line.trim().slice(mark.length);
  return closes ? "" : fence;
}
