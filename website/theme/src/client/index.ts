/** What the theme's eager parts use, and swizzled copies of them: options and the open state. */
import { usePluginData } from "@docusaurus/useGlobalData";
import type { PluginOptions } from "../settings";

export { closeChat, dropQuote, markedText, openChat, restoreChat, useChatState } from "./store";
export type { ChatState } from "./store";
export type { PluginOptions } from "../settings";

/** The site's options. */
export function useOptions(): PluginOptions {
  return usePluginData("docusaurus-theme-fingerpost") as PluginOptions;
}
