/** Light or dark: as the tag says, as the page says, or as the reader's system is. */

const DARK = "(prefers-color-scheme: dark)";
const MARKS = ["data-theme", "data-color-mode", "data-bs-theme", "class"]; // where pages write what they are

export function followScheme(host: HTMLElement, wanted: "light" | "dark" | "auto"): void {
  const set = (): void => {
    host.dataset.theme = wanted === "auto" ? (schemeOfPage() ?? schemeOfSystem()) : wanted;
  };
  set();
  if (wanted !== "auto") return;
  matchMedia(DARK).addEventListener("change", set);
  new MutationObserver(set).observe(document.documentElement, { attributeFilter: MARKS });
}

function schemeOfPage(): string | undefined {
  const page = document.documentElement;
  for (const mark of MARKS) {
    const said = /(?:^|[\s-])(light|dark)(?:$|\s)/.exec(page.getAttribute(mark) ?? "")?.[1];
    if (said) return said;
  }
  return undefined;
}

function schemeOfSystem(): string {
  return matchMedia(DARK).matches ? "dark" : "light";
}
