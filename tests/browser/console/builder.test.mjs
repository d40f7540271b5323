// Everything that the builder can send, and what the server and the destination then have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, addHeader, answerOf, builder, choose, field, fill, openBuilder, send, unfold } from "./builder.mjs";
import { call, detail, eventually, idle, open, openMessage, panel, publish, setUp, stateOf } from "./support.mjs";

const it = setUp();

/** Every option that a message can have; each has a field of its own. */
async function fillAll(page, { url }) {
  await fill(page, {
    Destination: `${url}/a?b=c`,
    "Content type": "text/plain",
    Body: "hello ü",
    Retries: "2",
    "Timeout of an attempt": "30s",
    "Delay between retries": "pow(2, retried) * 1000",
    "Callback URL": `${url}/done`,
    "Failure callback URL": `${url}/failed`,
    "Flow control key": "key",
    Parallelism: "3",
    Rate: "10",
    Period: "1m",
    "Deduplication id": "once",
    Labels: "one, two",
    "Headers by name": "X-Secret",
  });
  await field(page, "Method").selectOption("PUT");
  await addHeader(page, "Headers that the destination gets", "X-Mine", "grün");
  await addHeader(page, "Headers that the destination gets", "X-Secret", "hidden");
  await field(page, "Its retries").first().fill("1");
  await field(page, "Its timeout").first().fill("5s");
  await field(page, "Its delay").first().fill("1h");
  await field(page, "Its method").first().selectOption("PATCH");
  await field(page, "Between its retries").last().fill("1000");
  await addHeader(page, "Headers that the callback gets", "X-Back", "yes");
}

const CALLBACKS = {
  callback: { method: "PATCH", retries: 1, delay: 3_600_000, timeout: 5000 },
  failureCallback: { method: "POST", retries: 2, retryDelay: "1000" },
};

test("a publish with every option", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fillAll(page, destination);
  const [id] = await send(page);
  const [request] = await destination.received(1);
  const { method, url, body, headers } = request;
  assert.deepEqual([method, url, body, headers["content-type"]], ["PUT", "/a?b=c", "hello ü", "text/plain"]);
  assert.equal(Buffer.from(headers["x-mine"], "latin1").toString(), "grün");
  const { message, options } = await detail(id);
  assert.deepEqual(
    [message.maxRetries, message.timeout, message.retryDelayExpression, message.flowControlKey, message.labels],
    [2, 30_000, "pow(2, retried) * 1000", "key", ["one", "two"]],
  );
  assert.deepEqual([message.parallelism, message.rate, message.period], [3, 10, 60]);
  assert.deepEqual([message.callback, message.failureCallback], [`${destination.url}/done`, `${destination.url}/failed`]);
  assert.deepEqual(message.callbackHeader ?? message.failureCallbackHeader, { "X-Back": ["yes"] });
  assert.deepEqual(options, {
    destination: `${destination.url}/a?b=c`,
    deduplicationId: "once",
    redact: ["header[x-secret]"],
    ...CALLBACKS,
  });
});

test("the answer leads to the message, and follows it", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: destination.url });
  const [id] = await send(page);
  await answerOf(page).getByText("Delivered").waitFor();
  await answerOf(page).getByText("HTTP status 201, as JSON").click();
  assert.equal(JSON.parse(await page.getByRole("region", { name: "Answer as JSON" }).innerText()).messageId, id);
  await answerOf(page).getByRole("link", { name: id }).click();
  await panel(page).getByText(destination.url).first().waitFor();
});

test("a duplicate says so", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: destination.url, Body: "same" });
  await field(page, "Deduplicate by content").check();
  const [id] = await send(page);
  await answerOf(page).getByText("1 message", { exact: true }).waitFor();
  await builder(page).getByRole("button", { name: "Publish", exact: true }).click();
  await answerOf(page).getByText("Duplicate: no new message").waitFor();
  assert.deepEqual(await accepted(page), [id]);
  await idle();
  assert.equal(destination.requests.length, 1);
});

