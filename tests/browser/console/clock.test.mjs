// The clock: every way to move it, what it comes to, the way back, and starting over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkSizes, fits } from "./axe.mjs";
import { advance, call, detail, eventually, hangingServer, idle, open, panel, publish, SERVER, setUp, stateOf } from "./support.mjs";

const it = setUp();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const card = (page) => page.getByRole("region", { name: "Clock", exact: true });
const due = (page) => page.getByRole("region", { name: "Due next" });
const badge = (page) => page.locator(".clock-badge.loud");
const clock = () => call("GET", "_dev/clock");
/** A clock that is ahead only goes back by starting over, and the tests share one server. */
const startOver = () => call("POST", "_dev/reset", { json: { clock: "real" } });

async function openClock() {
  await startOver();
  await open(it.page, "#/clock");
  await card(it.page).getByText("The clock runs in real time.").waitFor();
}

/** How far a step takes the clock, give or take what passes meanwhile. */
async function travelled(ms, step) {
  const before = (await clock()).offset;
  await step();
  await eventually(async () => Math.abs((await clock()).offset - before - ms) < 5_000, `${ms} ms further`);
}

const press = (name) => card(it.page).getByRole("button", { name, exact: true }).click();

test("steps of a minute, an hour and a day, and what happened on the way", async () => {
  const { page, destination } = it;
  await openClock();
  await travelled(60_000, () => press("+1 m"));
  const id = await publish(destination.url, "", { Delay: "30m" });
  await travelled(HOUR_MS, () => press("+1 h"));
  await page.getByRole("status").getByText("Travelled 1 h: 1 stop, 1 attempt.").waitFor();
  assert.equal(await stateOf(id), "DELIVERED");
  await travelled(DAY_MS, () => press("+1 d"));
  await badge(page).getByText("Clock 1 d 1 h ahead").waitFor();
  await startOver();
});

test("by any duration, or to a time, and a mistake is told at the field", async () => {
  const { page } = it;
  await openClock();
  const field = card(page).getByLabel("Duration or time");
  await field.fill("1h30m");
  await travelled(1.5 * HOUR_MS, () => press("Travel"));
  await field.fill("soon");
  await field.press("Enter");
  await card(page).getByRole("alert").getByText(/duration/).waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await field.fill("2020-01-01");
  await field.press("Enter");
  await card(page).getByRole("alert").getByText("time only goes forward").waitFor();
  const at = Math.ceil(Date.now() / 60_000) * 60_000 + 3 * DAY_MS;
  await field.fill(new Date(at).toISOString());
  await field.press("Enter");
  await eventually(async () => (await clock()).now >= at && (await clock()).now < at + 60_000);
  it.expect(/status of 400/);
  await startOver();
});

test("to the next event, and to any of those in the list", async () => {
  const { page, destination } = it;
  await openClock();
  const first = await publish(`${destination.url}/first`, "", { Delay: "1h" });
  const second = await publish(`${destination.url}/second`, "", { Delay: "2h" });
  const third = await publish(`${destination.url}/third`, "", { Delay: "3h" });
  await due(page).getByRole("link", { name: third }).waitFor();
  assert.deepEqual(await due(page).getByRole("listitem").getByRole("link").allInnerTexts(), [first, second, third]);
  await press("To the next event");
  await destination.received(1);
  await due(page).getByRole("link", { name: first }).waitFor({ state: "detached" });
  await due(page).getByRole("listitem").filter({ hasText: third }).getByRole("button", { name: "Travel there" }).click();
  const requests = await destination.received(3);
  assert.deepEqual(requests.map(({ url }) => url), ["/first", "/second", "/third"]);
  await due(page).getByText("Nothing is due later").waitFor();
  await startOver();
});

test("everything that is due is listed with a link to it, whoever it belongs to", async () => {
  const { page, destination } = it;
  await openClock();
  const { users } = await call("GET", "_dev/setup");
  const other = await publish(destination.url, "", { Delay: "5h" }, { token: users[1].token });
  const { scheduleId } = await call("POST", `v2/schedules/${destination.url}`, { headers: { "Upstash-Cron": "*/5 * * * *" } });
  const schedule = due(page).getByRole("link", { name: scheduleId });
  await schedule.waitFor();
  assert.match(await schedule.getAttribute("href"), new RegExp(`#/schedules/${scheduleId}`));
  const theirs = due(page).getByRole("listitem").filter({ hasText: other });
  await theirs.getByText("testUser1").waitFor();
  await theirs.getByRole("link").click();
  await panel(page).getByRole("heading", { name: other }).waitFor();
});

