import type { Props } from "@theme/Fingerpost/Icon";

// Strokes on a field of 24 by 24.
const PATHS: Record<Props["name"], string> = {
  ask: "M6 21V4m0 1h10l4 3.5-4 3.5H6",
  send: "M12 19V5m-6 6 6-6 6 6",
  stop: "M7 7h10v10H7z",
  close: "m6 6 12 12M18 6 6 18",
  new: "M11 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-5M10 14v-3l8.5-8.5 3 3L13 14z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  done: "m5 13 4 4L19 7",
  up: "M7 11v9H4v-9zm0 0 4-8c1.7 0 3 1.3 3 3v3h5a2 2 0 0 1 2 2.3l-1.2 7a2 2 0 0 1-2 1.7H7",
  down: "M17 13V4h3v9zm0 0-4 8c-1.7 0-3-1.3-3-3v-3H5a2 2 0 0 1-2-2.3l1.2-7a2 2 0 0 1 2-1.7H17",
  again: "M20 11A8 8 0 1 0 18 17M20 5v6h-6",
};

/** A drawing for the eye only: what carries it has a name in words. */
export default function Icon({ name }: Props): React.JSX.Element {
  return (
    <svg
      aria-hidden="true"
      width="20"
      height="20"
      viewBox="0 0 24 24"
      fill={name === "stop" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}