test("into a queue, to every endpoint of a URL group; both names are offered", async () => {
  const { page, destination } = it;
  const endpoints = ["a", "b"].map((name) => ({ url: `${destination.url}/${name}` }));
  await call("POST", "v2/topics/group/endpoints", { json: { endpoints } });
  await call("POST", "v2/queues", { json: { queueName: "orders", parallelism: 1 } });
  await openBuilder(page);
  await choose(page, "Enqueue");
  const offered = (name) =>
    field(page, name).evaluate(({ list }) => [...list.options].map(({ value }) => value));
  await field(page, "Queue").focus();
  await eventually(async () => (await offered("Queue")).includes("orders"));
  assert.deepEqual(await offered("Destination"), ["group"]);
  await fill(page, { Queue: "orders", Destination: "group", Body: "x" });
  const ids = await send(page, "Enqueue");
  await destination.received(2);
  assert.deepEqual(destination.requests.map(({ url }) => url), ["/a", "/b"]);
  for (const id of ids) {
    const { message } = await detail(id);
    assert.deepEqual([message.queueName, message.topicName], ["orders", "group"]);
  }
});

test("a schedule in a zone of its own, through a queue", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Delay: "10s" });
  await choose(page, "Schedule");
  await fill(page, {
    "Cron expression": "0 4 * * *",
    "Time zone": "Europe/Berlin",
    "Schedule id": "nightly",
    "Queue (optional)": "nights",
    Destination: `${destination.url}/nightly`,
    Body: '{"n":1}',
    Labels: "night",
  });
  assert.deepEqual(await send(page, "Schedule"), ["nightly"]);
  const schedule = await call("GET", "v2/schedules/nightly");
  assert.deepEqual(
    [schedule.cron, schedule.queueName, schedule.delay, schedule.body, schedule.label, schedule.destination],
    ["CRON_TZ=Europe/Berlin 0 4 * * *", "nights", 10, '{"n":1}', "night", `${destination.url}/nightly`],
  );
  const link = answerOf(page).getByRole("link", { name: "nightly" });
  assert.equal(await link.getAttribute("href"), "#/schedules/nightly");
});

test("a delay, and a time that it is not to come before", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: destination.url, Delay: "1h" });
  const [delayed] = await send(page);
  await answerOf(page).getByText("Delayed").waitFor();
  const { message } = await detail(delayed);
  assert.equal(message.notBefore - message.createdAt, 3_600_000);
  const wanted = Math.floor(Date.now() / 1000 + 86_400) * 1000;
  await field(page, "Not before").fill(
    await page.evaluate((ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19), wanted),
  );
  await builder(page).getByRole("button", { name: "Publish", exact: true }).click();
  const second = await eventually(async () => (await accepted(page)).find((id) => id !== delayed));
  assert.equal((await detail(second)).message.notBefore, wanted);
});

test("several requests in one batch, each with options of its own", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: `${destination.url}/1`, Body: "one", Labels: "both" });
  await builder(page).getByRole("button", { name: "Add to batch" }).click();
  // The second begins as a copy of the first.
  assert.equal(await field(page, "Body").inputValue(), "one");
  assert.ok(await builder(page).getByRole("radio", { name: "Schedule" }).isDisabled());
  await fill(page, { Destination: `${destination.url}/2`, Body: "two" });
  await choose(page, "Enqueue");
  await fill(page, { Queue: "q" });
  await builder(page).getByRole("button", { name: "Add another" }).click();
  await builder(page).getByRole("button", { name: "Remove", exact: true }).click();
  const [first, second] = await send(page, "Send batch of 2");
  await destination.received(2);
  assert.deepEqual(destination.requests.map(({ url, body }) => [url, body]).sort(), [["/1", "one"], ["/2", "two"]]);
  assert.equal((await detail(first)).message.queueName, undefined);
  assert.equal((await detail(second)).message.queueName, "q");
  assert.deepEqual((await detail(second)).message.labels, ["both"]);
  await builder(page).getByRole("tab", { name: /^1 / }).click();
  assert.equal(await field(page, "Body").inputValue(), "one");
});

