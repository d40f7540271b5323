// What is written is never lost, what is wrong is said beside its field, and everything works without a mouse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, addHeader, answerOf, builder, choose, describedBy, field, fill, openBuilder, send, wrong } from "./builder.mjs";
import { call, detail, eventually, open, publish, setUp } from "./support.mjs";

const it = setUp();
const press = (name) => builder(it.page).getByRole("button", { name, exact: true }).click();
const focused = () => it.page.evaluate(() => document.activeElement?.dataset.field);

test("what would not reach the server is said at once", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await choose(page, "Enqueue");
  await press("Enqueue");
  await wrong(page, "Destination", /Give a URL, or the name of a URL group/);
  await wrong(page, "Queue", /Name the queue/);
  await eventually(async () => (await focused()) === "queue");
  await choose(page, "Schedule");
  await press("Schedule");
  await wrong(page, "Cron expression", /Give a cron expression/);
  await choose(page, "Publish");
  await fill(page, { Destination: destination.url, Body: "%" });
  await field(page, "Body is").selectOption("bytes");
  await addHeader(page, "Headers that the destination gets", "a b", "1");
  await press("Publish");
  await wrong(page, "Body", /not base64/);
  await builder(page).getByText("Each header needs a name").waitFor();
  assert.deepEqual((await call("GET", "_dev/messages")).messages, []);
});

// The server's own words, beside the field that they are about.
const REFUSALS = [
  ["Destination", "nobody", /topic nobody not found/, 404],
  ["Destination", "ftp://x", /invalid scheme/],
  ["Retries", "many", /use a whole number of 0 or more \(got 'many'\)/],
  ["Retries", "99", /quota maxRetries exceeded, current limit: 5/, 412],
  ["Delay", "soon", /use a duration/],
  ["Delay", "999d", /quota maxDelay exceeded/, 412],
  ["Not before", "2099-01-01T00:00:00", /quota maxDelay exceeded/, 412],
  ["Timeout of an attempt", "0s", /above zero/],
  ["Delay between retries", "pow(", /Upstash-Retry-Delay/],
  ["Callback URL", "nowhere", /must begin with http:\/\/ or https:\/\//],
  ["Flow control key", "k", /at least one of parallelism/, 400, "Parallelism"],
  ["Parallelism", "2", /a key is needed/, 400, "Flow control key"],
  ["Headers by name", "[", /is not body, header or header\[Name\]/],
];

test("what the server refuses is said beside its field, and taken back when it is mended", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  for (const [name, value, told, status = 400, blamed = name] of REFUSALS) {
    await fill(page, { Destination: destination.url });
    await fill(page, { [name]: value });
    await press("Publish");
    it.expect(new RegExp(`status of ${status}`));
    await wrong(page, blamed, told);
    await eventually(async () => (await field(page, blamed).evaluate((element) => element === document.activeElement)));
    assert.match(await answerOf(page).getByRole("alert").innerText(), told);
    assert.match(await answerOf(page).innerText(), new RegExp(`HTTP status ${status}`));
    // Nothing of what was written is gone.
    if (name !== "Not before") assert.equal(await field(page, name).inputValue(), value);
    await fill(page, { [name]: "" });
    if (blamed === name) assert.equal(await field(page, name).getAttribute("aria-invalid"), null);
    assert.equal(await answerOf(page).innerText(), "");
  }
  assert.deepEqual((await call("GET", "_dev/messages")).messages, []);
});

test("a wrong schedule", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await choose(page, "Schedule");
  await fill(page, { Destination: destination.url, "Cron expression": "often" });
  await press("Schedule");
  it.expect(/status of 400/);
  await wrong(page, "Cron expression", /expected exactly 5 fields/);
  await fill(page, { "Cron expression": "* * * * *", "Time zone": "Mars/Base", "Schedule id": "a b" });
  await press("Schedule");
  it.expect(/status of 400/);
  await wrong(page, "Schedule id", /letters, digits/);
  await fill(page, { "Schedule id": "" });
  await press("Schedule");
  it.expect(/status of 400/);
  await wrong(page, "Time zone", /bad location/);
});

