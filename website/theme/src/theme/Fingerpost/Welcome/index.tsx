import { translate } from "@docusaurus/Translate";
import { useLocation } from "@docusaurus/router";
import useDocusaurusContext from "@docusaurus/useDocusaurusContext";
import type { Props } from "@theme/Fingerpost/Welcome";
import { useOptions, type PluginOptions } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

/** What stands in the panel before the first question: what it is, and questions for this part of the site. */
export default function Welcome({ onAsk }: Props): React.JSX.Element {
  const { siteConfig } = useDocusaurusContext();
  const { pathname } = useLocation();
  const page = `/${pathname.slice(siteConfig.baseUrl.length)}`;
  const questions = suggested(useOptions().suggestions, page);
  return (
    <div className={styles.welcome}>
      <p>
        {translate(
          {
            id: "theme.fingerpost.welcome",
            message: "Ask about {site}. The answer comes from these pages and links to them.",
            description: "The panel's first words",
          },
          { site: siteConfig.title },
        )}
      </p>
      {questions.length > 0 && (
        <ul>
          {questions.map((question) => (
            <li key={question}>
              <button type="button" onClick={() => onAsk(question)}>
                {question}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The questions of the narrowest section that the page is in. */
function suggested(sections: PluginOptions["suggestions"], page: string): string[] {
  const around = sections.filter(({ path }) => `${page}/`.startsWith(path.replace(/\/*$/, "/")));
  return around.sort((a, b) => b.path.length - a.path.length)[0]?.questions ?? [];
}