test("the command of the empty list makes something that is due", async () => {
  const { page } = it;
  await openClock();
  const { spawnSync } = await import("node:child_process");
  const run = spawnSync("bash", ["-c", await due(page).getByLabel("Command to run").innerText()], { encoding: "utf8" });
  const { messageId } = JSON.parse(run.stdout);
  await due(page).getByRole("link", { name: messageId }).waitFor();
});

test("run all stops when only schedules are left, and gives up at its bound", async () => {
  const { page, destination } = it;
  await openClock();
  destination.answers(500, 500, 200);
  const id = await publish(destination.url, "", { Delay: "1d" });
  await call("POST", `v2/schedules/${destination.url}/cron`, { headers: { "Upstash-Cron": "0 0 1 1 *" } });
  await card(page).getByLabel("Stops at most").fill("2");
  await press("Run all");
  await page.getByRole("alert").getByText(/the time travel had not ended after 2 steps/).waitFor();
  await card(page).getByLabel("Stops at most").fill("1000");
  await press("Run all");
  await eventually(async () => (await stateOf(id)) === "DELIVERED");
  assert.equal((await detail(id)).attempts.length, 3);
  await due(page).getByText("Schedule", { exact: true }).waitFor();
  await card(page).getByLabel("Stops at most").fill("0");
  await card(page).getByText("Use a number above 0, at most 1,000,000").waitFor();
  assert.equal(await card(page).getByRole("button", { name: "Run all" }).getAttribute("aria-disabled"), "true");
  it.expect(/status of 409/);
  await startOver();
});

const journey = (page) => page.getByRole("region", { name: "Time travel" });
const problem = (page) => page.getByRole("alert", { name: "Time travel" });

test("a call that hangs is named while time travels, and the travel goes on when the call is aborted", async () => {
  const { page, destination } = it;
  const hanging = await hangingServer();
  await openClock();
  const id = await publish(`${hanging.url}/slow`, "", { Retries: "0" });
  await publish(destination.url, "", { Delay: "30m" });
  await press("+1 h");
  await journey(page).getByText(/^Travelling to/).waitFor();
  const call = journey(page).getByRole("link", { name: "POST" });
  await call.waitFor();
  assert.match(await call.getAttribute("href"), new RegExp(`#/messages/${id}$`));
  await checkSizes(page, "travelling");
  await journey(page).getByRole("button", { name: "Abort the call and go on" }).click();
  await destination.received(1);
  await journey(page).waitFor({ state: "detached" });
  await eventually(async () => (await stateOf(id)) === "FAILED");
  await page.getByRole("status").getByText(/^Travelled 1 h: /).waitFor();
  hanging.stop();
});

test("a time travel is stopped on its way", async () => {
  const { page } = it;
  const hanging = await hangingServer();
  await openClock();
  const id = await publish(hanging.url);
  await press("+1 d");
  await journey(page).getByRole("button", { name: "Stop" }).click();
  await page.getByRole("status").getByText(/^Stopped\. /).waitFor();
  assert.equal(await stateOf(id), "ACTIVE");
  assert.equal((await clock()).travel, undefined);
  hanging.stop();
});

test("a time travel that does not arrive names the calls in flight, not those behind them, and goes on where it was", async () => {
  const { page, destination } = it;
  const hanging = await hangingServer();
  await openClock();
  await call("POST", "v2/queues", { json: { queueName: "q", parallelism: 1 } });
  const enqueued = { headers: { "Upstash-Retries": "0" } };
  const { messageId: first } = await call("POST", `v2/enqueue/q/${hanging.url}/slow`, enqueued);
  await call("POST", `v2/enqueue/q/${destination.url}/behind`, enqueued);
  await publish(destination.url, "", { Delay: "30m" });
  await card(page).getByLabel("Seconds at most").fill("1");
  await press("Run all");
  await problem(page).getByText(/a call has not been answered, and 1 message waits for a turn behind it/).waitFor();
  assert.match(await problem(page).getByRole("link").getAttribute("href"), new RegExp(`#/messages/${first}$`));
  assert.equal(await problem(page).getByRole("link").count(), 1);
  assert.equal(await page.locator(".toast.problem").count(), 0);
  await checkSizes(page, "not arrived");
  await problem(page).getByRole("button", { name: "Abort the call and go on" }).click();
  await destination.received(2);
  await problem(page).waitFor({ state: "detached" });
  await eventually(async () => (await stateOf(first)) === "FAILED");
  it.expect(/status of 409/);
  hanging.stop();
});

