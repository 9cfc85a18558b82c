/** The shapes of the options: nouns only, for the theme on Node and for the browser. */

/** Questions offered before the first one, on the pages below `path`. */
export interface Suggestions {
  /** Without the site's base URL: "/" is every page, "/docs/api" a section. The longest that fits wins. */
  path: string;
  questions: string[];
}

/** The options as a site writes them: `apiUrl` is all that is needed. */
export interface Options {
  /** Where Fingerpost's API is: "https://ask.example.com", or a path such as "/ask" on the site's own origin. */
  apiUrl: string;
  /** First questions: the same everywhere, or by section. */
  suggestions?: (string | Suggestions)[];
  /** The round button in the corner. Default: true. */
  button?: boolean;
  /** The "Ask" entry beside the search. Default: true. */
  navbar?: boolean;
  /** Ctrl+I or Cmd+I opens and closes the chat. Default: true. */
  shortcut?: boolean;
  /** Marking text offers to ask about it. Default: true. */
  selection?: boolean;
  /** Thumbs below an answer. Default: true. */
  feedback?: boolean;
}

/** The options after the check: nothing is left out. */
export type PluginOptions = Required<Omit<Options, "suggestions">> & { suggestions: Suggestions[] };
