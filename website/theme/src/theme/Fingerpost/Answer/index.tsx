import { createContext, memo, useContext, type ComponentProps } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import ErrorBoundary from "@docusaurus/ErrorBoundary";
import CodeBlock from "@theme/CodeBlock";
import type { Props } from "@theme/Fingerpost/Answer";
import Reference from "@theme/Fingerpost/Answer/Reference";
import { blocksOf, orderly, type Source } from "docusaurus-theme-fingerpost/chat";
import styles from "./styles.module.css";

const Sources = createContext<Source[]>([]);

/** An answer's Markdown. HTML in it stays text, images become their words, links are checked. */
export default function Answer({ text, sources }: Props): React.JSX.Element {
  return (
    <div className={`markdown ${styles.answer}`} dir="auto">
      <Sources.Provider value={sources}>
        {blocksOf(text).map((block, at) => (
          <Block key={at} text={block} />
        ))}
      </Sources.Provider>
    </div>
  );
}

const Block = memo(function Block({ text }: { text: string }): React.JSX.Element {
  // What the parser cannot take is shown as it was written.
  return (
    <ErrorBoundary fallback={() => <p>{text}</p>}>
      <Markdown remarkPlugins={REMARK} components={COMPONENTS}>
        {text}
      </Markdown>
    </ErrorBoundary>
  );
});

const REMARK = [remarkGfm, orderly];

const COMPONENTS: Components = {
  a: Link,
  pre: ({ children }) => <>{children}</>,
  code: Code,
  img: ({ alt }) => <>{alt}</>,
  table: ({ children }) => (
    <div className={styles.table} role="group" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  h1: "h4",
  h2: "h4",
  h3: "h4",
  h4: "h5",
  h5: "h6",
};

function Link({ href = "", children }: ComponentProps<"a">): React.JSX.Element {
  const sources = useContext(Sources);
  const number = typeof children === "string" && /^\d{1,3}$/.test(children) ? children : "";
  if (!number) return <Reference href={href}>{children}</Reference>;
  const title = sources.find(({ id }) => id === number)?.title ?? "";
  return (
    <Reference href={href} className={styles.cite} title={title} aria-label={`${number}: ${title}`}>
      {number}
    </Reference>
  );
}

/** A block in the site's own style; a word of code as it is. */
function Code({ className, children }: ComponentProps<"code">): React.JSX.Element {
  const text = String(children ?? "");
  if (!text.includes("\n") && !className) return <code>{children}</code>;
  return <CodeBlock language={/language-(\S+)/.exec(className ?? "")?.[1]}>{text.replace(/\n$/, "")}</CodeBlock>;
}
