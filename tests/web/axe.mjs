/** axe-core on a part of a page: what breaks WCAG 2.2 AA or axe's own good practice, as short lines. */
import { createRequire } from "node:module";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export default async function violations(page, selector) {
  await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(async (part) => (await window.axe.run(part)).violations, selector);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
