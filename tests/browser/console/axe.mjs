// What axe-core says about the page that is shown, for every file of tests.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromUi } from "./support.mjs";

// Half the size of what `axe.source` gives, which each page would have to read.
const AXE = readFileSync(fromUi.resolve("axe-core/axe.min.js"), "utf8");
const EVERYTHING = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
// All that the second scheme changes.
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
// All that another size changes, as long as the page shows the same.
const LAYOUT = { type: "rule", values: ["target-size", "scrollable-region-focusable"] };
const PHONE = { width: 320, height: 640 };
const TABLET = { width: 768, height: 1024 };
const WALL = { width: 3840, height: 2160 };

/** Every complaint about what is shown, in both schemes unless told otherwise. */
export async function check(page, where, schemes = ["light", "dark"]) {
  for (const colorScheme of schemes) {
    const first = colorScheme === schemes[0];
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const passed = await obeys(page, first ? EVERYTHING : COLOURS, `${where}, ${colorScheme}`);
    assert.ok(passed.includes("color-contrast"), "contrasts were looked at");
    if (first) assert.ok(passed.length > 20, `only ${passed.length} rules had something to look at`);
  }
  await noSideways(page, where);
}

/**
 * Every complaint about what is shown, in one scheme here and in the other one on a phone, where other things are shown;
 * and that everything keeps its place up to a wall.
 */
export async function checkSizes(page, where, [here, onPhone] = ["light", "dark"], parts = []) {
  await check(page, where, [here]);
  const look = async (name, { width }) => {
    if (width === PHONE.width) await check(page, name, [onPhone]);
    if (width === TABLET.width) await obeys(page, LAYOUT, name);
  };
  await atEverySize(page, where, look, parts);
}

/** Nothing makes the page scroll sideways, from a phone to a wall. */
export const fits = (page, where) => atEverySize(page, where, () => undefined);

async function atEverySize(page, where, look, parts) {
  const before = page.viewportSize();
  for (const size of [PHONE, TABLET, WALL]) {
    await page.setViewportSize(size);
    // What is measured anew after a change of size is drawn by the second frame.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    const name = `${where} at ${size.width} by ${size.height}`;
    await look(name, size);
    await noSideways(page, name, parts);
  }
  await page.setViewportSize(before);
}

/** The names of the rules that had something to look at. */
async function obeys(page, runOnly, where) {
  if (await page.evaluate(() => !window.axe)) await page.evaluate(AXE);
  const { told, passed } = await page.evaluate(complaints, runOnly);
  assert.deepEqual(told, [], where);
  return passed;
}

/** In the page. What it likes is only counted: to describe each element of it takes longer than all rules together. */
async function complaints(runOnly) {
  const options = { runOnly, resultTypes: ["violations"], selectors: false, preload: false };
  const { violations, passes } = await window.axe.run(document, options);
  return {
    told: violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`)),
    passed: passes.map(({ id }) => id),
  };
}

/** Nothing makes the whole page, or one of its parts, scroll sideways. */
export async function noSideways(page, where, parts = []) {
  for (const part of ["html", ...parts]) {
    const sizes = await page.locator(part).evaluate(({ clientWidth, scrollWidth }) => ({ clientWidth, scrollWidth }));
    assert.ok(sizes.scrollWidth <= sizes.clientWidth, `${part} of ${where} scrolls sideways: ${JSON.stringify(sizes)}`);
  }
}
