// Workflow runs of the real SDK in the console: what it shows of them, and what each action does to them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { advance, call, eventually, hangingServer, open, setUp, verdict } from "./support.mjs";
import { allRuns, failedRun, HOSTILE, inState, lookAt, setUpApp, startedRun, trigger } from "./workflow-app.mjs";

const it = setUp();

const app = setUpApp();

const run = (page) => page.getByRole("region", { name: "Workflow run", exact: true });
const row = (page, id) => page.locator(".run-list tbody tr").filter({ hasText: id });
const step = (page, name) => run(page).locator("li.step").filter({ has: page.getByText(name, { exact: true }) });

async function openRun(id, query = "") {
  await open(it.page, `#/workflows/${id}${query}`);
  await run(it.page).locator(".what").waitFor();
  return run(it.page);
}

const started = (path, kind, body) => startedRun(app, path, kind, body);
const failed = () => failedRun(app);

test("runs show as they go on, with what they wait for", async () => {
  const { page } = it;
  await open(page, "#/workflows");
  await page.getByRole("heading", { name: "No workflow runs yet" }).waitFor();
  const id = await started("/sleeps", "sleep", {});
  await row(page, id).getByText("nap, ends in 7 h").waitFor();
  await advance({ by: "8h" });
  await row(page, id).getByText("Succeeded").waitFor();
});

test("the command of an empty page starts a run", async () => {
  await open(it.page, "#/workflows");
  const command = await it.page.getByRole("region", { name: "Command to run" }).textContent();
  assert.match(command, new RegExp(`curl -X POST '${process.env.QSTASH_URL}/v2/trigger/http`));
  assert.ok(command.includes(`Bearer ${process.env.QSTASH_TOKEN}`));
});

test("search and states are in the address, and stay when it is loaded again", async () => {
  const { page } = it;
  const asleep = await started("/sleeps", "sleep");
  const dead = await failed();
  await open(page, "#/workflows");
  await row(page, asleep).waitFor();
  await page.getByRole("button", { name: "Failed", exact: true }).click();
  await row(page, asleep).waitFor({ state: "detached" });
  assert.match(page.url(), /state=RUN_FAILED/);
  await page.reload();
  await row(page, dead).waitFor();
  assert.equal(await row(page, asleep).count(), 0);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("searchbox").fill("/SLEEPS");
  await row(page, dead).waitFor({ state: "detached" });
  await row(page, asleep).waitFor();
  await page.getByRole("searchbox").fill("nothing has this");
  await page.getByRole("heading", { name: "No run matches" }).waitFor();
});

test("branches show beside each other, each with what became of it", async () => {
  const { page } = it;
  const id = await started("/group", "retry", { order: HOSTILE });
  const shown = await openRun(id);
  const group = shown.getByRole("list", { name: "Parallel steps" });
  await group.locator(".step").nth(3).waitFor();
  for (const [name, state] of [["stock", "Done"], ["charge", "Done"], ["score", "Retrying"], ["pause", "Sleeping"]]) {
    await group.locator(".step").filter({ hasText: name }).getByText(state, { exact: true }).waitFor();
  }
  await step(page, "charge").locator("summary").click();
  await step(page, "charge").getByText(`${app.url}/charge`).waitFor();
  await step(page, "charge").getByRole("region", { name: "Answer to the call" }).getByText('"charged": 129').waitFor();
  assert.match(page.url(), /step=2/);
  await page.reload();
  await step(page, "charge").getByRole("region", { name: "Answer to the call" }).waitFor();
  await step(page, "score").locator("summary").click();
  await step(page, "score").getByText("scorer timed out").first().waitFor();
  assert.equal(await step(page, "charge").locator(".step-detail").count(), 0, "one is open at a time");
  await step(page, "score").getByRole("link", { name: /^msg_/ }).first().click();
  await page.getByRole("region", { name: "Message", exact: true }).getByRole("link", { name: id }).waitFor();
});

test("a retry need not be waited for", async () => {
  const id = await started("/group", "retry");
  app.state.mended = true;
  const shown = await openRun(id);
  await shown.getByRole("button", { name: "Retry now" }).click();
  await eventually(async () => (await lookAt(id)).run.steps[1].steps[2].phase === "done");
  await step(it.page, "score").getByText("Done").waitFor();
});

