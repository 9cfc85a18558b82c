/** The script tag's own attributes: what `docusaurus.config` is for the theme. */
import type { PluginOptions } from "docusaurus-theme-fingerpost/settings";

export interface Settings {
  options: PluginOptions;
  /** What the docs are called, in the first words of the panel. */
  title: string;
  /** Of the labels; the questions' language is the page's. */
  language: string;
  /** "auto" follows the page where it says what it is, else the reader's system. */
  theme: "light" | "dark" | "auto";
}

const script = document.currentScript as HTMLScriptElement | null;

/** What the tag says. It is read once, while the script runs: later the browser no longer tells which tag it was. */
export const settings: Settings = read(script?.dataset ?? {}, script?.src || location.href);

function read(data: DOMStringMap, source: string): Settings {
  const on = (name: string): boolean => data[name] !== "false";
  const questions = (data.suggestions ?? "").split("|").map((text) => text.trim()).filter(Boolean);
  return {
    options: {
      apiUrl: (data.apiUrl ?? new URL(".", source).href).replace(/\/+$/, ""),
      suggestions: questions.length ? [{ path: "/", questions }] : [],
      button: on("button"),
      navbar: false,
      shortcut: on("shortcut"),
      selection: on("selection"),
      feedback: on("feedback"),
    },
    title: data.title ?? location.hostname,
    language: data.language ?? (document.documentElement.lang || navigator.language),
    theme: data.theme === "light" || data.theme === "dark" ? data.theme : "auto",
  };
}
