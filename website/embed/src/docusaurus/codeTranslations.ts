/** The labels in the tag's language; English is in the code. Docusaurus's own `translate` reads them. */
import de from "docusaurus-theme-fingerpost/locales/de/docusaurus-theme-fingerpost.json";
import fr from "docusaurus-theme-fingerpost/locales/fr/docusaurus-theme-fingerpost.json";
import zh from "docusaurus-theme-fingerpost/locales/zh-Hans/docusaurus-theme-fingerpost.json";
import { settings } from "../settings";

const LABELS: Record<string, Record<string, string>> = { de, fr, zh };

export default LABELS[settings.language.split("-")[0]?.toLowerCase() ?? ""] ?? {};
