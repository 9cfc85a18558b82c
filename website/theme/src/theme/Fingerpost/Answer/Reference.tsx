import Link from "@docusaurus/Link";
import { matchPath } from "@docusaurus/router";
import useDocusaurusContext from "@docusaurus/useDocusaurusContext";
import routes from "@generated/routes";
import type { Props } from "@theme/Fingerpost/Answer/Reference";
import { targetOf, type Target } from "docusaurus-theme-fingerpost/chat";
import { closeChat } from "docusaurus-theme-fingerpost/client";

type Routes = typeof routes;

/** A link of an answer: by the router into this site, in a new tab elsewhere, as plain text when it is no address. */
export default function Reference({ href, children, ...props }: Props): React.JSX.Element {
  const { url, baseUrl } = useDocusaurusContext().siteConfig;
  const target = targetOf(href, { url, baseUrl, hasPage: (pathname) => hasPage(routes, pathname) });
  if (!target) return <span>{children}</span>;
  if (!target.inside) {
    return (
      <a {...props} href={target.href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  }
  return (
    <Link {...props} to={target.to} autoAddBaseUrl={false} data-noBrokenLinkCheck onClick={() => followed(target)}>
      {children}
    </Link>
  );
}

/** Whether this build has a page there, other than the one that says that there is none. */
function hasPage(below: Routes, pathname: string): boolean {
  return below.some((route) => {
    const { path, exact, strict, routes: inner } = route as Routes[number] & { strict?: boolean };
    if (path === "*" || !matchPath(pathname, { path, exact, strict })) return false;
    return inner ? hasPage(inner as Routes, pathname) : true;
  });
}

/** A sheet that covers the page goes, and the heading is where reading goes on. */
function followed(target: Target): void {
  if (!document.querySelector("dialog[data-fingerpost]:modal") || !target.inside) return;
  closeChat();
}
