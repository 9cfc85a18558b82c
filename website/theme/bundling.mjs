/** What esbuild is told wherever the chat is bundled without a Docusaurus build. */

/**
 * A schema library of the AI SDK brings its messages in forty languages, and nobody sees any of them. Webpack leaves
 * them out by itself; esbuild keeps them, because they are exported as one namespace.
 */
const withoutSchemaMessages = {
  name: "without-schema-messages",
  setup({ onLoad }) {
    const english = { contents: 'export { default as en } from "./en.js";', loader: "js" };
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => english);
  },
};

export const BUNDLING = {
  bundle: true,
  minify: true,
  write: false,
  target: "es2022",
  charset: "utf8",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [withoutSchemaMessages],
};
