/** The parts as `@theme/...` modules, for sites that swizzle them with types. */
/// <reference types="@docusaurus/module-type-aliases" />
/// <reference types="@docusaurus/theme-classic" />

declare module "@theme/Fingerpost" {
  export default function Fingerpost(): React.JSX.Element;
}
declare module "@theme/Fingerpost/AskEntry" {
  export default function AskEntry(): React.JSX.Element;
}
declare module "@theme/Fingerpost/Launcher" {
  export default function Launcher(): React.JSX.Element;
}
declare module "@theme/Fingerpost/AskSelection" {
  export default function AskSelection(): React.JSX.Element | null;
}
declare module "@theme/Fingerpost/Panel" {
  export default function Panel(): React.JSX.Element;
}
declare module "@theme/Fingerpost/Panel/status" {
  import type { Turn } from "docusaurus-theme-fingerpost/chat";

  /** What a screen reader is told. */
  export function statusOf(turn: Turn | undefined): string;
  /** The step that an answer on its way is at. */
  export function progressOf(turn: Turn): string;
}
declare module "@theme/Fingerpost/Welcome" {
  export interface Props {
    onAsk: (question: string) => void;
  }
  export default function Welcome(props: Props): React.JSX.Element;
}
declare module "@theme/Fingerpost/Composer" {
  export interface Props {
    running: boolean;
    /** Whether this is not the first question. */
    followUp: boolean;
    onAsk: (question: string) => void;
    onStop: () => void;
  }
  export default function Composer(props: Props): React.JSX.Element;
}
declare module "@theme/Fingerpost/Turn" {
  import type { Problem, Turn as Told } from "docusaurus-theme-fingerpost/chat";

  export interface Props {
    turn: Told;
    /** Only the last turn can be asked again. */
    last: boolean;
    problem?: Problem;
    onRetry: () => void;
  }
  export default function Turn(props: Props): React.JSX.Element;
}
declare module "@theme/Fingerpost/Answer" {
  import type { Source } from "docusaurus-theme-fingerpost/chat";

  export interface Props {
    text: string;
    sources: Source[];
  }
  export default function Answer(props: Props): React.JSX.Element;
}
declare module "@theme/Fingerpost/Answer/Reference" {
  export interface Props extends Omit<React.ComponentProps<"a">, "href"> {
    href: string;
  }
  export default function Reference(props: Props): React.JSX.Element;
}
declare module "@theme/Fingerpost/Sources" {
  import type { Turn } from "docusaurus-theme-fingerpost/chat";

  export interface Props {
    turn: Turn;
  }
  export default function Sources(props: Props): React.JSX.Element | null;
}
declare module "@theme/Fingerpost/Feedback" {
  import type { Turn } from "docusaurus-theme-fingerpost/chat";

  export interface Props {
    turn: Turn;
  }
  export default function Feedback(props: Props): React.JSX.Element;
}
declare module "@theme/Fingerpost/Feedback/Reasons" {
  import type { Vote } from "docusaurus-theme-fingerpost/chat";

  export interface Props {
    onSend: (why: Omit<Vote, "thumbs">) => void;
    onLeave: () => void;
  }
  export default function Reasons(props: Props): React.JSX.Element;
}
declare module "@theme/Fingerpost/Notice" {
  import type { Problem, Turn } from "docusaurus-theme-fingerpost/chat";

  export interface Props {
    turn: Turn;
    problem?: Problem;
    /** Undefined when there is nothing to ask again. */
    onRetry?: () => void;
  }
  export default function Notice(props: Props): React.JSX.Element | null;
}
declare module "@theme/Fingerpost/Icon" {
  export type Name = "ask" | "send" | "stop" | "close" | "new" | "copy" | "done" | "up" | "down" | "again";
  export interface Props {
    name: Name;
  }
  export default function Icon(props: Props): React.JSX.Element;
}

declare module "@theme-init/Layout/Provider" {
  export { default } from "@theme/Layout/Provider";
}
declare module "@theme-init/Navbar/Search" {
  export { default } from "@theme/Navbar/Search";
}
