// What Docusaurus itself says: node differential.mjs FOLDER, where FOLDER has @docusaurus/core and
// @docusaurus/preset-classic in node_modules.  Reads one JSON object a line: {site} is a site's folder, which gives
// its pages; {text, format, compat} a Markdown text, which gives the ids of its headings.  Answers one a line.
import {createRequire} from 'node:module';
import path from 'node:path';
import readline from 'node:readline';

process.env.NODE_ENV = 'production';
const require = createRequire(path.resolve(process.argv[2], 'package.json'));
const core = path.dirname(require.resolve('@docusaurus/core/package.json'));
const {loadContext, loadSite} = require(path.join(core, 'lib/server/site.js'));
const loader = path.dirname(createRequire(path.join(core, 'package.json')).resolve('@docusaurus/mdx-loader/package.json'));
const {compileToJSX} = require(path.join(loader, 'lib/utils.js'));
const {applyTrailingSlash} = createRequire(path.join(core, 'package.json'))('@docusaurus/utils-common');
const options = new Map();
for (const name of ['log', 'info', 'warn', 'error']) console[name] = () => {};

for await (const line of readline.createInterface({input: process.stdin})) {
  const asked = JSON.parse(line);
  let told;
  try {
    told = asked.site ? {pages: await pages(asked.site)} : {ids: await ids(asked)};
  } catch (error) {
    told = {error: String(error.cause?.message ?? error.message).slice(0, 300)};
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

async function pages(siteDir) {
  const found = [];
  for (const locale of (await loadContext({siteDir})).i18n.locales) {
    const {props} = await loadSite({siteDir, locale});
    const {trailingSlash, baseUrl, url} = props.siteConfig;
    for (const plugin of props.plugins.filter(({name}) => name === 'docusaurus-plugin-content-docs')) {
      for (const version of plugin.content.loadedVersions) {
        for (const doc of [...version.docs, ...(version.drafts ?? [])]) {
          const permalink = applyTrailingSlash(doc.permalink, {trailingSlash, baseUrl});
          found.push({
            source: path.posix.normalize(doc.source.replace('@site/', '')), locale, plugin: plugin.options.id,
            version: doc.version, label: version.label, permalink, url: new URL(permalink, url).href,
            title: doc.title, description: doc.description, draft: Boolean(doc.draft), unlisted: Boolean(doc.unlisted),
            tags: doc.tags.map((tag) => tag.label), keywords: (doc.frontMatter.keywords ?? []).map(String),
          });
        }
      }
    }
  }
  return found;
}

/** The ids of the table of contents, or an error when Docusaurus would not build the text. */
async function ids({text, format, compat}) {
  const key = `${format} ${compat}`;
  if (!options.has(key)) options.set(key, loaderOptions(format, compat)); // the loader keeps a processor for each
  const {content} = await compileToJSX({
    fileContent: text, filePath: `/page.${format}`, frontMatter: {}, options: options.get(key), compilerName: 'client',
  });
  const toc = /^export const toc = (\[[^]*?\]);?$/m.exec(content);
  return JSON.parse(toc[1]).map(({id}) => id);
}

function loaderOptions(format, compat) {
  const hooks = {onBrokenMarkdownImages: 'ignore', onBrokenMarkdownLinks: 'ignore'};
  const mdx1Compat = {comments: compat, admonitions: compat, headingIds: compat};
  return {
    admonitions: true, siteDir: '/', staticDirs: [], removeContentTitle: false,
    markdownConfig: {format, mermaid: false, emoji: true, anchors: {maintainCase: false}, mdx1Compat, hooks},
  };
}
