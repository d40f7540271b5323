// What axe-core says about the page that is shown, for every file of tests.

import assert from "node:assert/strict";
import { fromUi } from "./support.mjs";

const axe = fromUi("axe-core");
const EVERYTHING = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
// All that the second scheme changes.
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** Every complaint about what is shown, in both schemes unless told otherwise. */
export async function check(page, where, schemes = ["light", "dark"]) {
  if (await page.evaluate(() => !window.axe)) await page.evaluate(axe.source);
  for (const colorScheme of schemes) {
    const first = colorScheme === schemes[0];
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations, passes } = await page.evaluate(
      (runOnly) => window.axe.run(document, { runOnly }),
      first ? EVERYTHING : COLOURS,
    );
    const told = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
    assert.deepEqual(told, [], `${where}, ${colorScheme}`);
    assert.ok(passes.some(({ id }) => id === "color-contrast"), "contrasts were looked at");
    if (first) assert.ok(passes.length > 20, `only ${passes.length} rules had something to look at`);
  }
  await noSideways(page, where);
}

/** Nothing makes the whole page scroll sideways. */
export async function noSideways(page, where) {
  const { clientWidth, scrollWidth } = await page.evaluate(() => document.documentElement);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${where} is ${wide} px too wide (${clientWidth}, ${scrollWidth})`);
}
