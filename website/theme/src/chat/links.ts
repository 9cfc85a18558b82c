/** Where a link of an answer leads: into this site by the router, elsewhere, or nowhere. */

export type Target = { inside: true; to: string } | { inside: false; href: string };

export interface Site {
  /** `url` of docusaurus.config: answers name the pages below it, also on a preview of the site. */
  url: string;
  baseUrl: string;
  /** Whether this build has a page there; other languages are builds of their own. */
  hasPage: (pathname: string) => boolean;
}

/** Null for what is no web address: such a link is shown as text. */
export function targetOf(href: string, site: Site, here: string = location.href): Target | null {
  let url: URL;
  try {
    url = new URL(href, here);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return null;
  const home = new URL(here).origin;
  if (url.origin !== home && url.origin !== new URL(site.url).origin) return { inside: false, href: url.href };
  const to = url.pathname + url.search + url.hash;
  if (url.pathname.startsWith(site.baseUrl) && site.hasPage(url.pathname)) return { inside: true, to };
  return { inside: false, href: url.href };
}