test("why a time travel did not arrive is dismissed, and does not follow to another page", async () => {
  const { page, destination } = it;
  await openClock();
  destination.answers(500);
  for (const dismiss of [
    () => problem(page).getByRole("button", { name: "Dismiss" }).click(),
    () => page.getByRole("link", { name: "Inbox" }).click(),
  ]) {
    await publish(destination.url, "", { Delay: "1h", Retries: "3" });
    await card(page).getByLabel("Stops at most").fill("1");
    await press("Run all");
    await problem(page).getByText(/had not ended after 1 step/).waitFor();
    await dismiss();
    await problem(page).waitFor({ state: "detached" });
  }
  it.expect(/status of 409/);
  await startOver();
});

test("pause, run on, run fast, and back to real time from any page", async () => {
  const { page } = it;
  await openClock();
  await press("Pause");
  await badge(page).getByText("Clock paused").waitFor();
  await card(page).getByText(/^The clock stands still/).waitFor();
  assert.ok((await clock()).paused);
  await press("Run on");
  await eventually(async () => !(await clock()).paused);
  await card(page).getByLabel("Speed").selectOption("600");
  await press("Run fast");
  await badge(page).getByText("Clock × 600").waitFor();
  assert.equal((await clock()).scale, 600);
  await page.getByRole("link", { name: "Messages", exact: true }).click();
  await page.locator(".top").getByRole("button", { name: "Back to real time" }).click();
  await eventually(async () => (await clock()).scale === 1);
  await startOver();
});

test("a clock that is behind travels to real time, and delivers what falls due on the way", async () => {
  const { page, destination } = it;
  await call("POST", "_dev/reset", { json: { clock: "2025-01-01T00:00:00Z" } });
  const id = await publish(destination.url, "", { Delay: "1h" });
  await open(page, "#/messages");
  await badge(page).getByText("2025-01-01").or(badge(page).getByText("2024-12-31")).waitFor();
  await page.locator(".top").getByRole("button", { name: "Back to real time" }).click();
  await page.getByText("The clock is real time again.").waitFor();
  await destination.received(1);
  await eventually(async () => (await stateOf(id)) === "DELIVERED");
  assert.equal((await clock()).mode, "real");
});