test("a message is edited and sent again", async () => {
  const { page, destination } = it;
  const original = await publish(`${destination.url}/a?b=[c]`, "before", {
    "Content-Type": "text/plain",
    "Forward-X-Mine": "1",
    Method: "PUT",
    Retries: "1",
    Label: "a,b",
    "Queue-Name": "q",
    Callback: `${destination.url}/done`,
    "Callback-Method": "PATCH",
    "Callback-Retries": "0",
    "Callback-Forward-X-Back": "2",
    "Failure-Callback": `${destination.url}/failed`,
    "Failure-Callback-Timeout": "9s",
    "Flow-Control-Key": "k",
    "Flow-Control-Value": "rate=5,period=30s",
    Timeout: "20s",
    "Retry-Delay": "1000",
  });
  await destination.received(2);
  const shown = await openMessage(page, original);
  await shown.getByRole("link", { name: "Edit and resend" }).click();
  await page.getByText("Filled from").waitFor();
  await fill(page, { Body: "after" });
  const [id] = await send(page, "Enqueue");
  await destination.received(4);
  const again = destination.requests.filter(({ url }) => url === "/a?b=[c]");
  assert.deepEqual(again.map(({ method, body }) => [method, body]), [["PUT", "before"], ["PUT", "after"]]);
  const told = async (one) => {
    const { message, options } = await detail(one);
    const { messageId, createdAt, notBefore, body, bodySize, ...same } = message;
    return { same, options };
  };
  assert.deepEqual(await told(id), await told(original));
});

test("bytes go out as they are, and nothing is added to them", async () => {
  const { page, destination } = it;
  const original = await publish(destination.url, Buffer.from([0xff, 0x00, 0xfe]));
  await destination.received(1);
  await open(page, `#/builder?from=${original}`);
  await eventually(async () => (await field(page, "Body").inputValue()) === "/wD+");
  assert.equal(await field(page, "Body is").inputValue(), "bytes");
  const [id] = await send(page);
  const [, request] = await destination.received(2);
  assert.equal(request.headers["content-type"], undefined);
  assert.equal((await detail(id)).message.bodyBase64, "/wD+");
});

test("a URL arrives as it was written", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  const url = `${destination.url}/a/../b|c/%2e?d={e}&upstash-retries=9&qstash_token=f`;
  await fill(page, { Destination: url });
  const [id] = await send(page);
  assert.equal((await detail(id)).message.url, url);
  assert.equal((await detail(id)).message.maxRetries, 3);
});

test("as each of the users", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: destination.url });
  for (const name of ["testUser1", "testUser2", "testUser3", "defaultUser"]) {
    await page.locator(".user select").selectOption(name);
    await builder(page).getByRole("button", { name: "Publish", exact: true }).click();
    const id = await eventually(async () => {
      const [found] = await accepted(page);
      return (await detail(found)).user === name && found;
    });
    await eventually(async () => (await stateOf(id)) === "DELIVERED");
  }
});

test("redaction hides from the lists what the destination gets", async () => {
  const { page, destination } = it;
  await openBuilder(page);
  await fill(page, { Destination: destination.url, Body: "secret" });
  const redaction = builder(page).getByRole("group", { name: "Redact in logs and lists" });
  await redaction.getByLabel("The body").check();
  await redaction.getByLabel("All headers").check();
  const [id] = await send(page);
  const [{ body }] = await destination.received(1);
  assert.equal(body, "secret");
  assert.deepEqual((await detail(id)).options.redact, ["body", "header"]);
  await open(page, `#/builder?from=${id}`);
  await page.getByText("Redacted values are not shown.").waitFor();
  await unfold(page, "Flow control, deduplication, labels and redaction");
  assert.ok(await redaction.getByLabel("All headers").isChecked());
});