test("a group of options opens for what is wrong in it", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: destination.url, "Callback URL": "x" });
  const summary = builder(page).locator("summary").filter({ hasText: "Callbacks" });
  await summary.click();
  assert.ok(!(await field(page, "Callback URL").isVisible()));
  await builder(page).getByText("1 option set").waitFor();
  await press("Publish");
  it.expect(/status of 400/);
  await wrong(page, "Callback URL", /https/);
  assert.ok(await field(page, "Callback URL").isVisible());
});

test("the request of a batch that is wrong comes to the front", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: destination.url, Retries: "x" });
  await press("Add to batch");
  await fill(page, { Retries: "1" });
  await press("Send batch of 2");
  it.expect(/status of 400/);
  await wrong(page, "Retries", /whole number/);
  assert.match(await builder(page).getByRole("tab", { selected: true }).first().innerText(), /^1 .*\(error\)$/);
  assert.match(await answerOf(page).innerText(), /item 0 of the batch/);
  await fill(page, { Retries: "0" });
  await send(page, "Send batch of 2");
  await destination.received(2);
});

test("what is half-written survives other pages", async () => {
  const { page } = it;
  await openBuilder(page);
  await fill(page, { Destination: "http://half", Body: "half", Delay: "1", "Callback URL": "http://ca" });
  await addHeader(page, "Headers that the destination gets", "X-Half", "");
  await page.getByRole("link", { name: "Messages" }).click();
  await page.getByText("No messages yet").waitFor();
  await page.getByRole("link", { name: "Builder" }).click();
  const values = async (...names) => Promise.all(names.map((name) => field(page, name).inputValue()));
  assert.deepEqual(await values("Destination", "Body", "Delay", "Callback URL"), ["http://half", "half", "1", "http://ca"]);
  assert.equal(await builder(page).getByLabel("Name of header 1").first().inputValue(), "X-Half");
});

test("what a message replaces can be brought back", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url, "from a message");
  await openBuilder(page);
  await fill(page, { Body: "mine" });
  await open(page, `#/builder?from=${id}`);
  await eventually(async () => (await field(page, "Body").inputValue()) === "from a message");
  await press("Bring it back");
  assert.equal(await field(page, "Body").inputValue(), "mine");
  await press("Start over");
  assert.equal(await field(page, "Body").inputValue(), "");
  await press("Bring it back");
  assert.equal(await field(page, "Body").inputValue(), "mine");
});

test("a message that is gone says so, and leaves what is written", async () => {
  const { page } = it;
  await openBuilder(page);
  await fill(page, { Body: "mine" });
  await open(page, "#/builder?from=msg_none");
  it.expect(/status of 404/);
  await page.getByText("message msg_none not found").waitFor();
  assert.equal(await field(page, "Body").inputValue(), "mine");
});

for (const keys of ["Control+Enter", "Meta+Enter"]) {
  test(`${keys} sends, from wherever one writes`, async () => {
    const { page, destination } = it;
    await openBuilder(page);
    await fill(page, { Destination: destination.url, Body: "by keyboard" });
    await page.keyboard.press(keys);
    const [id] = await accepted(page);
    assert.equal((await detail(id)).message.body, "by keyboard");
    assert.equal(await field(page, "Body").inputValue(), "by keyboard");
  });
}

test("without a mouse: headers come and go, and the focus stays near", async () => {
  const { page } = it;
  await openBuilder(page);
  const rows = builder(page).getByRole("group", { name: "Headers that the destination gets" });
  await rows.getByRole("button", { name: "Add a header" }).focus();
  await page.keyboard.press("Enter");
  await eventually(() => rows.getByLabel("Name of header 1").evaluate((element) => element === document.activeElement));
  await page.keyboard.type("X-A");
  await page.keyboard.press("Tab");
  await page.keyboard.type("1");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await eventually(() => rows.getByRole("button", { name: "Add a header" }).evaluate((element) => element === document.activeElement));
  assert.equal(await rows.getByRole("textbox").count(), 0);
});

test("JSON is formatted on demand, and what is none is told of", async () => {
  const { page } = it;
  await openBuilder(page);
  await fill(page, { Body: '{"a":1' });
  assert.match(await describedBy(field(page, "Body")), /not JSON/);
  await fill(page, { Body: '{"a":1}' });
  assert.equal(await describedBy(field(page, "Body")), "");
  await press("Format the JSON");
  assert.equal(await field(page, "Body").inputValue(), '{\n  "a": 1\n}');
});
