// Queues against a real server: what stands where, and what each action does there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkSizes } from "./axe.mjs";
import { confirm, escapeAsItShows, listed, listHasFocus, pane, told, typeFirst } from "./lists.mjs";
import { call, clipboard, detail, idle, open, setUp, TOKEN, verdict } from "./support.mjs";

const it = setUp();
const shown = () => pane(it.page, "Queue");
const queue = (name) => call("GET", `v2/queues/${name}`);
const make = (queueName, parallelism = 1) => call("POST", "v2/queues", { json: { queueName, parallelism } });
const enqueue = (name, url, headers = {}) => call("POST", `v2/enqueue/${name}/${url}`, { headers });

test("without any, the page shows the command that makes the first one", async () => {
  const { page } = it;
  await open(page, "#/queues");
  await page.getByRole("heading", { name: "No queues yet" }).waitFor();
  await check(page, "no queues");
  await page.getByRole("button", { name: "Copy the command" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const command = await clipboard(page);
  assert.ok(command.includes(`Bearer ${TOKEN}`) && command.includes(process.env.QSTASH_URL), command);
  const { execFileSync } = await import("node:child_process");
  execFileSync("sh", ["-c", command.replace("curl", "curl -sf")]);
  await listed(page, "orders").getByText("parallelism 2").waitFor();
  assert.equal((await queue("orders")).parallelism, 2);
});

test("a queue is made, and opened", async () => {
  const { page } = it;
  await open(page, "#/queues");
  await page.getByRole("button", { name: "New queue" }).click();
  const form = page.getByRole("form", { name: "New queue" });
  await typeFirst(page, "Name", "emails");
  await form.getByLabel("Parallelism").fill("3");
  await check(page, "new queue", ["light"]);
  await form.getByRole("button", { name: "Create" }).click();
  await shown().getByRole("heading", { name: "emails" }).waitFor();
  assert.match(page.url(), /#\/queues\/emails$/);
  assert.equal((await queue("emails")).parallelism, 3);
});

test("what the server has against it stands in the form, and what was typed stays", async () => {
  const { page } = it;
  await open(page, "#/queues");
  await page.getByRole("button", { name: "New queue" }).click();
  const form = page.getByRole("form", { name: "New queue" });
  await form.getByLabel("Name").fill("no spaces");
  await form.getByRole("button", { name: "Create" }).click();
  await form.getByRole("alert").getByText(/queueName/).waitFor();
  assert.equal(await form.getByLabel("Name").inputValue(), "no spaces");
  assert.deepEqual(await call("GET", "v2/queues"), []);
  it.expect(/status of 400/);
});

test("paused, messages wait; resumed, they are delivered", async () => {
  const { page, destination } = it;
  await make("orders");
  await open(page, "#/queues/orders");
  await shown().getByRole("button", { name: "Pause" }).click();
  await told(page, "Queue orders is paused.");
  assert.equal((await queue("orders")).paused, true);
  for (let n = 0; n < 3; n += 1) await enqueue("orders", destination.url);
  await listed(page, "orders").locator("td.waiting", { hasText: /^3$/ }).waitFor();
  await verdict(shown()).getByText(/^Queue is paused since .*: resume it; 3 wait\.$/).waitFor();
  await check(page, "a paused queue", ["light"]);
  assert.equal(destination.requests.length, 0);
  await shown().getByRole("button", { name: "Resume" }).click();
  await destination.received(3);
  await verdict(shown()).getByText("Nothing waits in the queue and nothing is delivered.").waitFor();
  assert.equal((await queue("orders")).paused, false);
});

test("what waits for its retry is in progress, and keeps its place", async () => {
  const { page, destination } = it;
  destination.answers(500);
  await make("orders", 2);
  for (let n = 0; n < 5; n += 1) {
    await enqueue("orders", destination.url, { "Upstash-Retries": "1", "Upstash-Retry-Delay": "3600000" });
  }
  await idle();
  await open(page, "#/queues");
  await listed(page, "orders").getByRole("cell", { name: "2 of 2" }).waitFor();
  await listed(page, "orders").locator("td.waiting", { hasText: /^3$/ }).waitFor();
  await listed(page, "orders").click();
  const found = verdict(shown());
  await found.getByText(/^3 wait behind msg_/).waitFor();
  await found.getByText(/^Next in (1 h|59 m)/).waitFor();
  const blocker = found.getByRole("link");
  assert.equal((await detail(await blocker.innerText())).summary.state, "RETRY");
  assert.match(await blocker.getAttribute("href"), /#\/messages\/msg_/);
  await check(page, "a busy queue", ["dark"]);
});

test("a higher parallelism lets more go on at once", async () => {
  const { page, destination } = it;
  await make("orders");
  destination.answers(500);
  for (let n = 0; n < 4; n += 1) {
    await enqueue("orders", destination.url, { "Upstash-Retries": "1", "Upstash-Retry-Delay": "3600000" });
  }
  await idle();
  assert.equal(destination.requests.length, 1);
  await open(page, "#/queues/orders");
  await shown().getByLabel("Messages at once").fill("3");
  await shown().getByRole("button", { name: "Set" }).click();
  await destination.received(3);
  await listed(page, "orders").getByRole("cell", { name: "3 of 3" }).waitFor();
  assert.equal((await queue("orders")).parallelism, 3);
  assert.equal(await shown().getByLabel("Messages at once").inputValue(), "3");
  await shown().getByLabel("Messages at once").fill("99");
  await shown().getByRole("button", { name: "Set" }).click();
  await shown().getByRole("alert").getByText(/maxParallelism/).waitFor();
  it.expect(/status of 412/);
});

test("deleting asks first, and cancels what waits", async () => {
  const { page, destination } = it;
  await make("orders");
  await call("POST", "v2/queues/orders/pause");
  await enqueue("orders", destination.url);
  await open(page, "#/queues/orders");
  await shown().getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByText(/cancelled, 1 message now/).waitFor();
  await check(page, "delete a queue", ["dark"]);
  await confirm(page, "Keep it");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await queue("orders")).lag, 1);
  await shown().getByRole("button", { name: "Delete" }).click();
  await confirm(page, "Delete");
  await page.getByRole("heading", { name: "No queues yet" }).waitFor();
  assert.deepEqual(await call("GET", "v2/queues"), []);
  const { messages } = await call("GET", "_dev/messages?queueName=orders");
  assert.deepEqual(messages.map(({ state }) => state), ["CANCELED"]);
});

test("its messages are one click away", async () => {
  const { page, destination } = it;
  await enqueue("orders", `${destination.url}/in-the-queue`);
  await open(page, "#/queues/orders");
  await shown().getByRole("link", { name: "Show messages" }).click();
  await page.getByRole("button", { name: "Queue: orders" }).waitFor();
  await page.locator(".message-list tbody tr").getByText("/in-the-queue").waitFor();
});

test("j, k, Enter and Escape go through the list, and the focus comes back to it", async () => {
  const { page } = it;
  for (const name of ["a", "b", "c"]) await make(name);
  await open(page, "#/queues");
  await listed(page, "c").waitFor();
  const current = (name) => page.locator('tr[aria-current="true"]').filter({ has: page.getByRole("link", { name, exact: true }) }).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await current("b");
  await page.keyboard.press("k");
  await current("a");
  await page.keyboard.press("Enter");
  await shown().getByRole("heading", { name: "a", exact: true }).waitFor();
  await page.keyboard.press("j");
  await shown().getByRole("heading", { name: "b", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await shown().waitFor({ state: "detached" });
  await current("b");
  await listHasFocus(page);
});

test("a pane that is closed as soon as it shows gives the focus back as well", async () => {
  const { page } = it;
  await make("a");
  await open(page, "#/queues");
  await listed(page, "a").waitFor();
  await page.keyboard.press("j");
  await escapeAsItShows(page);
  await page.keyboard.press("Enter");
  await listHasFocus(page);
  await shown().waitFor({ state: "detached" });
});

test("queues that others make show by themselves, each user's own", async () => {
  const { page } = it;
  await open(page, "#/queues");
  await page.getByRole("heading", { name: "No queues yet" }).waitFor();
  await make("made-elsewhere");
  await listed(page, "made-elsewhere").waitFor();
  await page.getByRole("combobox", { name: "User" }).selectOption("testUser1");
  await page.getByRole("heading", { name: "No queues yet" }).waitFor();
  await open(page, "#/queues/made-elsewhere?user=testUser1");
  await shown().getByText("testUser1 has no queue made-elsewhere.").waitFor();
});

test("list and queue at every size", async () => {
  const { page } = it;
  await make("a-queue-with-a-name-that-is-much-longer-than-anybody-would-expect.of-a-queue");
  await open(page, "#/queues");
  await listed(page, "a-queue").waitFor();
  await checkSizes(page, "queues");
  await listed(page, "a-queue").getByRole("link").click();
  await shown().getByRole("button", { name: "Pause" }).waitFor();
  await checkSizes(page, "queue", ["dark", "light"]);
});
