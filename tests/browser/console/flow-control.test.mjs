// Flow control against a real server: what each key lets go on, and what each action does there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkSizes } from "./axe.mjs";
import { listed, pane, told, typeFirst } from "./lists.mjs";
import { call, eventually, idle, open, publish, setUp, verdict } from "./support.mjs";

const it = setUp();
const shown = () => pane(it.page, "Flow control key");
const key = (name) => call("GET", `v2/flowControl/${name}`);
const flow = (name, value, more = {}) =>
  publish(`${it.destination.url}/flow`, "", { "Flow-Control-Key": name, "Flow-Control-Value": value, ...more });
const lasting = { Retries: "1", "Retry-Delay": "3600000" };

test("without any, the page shows the command that makes the first one", async () => {
  const { page } = it;
  await open(page, "#/flow-control");
  await page.getByRole("heading", { name: "No flow control keys yet" }).waitFor();
  await page.getByRole("region", { name: "Command to run" }).getByText("Upstash-Flow-Control-Key: my-api").waitFor();
  await page.getByText(/^Calls in flight, with any key or none: 0 of 1,000$/).waitFor();
  await check(page, "no keys");
});

test("a key tells what waits for its period, and resetting the rate lets it go on", async () => {
  const { page, destination } = it;
  for (let n = 0; n < 5; n += 1) await flow("api", "rate=2,period=3600");
  await destination.received(2);
  await open(page, "#/flow-control");
  await listed(page, "api").locator("td.waiting", { hasText: /^3$/ }).waitFor();
  await listed(page, "api").getByRole("cell", { name: "2 of 2 per 1 h" }).waitFor();
  await listed(page, "api").click();
  await verdict(shown()).getByText(/are used up, next slot in /).waitFor();
  await verdict(shown()).getByText(/^Next in (1 h|59 m)/).waitFor();
  await check(page, "a key that waits", ["light"]);
  await shown().getByRole("button", { name: "Reset rate" }).click();
  await destination.received(4);
  await listed(page, "api").locator("td.waiting", { hasText: /^1$/ }).waitFor();
  assert.equal(destination.requests.length, 4);
});

test("paused, a key holds its messages; resumed, they go on", async () => {
  const { page, destination } = it;
  await flow("api", "parallelism=5");
  await destination.received(1);
  await open(page, "#/flow-control/api");
  await shown().getByRole("button", { name: "Pause" }).click();
  await told(page, "api is paused.");
  assert.equal((await key("api")).isPaused, true);
  for (let n = 0; n < 2; n += 1) await flow("api", "parallelism=5");
  await listed(page, "api").locator("td.waiting", { hasText: /^2$/ }).waitFor();
  assert.equal(destination.requests.length, 1);
  await shown().getByRole("button", { name: "Resume" }).click();
  await destination.received(3);
  await verdict(shown()).getByText(/^Nothing waits/).waitFor();
  assert.equal((await key("api")).isPaused, false);
});

test("limits are pinned against what messages say, and unpinned one by one", async () => {
  const { page } = it;
  await flow("api", "parallelism=5,rate=100,period=60");
  await idle();
  await open(page, "#/flow-control/api");
  const form = shown().getByRole("form", { name: "Pin" });
  await form.getByLabel("Parallelism").fill("2");
  await form.getByLabel("Rate").fill("7");
  await form.getByLabel("Period in seconds").fill("30");
  await form.getByRole("button", { name: "Pin" }).click();
  await told(page, "Limits of api are pinned.");
  const { parallelismMax, rateMax, ratePeriod, isPinnedParallelism, isPinnedRate } = await key("api");
  assert.deepEqual([parallelismMax, rateMax, ratePeriod, isPinnedParallelism, isPinnedRate], [2, 7, 30, true, true]);
  await flow("api", "parallelism=9,rate=9,period=9");
  await shown().getByRole("definition").getByText("7 per 30 s").waitFor();
  await check(page, "a pinned key");
  await shown().getByRole("button", { name: "Unpin parallelism" }).click();
  await shown().getByRole("button", { name: "Unpin parallelism" }).waitFor({ state: "detached" });
  assert.deepEqual([(await key("api")).isPinnedParallelism, (await key("api")).isPinnedRate], [false, true]);
  await shown().getByRole("button", { name: "Unpin rate" }).click();
  await shown().getByRole("button", { name: "Unpin rate" }).waitFor({ state: "detached" });
  assert.equal((await key("api")).isPinnedRate, false);
  assert.equal((await key("api")).rateMax, 7);
});