test("a sleep can be skipped", async () => {
  const id = await started("/sleeps", "sleep");
  const shown = await openRun(id);
  await shown.getByText("nap sleeps until").waitFor();
  await shown.getByRole("button", { name: "Skip the sleep" }).click();
  await it.page.getByText("The sleep has ended.").waitFor();
  await inState(id, "SUCCESS");
  assert.deepEqual(app.ran, ["before", "after"]);
  await shown.getByText("Succeeded").waitFor();
  await shown.getByRole("tab", { name: "Payload" }).click();
  await shown.getByRole("region", { name: "Result" }).getByText('"awake"').waitFor();
});

test("a run is notified with data, which has to be JSON", async () => {
  const { page } = it;
  const id = await started("/waits", "event");
  const shown = await openRun(id);
  await shown.locator(".wait-list").getByRole("button", { name: "Notify" }).click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByLabel("Event id").inputValue(), "parcel-1");
  await dialog.getByLabel("Data, as JSON").fill("{boxes");
  await dialog.getByRole("button", { name: "Send the event" }).click();
  await dialog.getByText("The data is no JSON").waitFor();
  assert.equal((await lookAt(id)).run.workflowState, "RUN_STARTED");
  await dialog.getByLabel("Data, as JSON").fill(`{"boxes":2,"by":"Zoë"}`);
  await dialog.getByRole("button", { name: "Send the event" }).click();
  await page.getByText("The run is woken.").waitFor();
  await inState(id, "SUCCESS");
  assert.deepEqual(JSON.parse((await lookAt(id)).run.workflowRunResponse), { boxes: 2, by: "Zoë" });
  await step(page, "packed").locator("summary").click();
  await step(page, "packed").getByRole("region", { name: "Event data" }).getByText('"by": "Zoë"').waitFor();
});

test("an event wakes only this run, or every one that waits for it", async () => {
  const { page } = it;
  const [one, two, three] = [await started("/waits", "event"), await started("/waits", "event"), await started("/waits", "event")];
  await openRun(one);
  await run(page).getByText("3 runs wait for it").waitFor();
  await run(page).getByRole("button", { name: "Notify" }).first().click();
  await page.getByRole("button", { name: "Send the event" }).click();
  await inState(one, "SUCCESS");
  assert.equal((await lookAt(two)).waits.length, 1);
  await openRun(two);
  await run(page).getByRole("button", { name: "Notify" }).first().click();
  await page.getByLabel("Every run that waits").check();
  await page.getByRole("button", { name: "Send the event" }).click();
  await page.getByText("2 runs woken.").waitFor();
  await inState(two, "SUCCESS");
  await inState(three, "SUCCESS");
});

test("an event may come before the run waits for it", async () => {
  const { page } = it;
  const id = await started("/sleeps", "sleep");
  const shown = await openRun(id);
  await shown.getByRole("button", { name: "Notify" }).click();
  await page.getByLabel("Event id").fill("early");
  await page.getByRole("button", { name: "Send the event" }).click();
  await page.getByText("The event is kept until the run waits for it.").waitFor();
});

test("a webhook is shown with its address, which works", async () => {
  const id = await started("/hook", "webhook");
  const shown = await openRun(id);
  await step(it.page, `make ${HOSTILE}`).waitFor();
  const url = await shown.locator(".hook code").textContent();
  const answer = await fetch(url, { method: "POST", body: "paid" });
  assert.equal(answer.status, 200);
  await inState(id, "SUCCESS");
  assert.equal(JSON.parse((await lookAt(id)).run.workflowRunResponse), "paid");
});

test("a run is cancelled", async () => {
  const id = await started("/sleeps", "sleep");
  const shown = await openRun(id);
  await shown.getByRole("button", { name: "Cancel run" }).click();
  await inState(id, "CANCELED");
  await shown.locator(".what").getByText("Cancelled").waitFor();
  await step(it.page, "nap").getByText("Cancelled").waitFor();
  assert.equal(await shown.getByRole("button", { name: "Cancel run" }).getAttribute("aria-disabled"), "true");
});

