// axe-core finds nothing to complain about in workflow runs, in both colour schemes and from a phone to a wall.

import { test } from "node:test";
import { check, checkSizes } from "./axe.mjs";
import { open, setUp } from "./support.mjs";
import { failedRun, HOSTILE, setUpApp, startedRun } from "./workflow-app.mjs";

const it = setUp();
const app = setUpApp();

const run = (page) => page.getByRole("region", { name: "Workflow run", exact: true });

async function openRun(id, query = "") {
  await open(it.page, `#/workflows/${id}${query}`);
  await run(it.page).locator(".what").waitFor();
}

test("no runs yet", async () => {
  await open(it.page, "#/workflows");
  await it.page.getByRole("heading", { name: "No workflow runs yet" }).waitFor();
  await check(it.page, "no runs", ["light"]);
});

test("the list and a run with branches, at every size", async () => {
  const { page } = it;
  const id = await startedRun(app, "/group", "retry", { order: HOSTILE });
  await failedRun(app);
  await open(page, "#/workflows");
  await page.locator(".run-list tbody tr").nth(1).waitFor();
  await checkSizes(page, "list");
  await openRun(id, "?step=3");
  await run(page).locator(".step-detail").waitFor();
  await checkSizes(page, "timeline");
  await run(page).getByRole("tab", { name: "Payload" }).click();
  await check(page, "payload", ["dark"]);
});

test("a failed run, and one to notify", async () => {
  const { page } = it;
  await openRun(await failedRun(app));
  await check(page, "failed run");
  await openRun(await startedRun(app, "/waits", "event"));
  await run(page).getByRole("button", { name: "Notify" }).first().click();
  await page.getByLabel("Data, as JSON").fill("{");
  await page.getByRole("button", { name: "Send the event" }).click();
  await page.getByText("The data is no JSON").waitFor();
  await check(page, "notify");
});
