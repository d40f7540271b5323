// The builder in each of its states: nothing for axe-core to complain about, and nothing out of sight.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSizes, noSideways } from "./axe.mjs";
import { builder, choose, field, fill, openBuilder, send, unfold, wrong } from "./builder.mjs";
import { open, publish, setUp } from "./support.mjs";

const it = setUp();

test("nothing to complain about in any state", async () => {
  const { page, destination } = it;
  const look = async (where) => {
    // axe takes what stands behind the bar where the page is scrolled to for covered for good. The last test here
    // sees that nothing with the focus is.
    await builder(page).locator(".send-bar").evaluate((bar) => (bar.style.position = "static"));
    await checkSizes(page, where, ["light", "dark"], [".writing", ".result"]);
  };
  const id = await publish(`${destination.url}/${"long".repeat(40)}`, '{"a":1}', { "Redact-Fields": "header", "Content-Type": "application/json", "Forward-X": "1" });
  await open(page, "#/builder");
  await look("empty");
  await open(page, `#/builder?from=${id}`);
  await page.getByText("Filled from").waitFor();
  for (const group of ["Callbacks", "Flow control"]) await unfold(page, group);
  await fill(page, { "Callback URL": `${destination.url}/cb` });
  await send(page);
  await look("sent");
  await fill(page, { Retries: "x" });
  await builder(page).getByRole("button", { name: "Publish", exact: true }).click();
  it.expect(/status of 400/);
  await wrong(page, "Retries", /whole number/);
  await look("wrong");
  await builder(page).getByRole("button", { name: "Add to batch" }).click();
  await choose(page, "Enqueue");
  await look("batch");
  await builder(page).getByRole("button", { name: "Remove", exact: true }).click();
  await choose(page, "Schedule");
  await look("schedule");
});

test("text at twice its size still fits", async () => {
  const { page } = it;
  await page.setViewportSize({ width: 640, height: 900 });
  await openBuilder(page);
  await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  await noSideways(page, "builder");
});

test("a field that gets the focus is not behind the bar with the buttons", async () => {
  const { page } = it;
  await openBuilder(page);
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press("Tab");
    const hidden = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element?.closest(".writing") || element.matches("[type=radio], [type=checkbox]")) return "";
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return element.contains(seen) || seen?.contains(element) ? "" : element.outerHTML;
    });
    assert.equal(hidden, "");
  }
  assert.ok(await field(page, "Labels").isVisible());
});
