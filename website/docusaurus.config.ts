/** The manual of docs/ as a site, with the chat that answers from it. */
import type { Config } from "@docusaurus/types";
import { themes, type PrismTheme } from "prism-react-renderer";

/** The theme with its one colour that is below 4.5:1 on white made darker. */
function legible(theme: PrismTheme): PrismTheme {
  const [faint, darker] = ["rgb(255, 0, 0)", "rgb(190, 0, 0)"];
  const styles = theme.styles.map((entry) =>
    entry.style.color === faint ? { ...entry, style: { ...entry.style, color: darker } } : entry,
  );
  return { ...theme, styles };
}

const config: Config = {
  title: "Fingerpost",
  tagline: "Answers from your own pages, with the way there",
  favicon: "img/favicon.svg",
  // The same as `site.url` in config.yaml: the links of answers begin with it.
  url: "http://localhost:3000",
  baseUrl: "/",
  onBrokenLinks: "throw",
  onBrokenAnchors: "throw",
  markdown: { format: "detect" },
  presets: [
    [
      "classic",
      {
        docs: { path: "../docs", routeBasePath: "docs", sidebarPath: "./sidebars.ts" },
        blog: false,
        theme: { customCss: "./src/site.css" },
      },
    ],
  ],
  themes: [
    // Off in one build only, which shows what the theme costs a page: tests/web/page-cost.mjs.
    process.env.FINGERPOST_CHAT !== "off" && [
      "docusaurus-theme-fingerpost",
      {
        apiUrl: process.env.FINGERPOST_API ?? "http://localhost:8000",
        suggestions: [
          { path: "/docs/api", questions: ["What is in the part data-answer?", "Which errors can the API return?"] },
          { path: "/docs/ingestion", questions: ["What happens when an ingest crashes?"] },
          "How do I ingest my docs folder?",
          "What happens when no model has a key?",
          "How are citations checked?",
        ],
      },
    ],
  ],
  themeConfig: {
    colorMode: { respectPrefersColorScheme: true },
    navbar: {
      title: "Fingerpost",
      logo: { alt: "", src: "img/favicon.svg" },
      items: [{ type: "doc", docId: "getting-started", label: "Manual", position: "left" }],
    },
    prism: { theme: legible(themes.vsLight), darkTheme: themes.oceanicNext, additionalLanguages: ["bash", "json"] },
  },
};

export default config;
