/** What the parts ask Docusaurus for, answered for a page without it. */
import { Component, useSyncExternalStore, type ReactNode } from "react";
import { settings } from "../settings";

const site = {
  siteConfig: { title: settings.title, url: location.origin, baseUrl: "/" },
  i18n: { currentLocale: settings.language },
};

/** @docusaurus/useDocusaurusContext */
export default function useDocusaurusContext(): typeof site {
  return site;
}

/** @docusaurus/useGlobalData */
export function usePluginData(): unknown {
  return settings.options;
}

/** @docusaurus/router */
export function useLocation(): { pathname: string } {
  return { pathname: useSyncExternalStore(subscribe, () => location.pathname) };
}

/** Sites that change the page by script; browsers without the Navigation API know the address of the last load. */
function subscribe(tell: () => void): () => void {
  window.navigation?.addEventListener("currententrychange", tell);
  addEventListener("popstate", tell);
  return () => {
    window.navigation?.removeEventListener("currententrychange", tell);
    removeEventListener("popstate", tell);
  };
}

/** @docusaurus/ErrorBoundary */
export class ErrorBoundary extends Component<{ children: ReactNode; fallback: () => ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback() : this.props.children;
  }
}
