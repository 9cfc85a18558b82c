import { translate } from "@docusaurus/Translate";
import { usePluralForm } from "@docusaurus/theme-common";
import type { Props } from "@theme/Fingerpost/Sources";
import Reference from "@theme/Fingerpost/Answer/Reference";
import { shares, type Source } from "docusaurus-theme-fingerpost/chat";
import styles from "./styles.module.css";

/** The cards that lead to the sources; what was found and not cited is folded away. */
export default function Sources({ turn }: Props): React.JSX.Element | null {
  const { selectMessage } = usePluralForm();
  const { cited, others } = shares(turn);
  const title = translate({ id: "theme.fingerpost.sources", message: "Sources", description: "Above the cards" });
  const more = selectMessage(
    others.length,
    translate(
      {
        id: "theme.fingerpost.sources.more",
        message: "One more section found|{count} more sections found",
        description: "Folded sources; plural forms are separated by |",
      },
      { count: others.length },
    ),
  );
  if (!cited.length && !others.length) return null;
  return (
    <div className={styles.sources} role="group" aria-label={title} data-fingerpost-sources>
      {cited.length > 0 && <h4>{title}</h4>}
      <Cards sources={cited} />
      {others.length > 0 && (
        <details>
          <summary>{more}</summary>
          <Cards sources={others} />
        </details>
      )}
    </div>
  );
}

function Cards({ sources }: { sources: Source[] }): React.JSX.Element {
  return (
    <ol>
      {sources.map((source) => (
        <li key={source.id}>
          <Reference href={source.url} className={styles.card}>
            <span className={styles.number}>{source.id}</span>
            <span className={styles.words}>
              <bdi className={styles.name}>{source.title}</bdi>
              <bdi className={styles.trail}>{trailOf(source)}</bdi>
            </span>
          </Reference>
        </li>
      ))}
    </ol>
  );
}

/** "Guide › Install": where a section stands, without its own title. */
function trailOf({ breadcrumbs, title }: Source): string {
  return breadcrumbs.slice(0, breadcrumbs.at(-1) === title ? -1 : undefined).join(" › ");
}
