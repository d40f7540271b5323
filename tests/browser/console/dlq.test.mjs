// The dead letter queue in the console: groups, selection, and what each action does on the server and the destination.

import assert from "node:assert/strict";
import { test } from "node:test";
import { button, deadLetters, entry, group, letters, NOBODY, rows } from "./dead-letters.mjs";
import { advance, eventually, open, setUp, verdict } from "./support.mjs";
import { allRuns, failedRun, lookAt, setUpApp } from "./workflow-app.mjs";

const it = setUp();
const app = setUpApp();
const { died, unreachable } = deadLetters(it);

test("the command of an empty queue fills it", async () => {
  const { page } = it;
  await open(page, "#/dlq");
  await page.getByRole("heading", { name: "No dead letters" }).waitFor();
  const command = await page.getByRole("region", { name: "Command to run" }).textContent();
  assert.ok(command.includes(`Bearer ${process.env.QSTASH_TOKEN}`));
  assert.match(command, new RegExp(`${process.env.QSTASH_URL}/v2/publish/${NOBODY}`));
  await unreachable(1);
  await group(page, "No answer").waitFor();
});

test("entries are grouped by what they died of and where, runs of workflows included", async () => {
  const { page } = it;
  await died(3);
  await unreachable(2);
  await failedRun(app);
  await open(page, "#/dlq");
  await group(page, "/orders").locator(".how-many", { hasText: "3" }).waitFor();
  await group(page, "connection refused").locator(".how-many", { hasText: "2" }).waitFor();
  await group(page, "workflow").locator(".how-many", { hasText: "1" }).waitFor();
  await group(page, "All entries").locator(".how-many", { hasText: "6" }).waitFor();
  await group(page, "/orders").click();
  await eventually(async () => (await rows(page).count()) === 3);
  assert.match(page.url(), /what=500/);
  await page.reload();
  await eventually(async () => (await rows(page).count()) === 3);
  await page.getByRole("button", { name: "Workflow runs", exact: true }).click();
  await eventually(async () => (await page.locator(".letter-group").count()) === 2);
  await page.getByRole("button", { name: "Workflow runs", exact: true }).click();
  await page.getByRole("searchbox").fill("DATABASE");
  await group(page, "connection refused").waitFor({ state: "detached" });
  await group(page, "/orders").waitFor();
  await page.getByRole("searchbox").fill("nothing has this");
  await page.getByRole("heading", { name: "No entry matches" }).waitFor();
});

test("an entry shows its last answer as text, and leads to its message", async () => {
  const { page } = it;
  await died(1);
  const [{ dlqId, messageId }] = await letters();
  await open(page, "#/dlq");
  await rows(page).first().click();
  await entry(page).getByRole("heading", { name: dlqId }).waitFor();
  await entry(page).getByRole("region", { name: "Response body" }).getByText("<b>database</b> is locked").waitFor();
  await verdict(entry(page)).getByText(/its own output may hold the error; then retry the dead letter\.$/).waitFor();
  await entry(page).getByRole("region", { name: "Body", exact: true }).getByText("body 0").waitFor();
  await entry(page).getByRole("link", { name: messageId }).click();
  await page.getByRole("region", { name: "Message", exact: true }).getByRole("heading", { name: messageId }).waitFor();
});

test("one entry is retried, and its new message can be watched", async () => {
  const { page, destination } = it;
  await died(2);
  const [newest, older] = await letters();
  await open(page, `#/dlq/${newest.dlqId}`);
  await entry(page).getByRole("button", { name: "Retry", exact: true }).click();
  await page.getByText("Retried as a new message.").waitFor();
  const [request] = await destination.received(1);
  assert.equal(request.body, "body 1");
  assert.deepEqual((await letters()).map(({ dlqId }) => dlqId), [older.dlqId]);
  await eventually(async () => (await rows(page).count()) === 1);
  await page.getByRole("link", { name: "Watch it" }).click();
  await page.getByRole("region", { name: "Message", exact: true }).getByText("Retry from the dead letter queue of").waitFor();
});

test("one entry is deleted", async () => {
  const { page, destination } = it;
  await died(1);
  const [{ dlqId }] = await letters();
  await open(page, `#/dlq/${dlqId}`);
  await entry(page).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "No dead letters" }).waitFor();
  assert.deepEqual(await letters(), []);
  assert.equal(destination.requests.length, 0);
});

test("those that are selected are retried or deleted, and no others", async () => {
  const { page, destination } = it;
  await died(5);
  await open(page, "#/dlq");
  await rows(page).nth(4).waitFor();
  await rows(page).nth(0).getByRole("checkbox").check();
  await rows(page).nth(2).getByRole("checkbox").check();
  await page.getByText("2 selected").waitFor();
  await button(page, "Retry 2").click();
  await page.getByText("2 entries retried.").waitFor();
  const requests = await destination.received(2);
  assert.deepEqual(requests.map(({ body }) => body).sort(), ["body 2", "body 4"]);
  await eventually(async () => (await rows(page).count()) === 3);
  await rows(page).nth(1).getByRole("checkbox").check();
  await button(page, "Delete 1").click();
  await page.getByRole("button", { name: "Keep them" }).click();
  assert.equal((await letters()).length, 3);
  await button(page, "Delete 1").click();
  await page.getByRole("button", { name: "Delete 1 entry" }).click();
  await page.getByText("1 entry deleted.").waitFor();
  const left = (await letters()).map(({ url }) => url.slice(-1));
  assert.deepEqual(left, ["3", "0"]);
});

