/** The styles of all parts as one text: build.mjs puts it in. */
declare const FINGERPOST_CSS: string;
