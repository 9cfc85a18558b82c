/** A remark plugin that puts an answer's tree in order before it is drawn. */

/** What is read of mdast's nodes. */
interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

const DEEPEST = 24; // levels of lists, quotes and emphasis: no page nests as much, and a browser may fall over much more
const NARROW = "\u202f"; // a space that keeps a citation on the line of its word

/** Citations stay beside their word, and what is nested deeper than anybody writes becomes plain text. */
export function orderly(): (tree: unknown) => void {
  return (tree) => put(tree as Node, 0);
}

function put(node: Node, depth: number): void {
  if (!node.children) return;
  if (depth > DEEPEST) node.children = [{ type: "text", value: wordsIn(node) }];
  node.children.forEach((child, at, beside) => {
    const before = beside[at - 1];
    if (isCitation(child) && before?.type === "text") before.value = before.value?.replace(/ $/, NARROW);
    put(child, depth + 1);
  });
}

/** Whether it is a link of digits, `[2](...)`. */
function isCitation({ type, children }: Node): boolean {
  return type === "link" && children?.length === 1 && /^\d{1,3}$/.test(children[0]?.value ?? "");
}

/** All text below, without recursion: it is used where that could go too deep. */
function wordsIn(node: Node): string {
  const words: string[] = [];
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    if (next.value) words.push(next.value);
    left.push(...(next.children ?? []).toReversed());
  }
  return words.join(" ");
}