test("a clock that is ahead goes back by starting over, which is asked about first", async () => {
  const { page, destination } = it;
  await openClock();
  await publish(destination.url);
  await idle();
  await travelled(HOUR_MS, () => press("+1 h"));
  await page.locator(".top").getByRole("link", { name: "Back to real time …" }).click();
  const dialog = page.getByRole("dialog", { name: "Start everything over?" });
  await dialog.getByText("Time travel of the clock").waitFor();
  assert.match(page.url(), /#\/clock\/start-over\?clock=real/);
  await dialog.getByRole("button", { name: "Keep everything" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal((await call("GET", "_dev/messages")).total, 1);
  await page.goBack();
  await page.locator(".top").getByRole("link", { name: "Back to real time …" }).click();
  await dialog.getByRole("button", { name: "Start over" }).click();
  await page.getByText("Everything has started over.").waitFor();
  assert.deepEqual([(await clock()).mode, (await call("GET", "_dev/messages")).total], ["real", 0]);
  await page.getByRole("link", { name: "Real time" }).waitFor();
});

test("starting over forgets what it says, and keeps what it says", async () => {
  const { page, destination } = it;
  await openClock();
  const keys = await call("GET", "v2/keys");
  await publish(`${SERVER}/_dev/inbox/kept`, "x");
  await publish(destination.url, "", { Delay: "1h" });
  await call("POST", "v2/queues", { json: { queueName: "q", parallelism: 1 } });
  await call("PUT", "_dev/inboxes/kept/script", { json: { script: [500] } });
  await call("POST", "_dev/faults", { json: { match: "https://a/*", status: 500 } });
  await call("POST", "_dev/mappings", { json: { pattern: "https://a/*", target: "http://127.0.0.1:1" } });
  await call("POST", "v2/keys/rotate");
  await travelled(HOUR_MS, () => press("+1 h"));
  await page.getByRole("button", { name: "Everything …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The clock, as it is").waitFor();
  await dialog.getByRole("button", { name: "Start over" }).click();
  await page.getByText("Everything has started over.").waitFor();
  assert.equal((await call("GET", "_dev/messages")).total, 0);
  assert.deepEqual(await call("GET", "v2/queues"), []);
  assert.deepEqual(await call("GET", "_dev/faults"), []);
  assert.deepEqual(await call("GET", "_dev/mappings"), []);
  assert.deepEqual(await call("GET", "v2/keys"), keys);
  const inbox = await call("GET", "_dev/inboxes/kept");
  assert.deepEqual([inbox.received, inbox.script], [0, 1]);
  assert.deepEqual((await call("GET", "_dev/inboxes/kept/script")).script, [{ status: 200 }]);
  assert.ok((await clock()).offset > HOUR_MS / 2);
  await startOver();
});

test("one user starts over alone", async () => {
  const { page, destination } = it;
  const { users } = await call("GET", "_dev/setup");
  await publish(destination.url, "", { Delay: "1h" });
  await publish(destination.url, "", { Delay: "1h" }, { token: users[1].token });
  await call("POST", "_dev/faults", { json: { match: "https://a/*", status: 500 } });
  await open(page, "#/clock?user=testUser1");
  await page.getByRole("button", { name: "Only testUser1 …" }).click();
  await page.getByRole("dialog", { name: "Start testUser1 over?" }).getByRole("button", { name: "Start over" }).click();
  await page.getByText("testUser1 has started over.").waitFor();
  assert.equal((await call("GET", "_dev/messages?user=testUser1")).total, 0);
  assert.equal((await call("GET", "_dev/messages")).total, 1);
  assert.equal((await call("GET", "_dev/faults")).length, 1);
});

test("the counts of the header lead to what they count", async () => {
  const { page, destination } = it;
  destination.answers(500);
  await publish(destination.url, "", { Retries: "0" });
  await publish(destination.url, "", { Delay: "1h" });
  await idle();
  await call("POST", "v2/queues", { json: { queueName: "q", parallelism: 1 } });
  await call("POST", "v2/queues/q/pause");
  const { messageId: waiting } = await call("POST", `v2/enqueue/q/${destination.url}`);
  await open(page);
  const counts = page.getByLabel("Message counts");
  await counts.getByRole("link", { name: /Failed.*1/ }).waitFor();
  await counts.getByRole("link", { name: /In flight/ }).click();
  await page.getByText("No message matches").waitFor();
  assert.match(page.url(), /state=ACTIVE/);
  await counts.getByRole("link", { name: /Due/ }).click();
  await page.locator(".message-list tbody tr").filter({ hasText: waiting }).waitFor();
  await page.getByText("1 match", { exact: true }).waitFor();
  assert.equal(await counts.getByRole("link", { name: /Due.*1/ }).count(), 1);
  await counts.getByRole("link", { name: /Failed/ }).click();
  await page.waitForURL(/#\/dlq/);
});

/** Look at every state of the page. */
async function everyState(look) {
  const { page, destination } = it;
  await openClock();
  await due(page).getByText("Nothing is due later").waitFor();
  await look(page, "nothing due");
  destination.answers(500);
  await publish(destination.url, "", { "Retry-Delay": "3600000" });
  await publish(`${destination.url}/${"long".repeat(40)}`, "", { Delay: "1d" });
  await call("POST", `v2/schedules/${destination.url}`, { headers: { "Upstash-Cron": "*/5 * * * *" } });
  await advance({ by: "30s" });
  await call("POST", "_dev/clock/pause");
  await badge(page).waitFor();
  await due(page).getByText("Schedule", { exact: true }).waitFor();
  await card(page).getByLabel("Duration or time").fill("soon");
  await press("Travel");
  await card(page).getByRole("alert").waitFor();
  await look(page, "a loud clock, a mistake, and things due");
  await page.getByRole("button", { name: "Everything …" }).click();
  await page.getByRole("dialog").waitFor();
  await look(page, "the question");
  it.expect(/status of 400/);
  await startOver();
}

test("nothing to complain about, at any size", async () => {
  await everyState(async (page, where) => {
    await check(page, where);
    await fits(page, where);
  });
});
