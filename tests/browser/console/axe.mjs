// What axe-core says about the page that is shown, for every file of tests.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromUi } from "./support.mjs";

// Half the size of what `axe.source` gives, which each page would have to read.
const AXE = readFileSync(fromUi.resolve("axe-core/axe.min.js"), "utf8");
const EVERYTHING = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
// All that the second scheme changes.
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** Every complaint about what is shown, in both schemes unless told otherwise. */
export async function check(page, where, schemes = ["light", "dark"]) {
  if (await page.evaluate(() => !window.axe)) await page.evaluate(AXE);
  for (const colorScheme of schemes) {
    const first = colorScheme === schemes[0];
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { told, passed } = await page.evaluate(complaints, first ? EVERYTHING : COLOURS);
    assert.deepEqual(told, [], `${where}, ${colorScheme}`);
    assert.ok(passed.includes("color-contrast"), "contrasts were looked at");
    if (first) assert.ok(passed.length > 20, `only ${passed.length} rules had something to look at`);
  }
  await noSideways(page, where);
}

/** In the page. What it likes is only counted: to describe each element of it takes longer than all rules together. */
async function complaints(runOnly) {
  const { violations, passes } = await window.axe.run(document, { runOnly, resultTypes: ["violations"] });
  return {
    told: violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`)),
    passed: passes.map(({ id }) => id),
  };
}

/** Nothing makes the whole page scroll sideways. */
export async function noSideways(page, where) {
  const { clientWidth, scrollWidth } = await page.evaluate(() => document.documentElement);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${where} is ${wide} px too wide (${clientWidth}, ${scrollWidth})`);
}
