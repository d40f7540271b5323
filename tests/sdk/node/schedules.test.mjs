import assert from "node:assert/strict";
import { test } from "node:test";

import { client, refused } from "./support.mjs";

const destination = "https://app.internal/tick";

const create = async (request = {}) =>
  (await client.schedules.create({ destination, cron: "*/5 * * * *", ...request })).scheduleId;
const created = async (request) => client.schedules.get(await create(request));

test("create and get", async () => {
  const before = Date.now();
  const { scheduleId } = await client.schedules.create({ destination, cron: "  */5 * * * * " });
  assert.match(scheduleId, /^scd_\w+$/);
  const schedule = await client.schedules.get(scheduleId);
  assert.equal(schedule.scheduleId, scheduleId);
  assert.equal(schedule.cron, "*/5 * * * *");
  assert.equal(schedule.destination, destination);
  assert.equal(schedule.method, "POST");
  assert.equal(schedule.isPaused, false);
  assert.equal(schedule.retries, 3);
  assert.deepEqual(schedule.header, { "Content-Type": ["application/json"] });
  assert.ok(schedule.createdAt >= before - 1_000 && schedule.createdAt <= Date.now() + 1_000);
  assert.ok(schedule.nextScheduleTime > schedule.createdAt);
  assert.equal(schedule.nextScheduleTime % 300_000, 0);
  for (const name of ["body", "bodyBase64", "delay", "queueName", "callback", "flowControlKey", "label", "labels"]) {
    assert.equal(name in schedule, false, name);
  }
});

test("every option can be read back", async () => {
  const schedule = await created({
    method: "PUT",
    body: '{"n":1}',
    headers: { "Content-Type": "application/json", "X-One": "1", "x-two": "2" },
    delay: 10,
    retries: 5,
    retryDelay: "1000 * (1 + retried)",
    timeout: "30s",
    callback: "https://oz.internal/done?x=1",
    failureCallback: "https://oz.internal/failed",
    label: ["nightly", "report"],
    flowControl: { key: "nightly-key", parallelism: 5, rate: 10, period: "1d" },
  });
  assert.equal(schedule.method, "PUT");
  assert.equal(schedule.body, '{"n":1}');
  assert.deepEqual(schedule.header, { "Content-Type": ["application/json"], "X-One": ["1"], "X-Two": ["2"] });
  assert.equal(schedule.delay, 10);
  assert.equal(schedule.retries, 5);
  assert.equal(schedule.retryDelayExpression, "1000 * (1 + retried)");
  assert.equal(schedule.callback, "https://oz.internal/done?x=1");
  assert.equal(schedule.failureCallback, "https://oz.internal/failed");
  assert.equal(schedule.label, "nightly");
  assert.deepEqual(schedule.labels, ["nightly", "report"]);
  assert.equal(schedule.flowControlKey, "nightly-key");
  assert.deepEqual([schedule.parallelism, schedule.rate, schedule.ratePerSecond, schedule.period], [5, 10, 10, 86_400]);
  assert.equal(schedule.callerIP, "127.0.0.1");
});

test("a schedule may go through a queue", async () => {
  const schedule = await created({ queueName: "nightly" });
  assert.equal(schedule.queueName, "nightly");
});

test("a schedule may go to a URL group", async () => {
  await client.urlGroups.addEndpoints({ name: "nightly-group", endpoints: [{ url: destination }] });
  const schedule = await created({ destination: "nightly-group" });
  assert.equal(schedule.destination, "nightly-group");
});

test("a destination is kept as it was written", async () => {
  for (const url of ["https://app.internal", "http://localhost:3000/x?a=%2F&b=1"]) {
    assert.equal((await created({ destination: url })).destination, url);
  }
});

test("a body that is not text is shown in base64", async () => {
  const bytes = Buffer.from([0xff, 0x00, 0xfe]);
  const schedule = await created({ body: new Blob([bytes]) });
  assert.equal(schedule.bodyBase64, bytes.toString("base64"));
});

test("flow control with a parallelism only", async () => {
  const schedule = await created({ flowControl: { key: "k", parallelism: 2 } });
  assert.deepEqual([schedule.parallelism, schedule.rate, schedule.period], [2, undefined, 1]);
});

test("redacted fields are not shown", async () => {
  const schedule = await created({ body: "secret", headers: { "X-Key": "k" }, redact: { body: true, header: ["X-Key"] } });
  assert.match(schedule.body, /^REDACTED:[0-9a-f]{64}$/);
  assert.match(schedule.header["X-Key"][0], /^REDACTED:/);
  assert.deepEqual(schedule.header["Content-Type"], ["application/json"]);
});

test("an id of one's own is overwritten as a whole", async () => {
  const scheduleId = "my-schedule_1.x";
  assert.equal(await create({ scheduleId, body: "old", label: "old", retries: 1, delay: 5 }), scheduleId);
  assert.equal(await create({ scheduleId, cron: "0 4 * * *", method: "GET" }), scheduleId);
  const [schedule, ...others] = await client.schedules.list();
  assert.deepEqual(others, []);
  assert.deepEqual([schedule.scheduleId, schedule.cron, schedule.method], [scheduleId, "0 4 * * *", "GET"]);
  assert.deepEqual([schedule.body, schedule.label, schedule.delay, schedule.retries], [undefined, undefined, undefined, 3]);
});

test("list shows every schedule", async () => {
  assert.deepEqual(await client.schedules.list(), []);
  const ids = [await create(), await create({ flowControl: { key: "k", rate: 4 } })];
  const schedules = await client.schedules.list();
  assert.deepEqual(schedules.map(({ scheduleId }) => scheduleId).sort(), [...ids].sort());
  for (const schedule of schedules) assert.deepEqual(schedule, await client.schedules.get(schedule.scheduleId));
});

test("pause and resume", async () => {
  const schedule = await create();
  await client.schedules.pause({ schedule });
  assert.equal((await client.schedules.get(schedule)).isPaused, true);
  await client.schedules.pause({ schedule });
  await client.schedules.resume({ schedule });
  assert.equal((await client.schedules.get(schedule)).isPaused, false);
});

test("delete", async () => {
  const [kept, gone] = [await create(), await create()];
  await client.schedules.delete(gone);
  await refused(client.schedules.get(gone), 404, /not found/);
  assert.deepEqual((await client.schedules.list()).map(({ scheduleId }) => scheduleId), [kept]);
});

for (const cron of ["0 9-17 * * MON-FRI", "CRON_TZ=America/New_York 0 4 * * *", "@daily"]) {
  test(`cron ${cron}`, async () => {
    const schedule = await created({ cron });
    assert.equal(schedule.cron, cron);
    assert.ok(schedule.nextScheduleTime > Date.now());
  });
}

for (const [cron, text] of [
  ["", /./],
  ["every day", /Invalid cron expression/],
  ["61 * * * *", /Invalid cron expression/],
  ["CRON_TZ=Mars/Olympus * * * * *", /Invalid cron expression/],
]) {
  test(`cron "${cron}" is refused`, () => refused(create({ cron }), 400, text));
}

test("what cannot be a schedule is refused", async () => {
  await refused(create({ destination: "app.internal/tick" }), 400, /invalid/);
  await refused(create({ scheduleId: "two words" }), 400);
  await refused(create({ retryDelay: "1 +" }), 400);
  await refused(client.schedules.get("scd_unknown"), 404);
  await refused(client.schedules.pause({ schedule: "scd_unknown" }), 404);
  assert.deepEqual(await client.schedules.list(), []);
});
