/** The way in: what Fingerpost is, in three sentences, and two doors. */
import Link from "@docusaurus/Link";
import useDocusaurusContext from "@docusaurus/useDocusaurusContext";
import Layout from "@theme/Layout";
import { openChat } from "docusaurus-theme-fingerpost/client";

export default function Home(): React.JSX.Element {
  const { tagline, title } = useDocusaurusContext().siteConfig;
  return (
    <Layout description={tagline}>
      <main className="container margin-vert--xl">
        <h1>{title}</h1>
        <p className="hero__subtitle">{tagline}</p>
        <p>
          Fingerpost reads the docs folder of a Docusaurus site, streams answers to readers' questions, and cites the
          very headings that they rest on. When the docs do not answer a question, it says so.
        </p>
        <Link className="button button--primary margin-right--sm" to="/docs/getting-started">
          Read the manual
        </Link>
        <button type="button" className="button button--secondary" onClick={() => openChat()}>
          Ask the manual
        </button>
      </main>
    </Layout>
  );
}
