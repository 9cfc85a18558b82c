/** @theme/Fingerpost/Answer/Reference: a link of an answer, in this tab on the page's own site, in a new one elsewhere. */
import type { Props } from "@theme/Fingerpost/Answer/Reference";
import { targetOf } from "docusaurus-theme-fingerpost/chat";
import { closeChat } from "docusaurus-theme-fingerpost/client";

const site = { url: location.origin, baseUrl: "/", hasPage: () => true };

export default function Reference({ href, children, ...props }: Props): React.JSX.Element {
  const target = targetOf(href, site);
  if (!target) return <span>{children}</span>;
  if (!target.inside) {
    return (
      <a {...props} href={target.href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  }
  // A sheet that covers the page would hide a heading that is on it.
  const follow = (event: React.MouseEvent): void => {
    if (event.currentTarget.closest("dialog")?.matches(":modal")) closeChat();
  };
  return (
    <a {...props} href={target.to} onClick={follow}>
      {children}
    </a>
  );
}
