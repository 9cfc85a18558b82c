/** The theme as Docusaurus loads it, on Node: paths, options for the browser, labels, what may be swizzled. */
import { join } from "node:path";
import { readDefaultCodeTranslationMessages } from "@docusaurus/theme-translations";
import type { LoadContext, Plugin, SwizzleConfig } from "@docusaurus/types";
import type { PluginOptions } from "./settings";

export { validateOptions } from "./options";
export type { Options, PluginOptions, Suggestions } from "./settings";

const NAME = "docusaurus-theme-fingerpost";

export default function themeFingerpost(context: LoadContext, options: PluginOptions): Plugin {
  return {
    name: NAME,
    getThemePath: () => join(__dirname, "theme"),
    getTypeScriptThemePath: () => join(__dirname, "..", "src", "theme"),
    getDefaultCodeTranslationMessages: () =>
      readDefaultCodeTranslationMessages({
        dirPath: join(__dirname, "..", "locales"),
        locale: context.i18n.currentLocale,
        name: NAME,
      }),
    async contentLoaded({ actions }) {
      const { id: _, ...shown } = options as PluginOptions & { id?: string };
      actions.setGlobalData(shown);
    },
  };
}

const PARTS: Record<string, string> = {
  "Fingerpost/Answer": "An answer's Markdown",
  "Fingerpost/AskEntry": "The entry beside the search",
  "Fingerpost/AskSelection": "The button at marked text",
  "Fingerpost/Composer": "The field for the question",
  "Fingerpost/Feedback": "Copy and thumbs below an answer",
  "Fingerpost/Launcher": "The round button in the corner",
  "Fingerpost/Notice": "What is said of refusals, limits and errors",
  "Fingerpost/Sources": "The cards that lead to the sources",
  "Fingerpost/Turn": "One question and its answer",
  "Fingerpost/Welcome": "What stands in the panel before the first question",
};

export function getSwizzleConfig(): SwizzleConfig {
  const components: SwizzleConfig["components"] = {};
  for (const [name, description] of Object.entries(PARTS)) {
    components[name] = { actions: { eject: "safe", wrap: "safe" }, description };
  }
  for (const name of ["Fingerpost", "Fingerpost/Panel", "Layout/Provider", "Navbar/Search"]) {
    const description = "Holds the parts together; changes between versions";
    components[name] = { actions: { eject: "unsafe", wrap: "safe" }, description };
  }
  return { components };
}