test("only one limit is pinned if the other is left empty, and none says what is missing", async () => {
  const { page } = it;
  await flow("api", "parallelism=5");
  await open(page, "#/flow-control/api");
  const form = shown().getByRole("form", { name: "Pin" });
  await form.getByRole("button", { name: "Pin" }).click();
  await form.getByRole("alert").getByText(/give parallelism, rate or both/).waitFor();
  it.expect(/status of 400/);
  await form.getByLabel("Parallelism").fill("3");
  await form.getByRole("button", { name: "Pin" }).click();
  await shown().getByRole("button", { name: "Unpin parallelism" }).waitFor();
  assert.deepEqual([(await key("api")).isPinnedParallelism, (await key("api")).isPinnedRate], [true, false]);
});

test("what is being typed stays when messages come and go", async () => {
  const { page, destination } = it;
  await flow("api", "parallelism=5");
  await open(page, "#/flow-control/api");
  const form = shown().getByRole("form", { name: "Pin" });
  await form.getByLabel("Rate").fill("12");
  destination.answers(500);
  await flow("api", "parallelism=6", lasting);
  await shown().getByText("0 of 6").waitFor();
  assert.equal(await form.getByLabel("Rate").inputValue(), "12");
});

test("a key is pinned before its first message", async () => {
  const { page } = it;
  await open(page, "#/flow-control");
  await page.getByRole("button", { name: "Pin a key" }).click();
  await typeFirst(page, "Key", "new_key.with-all");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Parallelism").fill("1");
  await check(page, "pin a key", ["dark"]);
  await dialog.getByRole("button", { name: "Pin" }).click();
  await shown().getByRole("heading", { name: "new_key.with-all" }).waitFor();
  const [made] = await call("GET", "v2/flowControl");
  assert.deepEqual([made.flowControlKey, made.parallelismMax], ["new_key.with-all", 1]);
  await page.reload();
  await shown().getByRole("button", { name: "Pause" }).click();
  await eventually(async () => (await call("GET", "v2/flowControl"))[0].isPaused);
});

test("its messages are one click away", async () => {
  const { page } = it;
  await flow("api", "parallelism=5");
  await open(page, "#/flow-control/api");
  await shown().getByRole("link", { name: "Show messages" }).click();
  await page.getByRole("button", { name: "Flow control key: api" }).waitFor();
  await page.locator(".message-list tbody tr").getByText("/flow").waitFor();
});

test("hundreds of keys are filtered as one types, and few rows are drawn", async () => {
  const { page } = it;
  for (let start = 0; start < 400; start += 50) {
    const pins = Array.from({ length: 50 }, (_, n) => call("POST", `v2/flowControl/key-${start + n}/pin?parallelism=1`));
    await Promise.all(pins);
  }
  await call("POST", "v2/flowControl/key-377/pause");
  await open(page, "#/flow-control");
  await page.getByText("400 flow control keys").waitFor();
  assert.ok((await page.locator(".virtual tbody tr:not(.gap)").count()) < 60);
  const names = await page.locator(".virtual tbody th a").allInnerTexts();
  assert.deepEqual(names.slice(0, 4), ["key-0", "key-1", "key-2", "key-3"]);
  await page.keyboard.press("/");
  await page.keyboard.type("77");
  await page.getByText("4 of 400 flow control keys").waitFor();
  await page.getByRole("button", { name: "Paused 1" }).click();
  await page.getByText("1 of 400 flow control keys").waitFor();
  assert.match(page.url(), /search=77/);
  assert.match(page.url(), /only=paused/);
  await page.reload();
  await listed(page, "key-377").waitFor();
  await page.getByRole("searchbox").fill("nothing like it");
  await page.getByRole("heading", { name: "None of the flow control keys matches" }).waitFor();
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await page.getByText("400 flow control keys").waitFor();
});

test("list and key at every size", async () => {
  const { page } = it;
  await call("POST", `v2/flowControl/${"a-long-key-".repeat(10)}/pin?parallelism=1&rate=5&period=90`);
  await open(page, "#/flow-control");
  await listed(page, "a-long-key").waitFor();
  await checkSizes(page, "keys", ["dark", "light"]);
  await listed(page, "a-long-key").getByRole("link").click();
  await shown().getByRole("button", { name: "Unpin rate" }).waitFor();
  await checkSizes(page, "key");
});
