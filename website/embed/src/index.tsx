/**
 * The chat on any page: `<script src="https://ask.example.com/embed.js" async></script>`. It lives in a shadow tree of
 * its own, so that neither the page's styles reach it nor its styles the page.
 */
import "infima/dist/css/default/default.css";
import "./base.css";
import { createRoot } from "react-dom/client";
import Fingerpost from "@theme/Fingerpost";
import { closeChat, openChat } from "docusaurus-theme-fingerpost/client";
import { followScheme } from "./scheme";
import { settings } from "./settings";

const TAG = "fingerpost-chat";

function begin(): void {
  if (document.querySelector(TAG)) return; // the tag is on the page twice
  const host = document.createElement(TAG);
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet(); // not an element: a strict Content-Security-Policy allows this
  sheet.replaceSync(FINGERPOST_CSS);
  shadow.adoptedStyleSheets = [sheet];
  const root = document.createElement("div");
  root.dir = getComputedStyle(document.documentElement).direction;
  root.lang = settings.language;
  shadow.append(root);
  followScheme(host, settings.theme);
  document.documentElement.append(host); // not into the body: some sites replace that when a link is followed
  createRoot(root).render(<Fingerpost />);
}

declare global {
  interface Window {
    /** For a page's own buttons. */
    Fingerpost?: { open: (markedText?: string) => void; close: () => void };
  }
}

window.Fingerpost = { open: (markedText) => openChat(markedText), close: closeChat };
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
else begin();