test("a run is cancelled with the call that it waits for", async () => {
  const hanging = await hangingServer();
  const id = await trigger(hanging.url);
  const shown = await openRun(id);
  await verdict(shown).getByText(/is in flight for/).waitFor();
  await shown.getByRole("button", { name: "Cancel and abort the call" }).click();
  await inState(id, "CANCELED");
  await eventually(async () => (await call("GET", "_dev/status")).users[0].inFlight === 0);
  hanging.stop();
});

test("a failed run says what failed, and goes on where it stopped when it is resumed", async () => {
  const { page } = it;
  const id = await failed();
  const shown = await openRun(id);
  await verdict(shown).getByText(/^the step after download failed after 1 attempt: .*row 118: unexpected end; dead letter /).waitFor();
  await step(page, "Next step").getByText("Failed", { exact: true }).waitFor();
  app.state.mended = true;
  await shown.getByRole("button", { name: "Resume" }).click();
  await page.getByText("A new run continues where this one stopped.").waitFor();
  const [resumed] = await allRuns();
  assert.notEqual(resumed.workflowRunId, id);
  await inState(resumed.workflowRunId, "SUCCESS");
  assert.deepEqual(app.ran.filter((name) => name !== "told"), ["download", "parse", "parse"]);
  await run(page).getByRole("heading", { name: resumed.workflowRunId }).waitFor();
  await page.getByRole("link", { name: "Back to the failed run" }).click();
  await run(page).getByRole("heading", { name: id }).waitFor();
  await page.waitForFunction(() => document.querySelector(".run-detail [aria-disabled]")?.textContent === "Resume");
});

test("a failed run is restarted from its beginning", async () => {
  const id = await failed();
  app.state.mended = true;
  const shown = await openRun(id);
  await shown.getByRole("button", { name: "Restart" }).click();
  await it.page.getByText("A new run begins from the start.").waitFor();
  await eventually(async () => (await allRuns())[0].state === "RUN_SUCCESS");
  assert.deepEqual(app.ran.filter((name) => name !== "told"), ["download", "parse", "download", "parse"]);
});

test("a failure function that failed is told once more", async () => {
  const id = await failed();
  const shown = await openRun(id);
  await shown.getByText("Call failed", { exact: true }).waitFor();
  await shown.getByText("the pager did not answer").waitFor();
  app.state.listens = true;
  await shown.getByRole("button", { name: "Re-run failure function" }).click();
  await shown.getByText("Called", { exact: true }).waitFor();
  assert.equal(app.ran.filter((name) => name === "told").length, 2);
  assert.equal((await lookAt(id)).run.failureFunction.state, "CALLBACK_SUCCESS");
});

test("runs that invoke each other lead to each other", async () => {
  const { page } = it;
  const id = await started("/family/parent", "invoke");
  const shown = await openRun(id);
  const [child] = (await lookAt(id)).children;
  await shown.getByRole("list", { name: "Related runs" }).getByRole("link", { name: child.workflowRunId }).click();
  await run(page).getByRole("heading", { name: child.workflowRunId }).waitFor();
  await run(page).getByRole("button", { name: "Skip the sleep" }).click();
  await inState(id, "SUCCESS");
  await run(page).getByRole("list", { name: "Related runs" }).getByRole("link", { name: id }).click();
  await run(page).getByRole("heading", { name: id }).waitFor();
  await run(page).locator(".what").getByText("Succeeded").waitFor();
});

test("the list and a run are reached with the keyboard alone", async () => {
  const { page } = it;
  const older = await started("/sleeps", "sleep");
  const newer = await started("/waits", "event");
  await open(page, "#/workflows");
  await row(page, older).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await run(page).getByRole("heading", { name: older }).waitFor();
  await page.keyboard.press("k");
  await run(page).getByRole("heading", { name: newer }).waitFor();
  await step(page, "packed").locator("summary").focus();
  await page.keyboard.press("Enter");
  await step(page, "packed").locator(".step-detail").waitFor();
  await page.keyboard.press("Escape");
  await row(page, newer).waitFor();
  assert.match(page.url(), /#\/workflows($|\?)/);
});

test("the messages of a run are a search away", async () => {
  const { page } = it;
  const id = await started("/sleeps", "sleep");
  const shown = await openRun(id);
  await shown.getByRole("link", { name: "Messages of the run" }).click();
  await page.locator(".message-list tbody tr:not(.gap)").nth(2).waitFor();
});