test("a whole group is retried, and the others stay", async () => {
  const { page, destination } = it;
  await died(4);
  await unreachable(3);
  await open(page, "#/dlq");
  await group(page, "/orders").click();
  await button(page, "Retry all 4").click();
  await destination.received(4);
  await page.getByRole("heading", { name: "This group has no entries any more" }).waitFor();
  assert.equal((await letters()).length, 3);
});

test("everything that a search finds is deleted, and nothing else", async () => {
  const { page } = it;
  await died(3, "/orders", { Label: "old" });
  await died(2, "/orders", { Label: "new" });
  await open(page, "#/dlq?search=old");
  await button(page, "Delete all 3").click();
  await page.getByRole("button", { name: "Delete 3 entries" }).click();
  await page.getByRole("heading", { name: "No entry matches" }).waitFor();
  assert.deepEqual((await letters()).map(({ labels }) => labels), [["new"], ["new"]]);
});

test("a retry may have other settings, and wrong ones are told of", async () => {
  const { page, destination } = it;
  await died(2);
  await open(page, "#/dlq");
  await button(page, "With options …").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Retries", { exact: true }).fill("many");
  await dialog.getByRole("button", { name: "Retry 2 messages" }).click();
  await dialog.getByText(/Upstash-Retries/i).waitFor();
  // The browser itself tells of the answer 400.
  it.expect(/status of 400/);
  assert.equal((await letters()).length, 2);
  await dialog.getByLabel("Retries", { exact: true }).fill("1");
  await dialog.getByLabel("Headers for the destination").fill("X-Again: yes");
  await dialog.getByLabel("Delay", { exact: true }).fill("1h");
  await dialog.getByRole("button", { name: "Retry 2 messages" }).click();
  await page.getByText("2 entries retried.").waitFor();
  await dialog.waitFor({ state: "detached" });
  assert.equal(destination.requests.length, 0);
  await advance({ by: "1h" });
  const requests = await destination.received(2);
  assert.deepEqual(requests.map(({ headers }) => headers["x-again"]), ["yes", "yes"]);
});

test("runs are resumed and restarted from the queue", async () => {
  const { page } = it;
  const [one, two] = [await failedRun(app), await failedRun(app)];
  app.state.mended = true;
  await open(page, "#/dlq");
  await rows(page).filter({ hasText: one }).getByRole("checkbox").check();
  await button(page, "Resume 1").click();
  await page.getByText("1 entry resumed.").waitFor();
  await eventually(async () => (await allRuns())[0].state === "RUN_SUCCESS");
  assert.equal((await lookAt(one)).inDeadLetterQueue, false);
  await rows(page).filter({ hasText: two }).click();
  await entry(page).getByRole("link", { name: two }).waitFor();
  await entry(page).getByRole("button", { name: "Restart" }).click();
  await page.getByText("A new run begins from the start.").waitFor();
  await eventually(async () => (await allRuns()).filter(({ state }) => state === "RUN_SUCCESS").length === 2);
  const steps = app.ran.filter((name) => name !== "told");
  assert.deepEqual(steps, ["download", "parse", "download", "parse", "parse", "download", "parse"]);
});

test("a failure function is told once more from the queue", async () => {
  const { page } = it;
  const id = await failedRun(app);
  const [{ dlqId }] = await letters();
  app.state.listens = true;
  await open(page, `#/dlq/${dlqId}`);
  await entry(page).getByRole("button", { name: "Re-run failure function" }).click();
  await entry(page).getByText("Called", { exact: true }).waitFor();
  assert.equal((await lookAt(id)).run.failureFunction.state, "CALLBACK_SUCCESS");
});

test("entries are reached, selected and retried with the keyboard alone", async () => {
  const { page, destination } = it;
  await died(3);
  await open(page, "#/dlq");
  await rows(page).nth(2).waitFor();
  for (const key of ["j", "j", "x"]) await page.keyboard.press(key);
  await page.getByText("1 selected").waitFor();
  assert.ok(await rows(page).nth(1).getByRole("checkbox").isChecked());
  await page.keyboard.press("Enter");
  await entry(page).waitFor();
  await page.keyboard.press("j");
  await entry(page).getByText("?n=0").waitFor();
  await page.keyboard.press("r");
  const [request] = await destination.received(1);
  assert.equal(request.body, "body 0");
  await page.keyboard.press("/");
  await page.keyboard.type("n=2");
  await eventually(async () => (await rows(page).count()) === 1);
});

test("thousands of entries are listed in part, and acted on as a whole", async () => {
  const { page } = it;
  await unreachable(3000);
  await open(page, "#/dlq");
  await group(page, "All entries").getByText("3,000").waitFor();
  await rows(page).first().waitFor();
  assert.ok((await rows(page).count()) < 100, "only what is in view is drawn");
  const list = page.getByRole("region", { name: "List of dead letters" });
  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await eventually(async () => Number(await list.getByRole("table").getAttribute("aria-rowcount")) > 101);
  await button(page, "Delete all 3,000").click();
  await page.getByRole("button", { name: "Delete 3,000 entries" }).click();
  await page.getByText("3,000 entries deleted.").waitFor();
  await page.getByRole("heading", { name: "No dead letters" }).waitFor();
  assert.deepEqual(await letters(), []);
});
