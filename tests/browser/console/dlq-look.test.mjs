// axe-core finds nothing to complain about in the dead letter queue, in both colour schemes and from a phone on.

import { test } from "node:test";
import { check, checkSizes } from "./axe.mjs";
import { button, deadLetters, entry, group, rows } from "./dead-letters.mjs";
import { open, setUp } from "./support.mjs";
import { failedRun, setUpApp } from "./workflow-app.mjs";

const it = setUp();
const app = setUpApp();
const { died } = deadLetters(it);

test("no dead letters, and what opens", async () => {
  const { page } = it;
  await open(page, "#/dlq");
  await page.getByRole("heading", { name: "No dead letters" }).waitFor();
  await check(page, "empty", ["light"]);
  await died(1);
  await button(page, "With options …").click();
  await check(page, "options");
  await page.keyboard.press("Escape");
  await button(page, "Delete 1").click();
  await check(page, "confirmation", ["dark"]);
});

test("groups, entries and one of them, at every size", async () => {
  const { page } = it;
  await died(2, "/a/very/long/path/that/has/to/be/broken/somewhere", { "Queue-Name": "q", Label: "a,b" });
  await failedRun(app);
  await open(page, "#/dlq");
  await group(page, "workflow").waitFor();
  await checkSizes(page, "groups");
  await group(page, "All entries").click();
  await rows(page).nth(2).waitFor();
  await rows(page).nth(1).getByRole("checkbox").check();
  await checkSizes(page, "entries", ["dark", "light"]);
  await rows(page).nth(2).getByRole("link").click();
  await entry(page).locator(".what").waitFor();
  await checkSizes(page, "entry");
});
