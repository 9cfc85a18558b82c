/** @theme/CodeBlock: coloured by the library that Docusaurus uses, with its classes where they are Infima's. */
import { useSyncExternalStore } from "react";
import { Highlight, themes } from "prism-react-renderer";

interface Props {
  children: string;
  language?: string;
}

export default function CodeBlock({ children, language = "text" }: Props): React.JSX.Element {
  const dark = useSyncExternalStore(subscribe, isDark);
  return (
    <Highlight code={children} language={language} theme={dark ? themes.vsDark : themes.github}>
      {({ tokens, getLineProps, getTokenProps, style }) => (
        <div className="code">
          <pre style={style} tabIndex={0}>
            {tokens.map((line, at) => (
              <div key={at} {...getLineProps({ line })}>
                {line.map((token, key) => (
                  <span key={key} {...getTokenProps({ token })} />
                ))}
              </div>
            ))}
          </pre>
        </div>
      )}
    </Highlight>
  );
}

const host = (): HTMLElement | null => document.querySelector("fingerpost-chat");
const isDark = (): boolean => host()?.dataset.theme === "dark";

function subscribe(tell: () => void): () => void {
  const node = host();
  const observer = new MutationObserver(tell);
  if (node) observer.observe(node, { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}
