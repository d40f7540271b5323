// Schedules against a real server and a real destination: when they fire, and what each action does there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkSizes } from "./axe.mjs";
import { confirm, listed, pane, told } from "./lists.mjs";
import { advance, call, clipboard, eventually, idle, open, setUp } from "./support.mjs";

const it = setUp();
const shown = () => pane(it.page, "Schedule");
const schedule = (id) => call("GET", `v2/schedules/${id}`);
/** At a time when nothing is about to change: the first of January 2026, 10:00 UTC. */
const START = "2026-01-01T10:00:00Z";

async function make(id, cron, options = {}, { destination = `${it.destination.url}/cron`, body = "" } = {}) {
  const headers = { "Upstash-Cron": cron, "Upstash-Schedule-Id": id, "Content-Type": "application/json" };
  for (const [name, value] of Object.entries(options)) headers[`Upstash-${name}`] = value;
  await call("POST", `v2/schedules/${destination}`, { headers, body });
}

const stand = () => call("POST", "_dev/reset", { json: { clock: START } });
const travel = (by) => advance({ by });

test("without any, the page shows the command that makes the first one", async () => {
  const { page } = it;
  await open(page, "#/schedules");
  await page.getByRole("heading", { name: "No schedules yet" }).waitFor();
  await check(page, "no schedules");
  await page.getByRole("button", { name: "Copy the command" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const { execFileSync } = await import("node:child_process");
  execFileSync("sh", ["-c", (await clipboard(page)).replace("curl", "curl -sf")]);
  await listed(page, "Every minute").waitFor();
  const [made] = await call("GET", "v2/schedules");
  assert.deepEqual([made.cron, made.destination], ["* * * * *", `${process.env.QSTASH_URL}/_dev/inbox/hello`]);
});

test("the list tells what each does, when it fires next and what came of its last run", async () => {
  const { page, destination } = it;
  await stand();
  await make("works", "*/15 * * * *", { Label: "reports" });
  await make("fails", "0 12 * * *", { Retries: "0" }, { destination: "http://127.0.0.1:1/nobody" });
  await travel("3h");
  await idle();
  assert.equal(destination.requests.length, 12);
  await open(page, "#/schedules");
  const works = listed(page, "/cron");
  await works.getByText("Every 15 minutes").waitFor();
  await works.getByText("reports").waitFor();
  await works.getByText("Delivered").waitFor();
  await works.getByRole("cell", { name: "in 15 m" }).waitFor();
  await listed(page, "/nobody").getByText("Failed").waitFor();
  await listed(page, "/nobody").getByText("1 h ago").waitFor();
  await check(page, "schedules");
  await page.getByRole("button", { name: "Last run failed 1" }).click();
  await page.getByText("1 of 2 schedules").waitFor();
  assert.equal(await works.count(), 0);
});

test("the next five runs are shown in its own zone and in the reader's", async () => {
  const { page } = it;
  await call("POST", "_dev/reset", { json: { clock: "2026-03-28T12:00:00Z" } });
  await make("nightly", "CRON_TZ=Europe/Berlin 30 1 * * *");
  await open(page, "#/schedules/nightly");
  const runs = shown().getByRole("table", { name: "Next runs" });
  await runs.getByRole("columnheader", { name: "Its zone, Europe/Berlin" }).waitFor();
  await runs.getByRole("columnheader", { name: "Yours, Asia/Tokyo" }).waitFor();
  // The page may learn a moment later that the clock is another one.
  await runs.getByText("in 12 h").waitFor();
  const rows = await runs.locator("tbody tr").allInnerTexts();
  assert.deepEqual(rows.map((row) => row.split("\t").map((text) => text.trim())), [
    ["in 12 h", "Sun 2026-03-29 01:30 +01:00", "Sun 2026-03-29 09:30 +09:00"],
    // Clocks have gone forward meanwhile.
    ["in 1 d", "Mon 2026-03-30 01:30 +02:00", "Mon 2026-03-30 08:30 +09:00"],
    ["in 2 d", "Tue 2026-03-31 01:30 +02:00", "Tue 2026-03-31 08:30 +09:00"],
    ["in 3 d", "Wed 2026-04-01 01:30 +02:00", "Wed 2026-04-01 08:30 +09:00"],
    ["in 4 d", "Thu 2026-04-02 01:30 +02:00", "Thu 2026-04-02 08:30 +09:00"],
  ]);
  await shown().getByText("At 01:30").waitFor();
  await travel("13h");
  await runs.getByText("Fri 2026-04-03 01:30 +02:00").waitFor();
});

test("trigger now fires once more, and its next run stays", async () => {
  const { page, destination } = it;
  await stand();
  await make("daily", "0 12 * * *", { "Forward-X-Mine": "mine" }, { body: '{"a":1}' });
  await open(page, "#/schedules/daily");
  await shown().getByText("It has not run yet.").waitFor();
  await shown().getByRole("button", { name: "Trigger now" }).click();
  const [request] = await destination.received(1);
  assert.deepEqual([request.url, request.body, request.headers["x-mine"]], ["/cron", '{"a":1}', "mine"]);
  await shown().getByText("Last run").waitFor();
  await shown().getByText("Delivered").waitFor();
  assert.equal((await schedule("daily")).nextScheduleTime, Date.parse("2026-01-01T12:00:00Z"));
  const [id] = Object.keys((await schedule("daily")).lastScheduleStates);
  await page.getByRole("status").getByRole("link", { name: "Show" }).click();
  await page.getByRole("region", { name: "Message", exact: true }).getByRole("heading", { name: id }).waitFor();
  await page.goBack();
  await shown().getByText("Delivered").waitFor();
  await check(page, "a schedule that has fired");
});

test("to a URL group, every message of the run is told", async () => {
  const { page, destination } = it;
  await stand();
  const endpoints = [{ url: `${destination.url}/a` }, { url: `${destination.url}/b` }];
  await call("POST", "v2/topics/subscribers/endpoints", { json: { endpoints } });
  await make("all", "0 12 * * *", {}, { destination: "subscribers" });
  await open(page, "#/schedules/all");
  await shown().getByRole("button", { name: "Trigger now" }).click();
  await told(page, "Triggered: 2 messages.");
  await destination.received(2);
  const messages = shown().getByRole("list", { name: /^Last run/ }).getByRole("listitem");
  await messages.nth(1).waitFor();
  assert.equal(await messages.count(), 2);
  await shown().getByRole("link", { name: "subscribers" }).click();
  await pane(page, "URL group").getByText("2 endpoints").waitFor();
});

test("paused, it skips its runs; resumed, it goes on and catches up with nothing", async () => {
  const { page, destination } = it;
  await stand();
  await make("hourly", "@hourly");
  await open(page, "#/schedules/hourly");
  await shown().getByRole("button", { name: "Pause" }).click();
  await told(page, "The schedule is paused.");
  assert.equal((await schedule("hourly")).isPaused, true);
  await listed(page, "@hourly").getByText("Paused").waitFor();
  await shown().getByText("Next runs once it is resumed").waitFor();
  await travel("3h");
  assert.equal(destination.requests.length, 0);
  await shown().getByRole("button", { name: "Resume" }).click();
  await told(page, "The schedule is active again.");
  await travel("1h");
  await destination.received(1);
  assert.equal((await schedule("hourly")).isPaused, false);
});

test("a trigger that cannot publish says why", async () => {
  const { page } = it;
  await stand();
  await call("POST", "v2/topics/gone/endpoints", { json: { endpoints: [{ url: it.destination.url }] } });
  await make("orphan", "0 12 * * *", {}, { destination: "gone" });
  await call("DELETE", "v2/topics/gone");
  await open(page, "#/schedules/orphan");
  await shown().getByRole("button", { name: "Trigger now" }).click();
  await page.getByRole("alert").getByText(/gone/).first().waitFor();
  await shown().getByText(/was refused: .*gone/).waitFor();
  await listed(page, "gone").getByText("Failed").waitFor();
  await check(page, "a schedule that could not fire", ["dark"]);
  it.expect(/status of 409/);
});

test("deleting asks first, and it fires no more", async () => {
  const { page, destination } = it;
  await stand();
  await make("hourly", "@hourly");
  await open(page, "#/schedules/hourly");
  await shown().getByRole("button", { name: "Delete" }).click();
  await check(page, "delete a schedule", ["light"]);
  await confirm(page, "Keep it");
  assert.equal((await schedule("hourly")).scheduleId, "hourly");
  await shown().getByRole("button", { name: "Delete" }).click();
  await confirm(page, "Delete");
  await page.getByRole("heading", { name: "No schedules yet" }).waitFor();
  assert.deepEqual(await call("GET", "v2/schedules"), []);
  await travel("2h");
  assert.equal(destination.requests.length, 0);
});

test("everything it will send is shown, as text", async () => {
  const { page } = it;
  await make("whole", "0 0 1 * *", {
    Retries: "4",
    Delay: "90s",
    Timeout: "15s",
    Callback: "http://127.0.0.1:1/<b>callback</b>",
    "Flow-Control-Key": "api",
    "Flow-Control-Value": "parallelism=2,rate=10,period=60",
    "Forward-X-Html": "<img src=x onerror=alert(1)>",
  }, { body: '{"html":"<script>alert(1)</script>"}' });
  await page.setViewportSize({ width: 1280, height: 2000 });
  await open(page, "#/schedules/whole");
  await shown().getByRole("table", { name: "Headers it forwards" }).getByText("<img src=x onerror=alert(1)>").waitFor();
  assert.equal(await shown().getByRole("region", { name: "Body" }).innerText(), '{\n  "html": "<script>alert(1)</script>"\n}');
  for (const text of ["1 m 30 s", "15 s", "4", "http://127.0.0.1:1/<b>callback</b>"]) {
    await shown().getByRole("definition").filter({ hasText: text }).first().waitFor();
  }
  await shown().getByText("parallelism 2, rate 10 per 60 s").waitFor();
  await check(page, "a whole schedule", ["light"]);
});

test("its messages are one click away, and each user has schedules of their own", async () => {
  const { page, destination } = it;
  await make("mine", "0 0 1 * *");
  await call("POST", "_dev/schedules/mine/trigger");
  await destination.received(1);
  await open(page, "#/schedules/mine");
  await shown().getByRole("link", { name: "Show messages" }).click();
  await page.getByRole("button", { name: "Schedule: mine" }).waitFor();
  await page.locator(".message-list tbody tr").getByText("/cron").waitFor();
  await open(page, "#/schedules/mine?user=testUser2");
  await shown().getByText("testUser2 has no schedule mine.").waitFor();
});

test("list and schedule at every size", async () => {
  const { page } = it;
  await make("wide", "CRON_TZ=America/Argentina/ComodRivadavia 0,5,10,15,20,25,30 9-17/2 1,15 * 1-5", { Label: "a,b,c" });
  await open(page, "#/schedules");
  await listed(page, "0,5,10").waitFor();
  await checkSizes(page, "schedules");
  await listed(page, "0,5,10").getByRole("link").click();
  const runs = shown().getByRole("table", { name: "Next runs" });
  await runs.waitFor();
  await checkSizes(page, "schedule", ["dark", "light"]);
  for (const width of [320, 768, 3840]) {
    await page.setViewportSize({ width, height: 900 });
    await eventually(async () => {
      const { right } = await runs.evaluate((table) => table.getBoundingClientRect());
      const ends = await runs.locator("td .whole").evaluateAll((spans) => spans.map((span) => span.getBoundingClientRect().right));
      return right <= width && Math.max(...ends) <= width;
    }, "the table of runs fits");
  }
});
