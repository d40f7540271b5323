// The messages page against a real server and a real destination: what it shows, and what each action does there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkSizes } from "./axe.mjs";
import { told } from "./lists.mjs";
import {
  advance,
  call,
  detail,
  eventually,
  hangingServer,
  idle,
  open,
  openMessage,
  panel,
  publish,
  row,
  server,
  setUp,
  stateOf,
  verdict,
} from "./support.mjs";

const it = setUp();

test("deliveries show as they happen", async () => {
  const { page, destination } = it;
  await open(page);
  await page.getByRole("heading", { name: "No messages yet" }).waitFor();
  const id = await publish(`${destination.url}/orders`, "hello");
  await row(page, id).getByText("Delivered").waitFor();
  await row(page, id).getByText("1/4", { exact: true }).waitFor();
  await row(page, id).getByRole("cell", { name: /^200 · \d+ ms$/ }).waitFor();
  destination.answers(500);
  const failing = await publish(`${destination.url}/fails`, "", { Retries: "0" });
  await row(page, failing).getByText("Failed").waitFor();
  await page.getByLabel("Message counts").getByText("Failed1").waitFor();
  assert.equal(destination.requests.length, 2);
});

test("what waits shows when it is due, and that it does", async () => {
  const { page, destination } = it;
  await open(page);
  const id = await publish(destination.url, "", { Delay: "2h" });
  await row(page, id).getByText("Delayed").waitFor();
  await row(page, id).getByText(/^in [12] h$/).waitFor();
  assert.equal(destination.requests.length, 0);
});

test("search and filters are in the address, and stay when it is loaded again", async () => {
  const { page, destination } = it;
  const needle = await publish(`${destination.url}/a`, "a needle in the hay", { Label: "nightly" });
  const other = await publish(`${destination.url}/b`, "", { Delay: "1h" });
  await idle();
  await open(page);
  await row(page, other).waitFor();
  await page.getByRole("searchbox").fill("NEEDLE");
  await row(page, other).waitFor({ state: "detached" });
  await row(page, needle).waitFor();
  assert.match(page.url(), /search=NEEDLE/);
  await page.reload();
  await row(page, needle).waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "NEEDLE");
  assert.equal(await row(page, other).count(), 0);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("button", { name: "Waiting" }).click();
  await row(page, needle).waitFor({ state: "detached" });
  await row(page, other).waitFor();
  assert.match(page.url(), /state=CREATED/);
  await page.goBack();
  await row(page, needle).waitFor();
});

test("filters by one exact value can be put in and taken out", async () => {
  const { page, destination } = it;
  const labelled = await publish(destination.url, "", { Label: "a" });
  const other = await publish(destination.url, "", { Label: "ab" });
  await open(page);
  await row(page, other).waitFor();
  await page.getByText("More filters").click();
  await page.getByLabel("Filter by").selectOption("Label");
  await page.getByLabel("Value").fill("a");
  await page.getByRole("button", { name: "Add filter" }).click();
  await row(page, other).waitFor({ state: "detached" });
  await row(page, labelled).waitFor();
  await page.getByRole("button", { name: "Label: a" }).click();
  await row(page, other).waitFor();
});

test("a filtered list gains what comes to fit", async () => {
  const { page, destination } = it;
  await open(page, "#/messages?state=FAILED");
  await page.getByText("No message matches").waitFor();
  destination.answers(500);
  const id = await publish(destination.url, "", { Retries: "0" });
  await row(page, id).waitFor();
});

test("an attempt is shown as it was sent and answered, with a hint", async () => {
  const { page, destination } = it;
  destination.answers({ status: 401, body: '{"error":"invalid signature"}', headers: { "X-From-App": "yes" } });
  const id = await publish(`${destination.url}/hook`, '{"order":42}', {
    "Content-Type": "application/json",
    "Forward-X-Mine": "mine",
    Retries: "0",
  });
  await idle();
  await open(page);
  await row(page, id).click();
  const shown = panel(page);
  await shown.getByText(/QSTASH_CURRENT_SIGNING_KEY/).waitFor();
  const sent = shown.getByRole("table", { name: "Request headers" });
  const signature = destination.requests[0].headers["upstash-signature"];
  await sent.getByText(signature).waitFor();
  await sent.getByText("mine", { exact: true }).waitFor();
  assert.equal(await shown.getByLabel("Request body").innerText(), '{\n  "order": 42\n}');
  await shown.getByRole("button", { name: "Show as sent" }).first().click();
  assert.equal(await shown.getByLabel("Request body").innerText(), '{"order":42}');
  await shown.getByRole("table", { name: "Response headers" }).getByText("yes", { exact: true }).waitFor();
  await shown.getByLabel("Response body").getByText("invalid signature").waitFor();
});

test("the verdict says once why it failed, and what would help", async () => {
  const { page, destination } = it;
  destination.answers({ status: 500, body: '{"error":"card_declined"}', headers: { "Content-Type": "application/json" } });
  const id = await publish(destination.url, "", { Retries: "0" });
  await idle();
  const shown = await openMessage(page, id);
  const { sentence, todo } = (await detail(id)).verdict;
  await verdict(shown).getByText(/^Gave up after 1 try, HTTP 500: card_declined; dead letter /).waitFor();
  assert.ok((await verdict(shown).innerText()).includes(sentence.slice(1)));
  await verdict(shown).getByText(todo.slice(1)).waitFor();
  assert.equal(await shown.locator(".attempts .explained").count(), 0);
  await checkSizes(page, "a verdict");
});

test("a message behind another one names it, with the time when it goes on", async () => {
  const { page, destination } = it;
  destination.answers(500);
  await call("POST", "v2/queues", { json: { queueName: "q", parallelism: 1 } });
  const enqueue = async () => (await call("POST", `v2/enqueue/q/${destination.url}`, { headers: { "Upstash-Retry-Delay": "3600000" } })).messageId;
  const first = await enqueue();
  await idle();
  const second = await enqueue();
  const shown = await openMessage(page, second);
  await verdict(shown).getByText(`2nd in queue q, behind ${first}`).waitFor();
  const next = verdict(shown).getByText(/^Next in 59 m \d+ s$/);
  await next.waitFor();
  const before = await next.innerText();
  await eventually(async () => (await next.innerText()) !== before, "it counts down");
  await verdict(shown).getByRole("link", { name: first }).click();
  await panel(page).getByRole("heading", { name: first }).waitFor();
  await verdict(panel(page)).getByText(/^Try 1 of 4 failed/).waitFor();
});

test("a call in flight is aborted as a failed attempt", async () => {
  const { page } = it;
  const hanging = await hangingServer();
  const id = await publish(hanging.url, "", { "Retry-Delay": "3600000" });
  const shown = await openMessage(page, id);
  await verdict(shown).getByText(/^Try 1 of 4 is in flight/).waitFor();
  const took = await verdict(shown).innerText();
  await eventually(async () => (await verdict(shown).innerText()) !== took, "it goes on to tell how long it takes");
  await check(page, "in flight");
  await shown.getByRole("button", { name: "Abort the call", exact: true }).click();
  await told(page, "The call is aborted, as a failed attempt.");
  await eventually(async () => (await stateOf(id)) === "RETRY");
  assert.equal((await detail(id)).attempts[0].failureReason, "aborted");
  await shown.getByRole("button", { name: "Abort the call", exact: true }).waitFor({ state: "detached" });
  hanging.stop();
});

test("a message in flight is cancelled with its call", async () => {
  const { page } = it;
  const hanging = await hangingServer();
  const id = await publish(hanging.url);
  const shown = await openMessage(page, id);
  await shown.getByRole("button", { name: "Cancel and abort the call" }).click();
  await eventually(async () => (await stateOf(id)) === "CANCELED");
  await shown.locator(".what").getByText("Cancelled").waitFor();
  hanging.stop();
});

test("an answer that breaks off is shown as far as it came, and says so", async () => {
  const { page } = it;
  const { url, stop } = await server((_, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("the beginning", () => response.destroy());
  });
  const id = await publish(url, "", { Retries: "0" });
  await idle();
  const shown = await openMessage(page, id);
  await shown.getByText("Partial answer", { exact: true }).waitFor();
  await shown.getByLabel("Response body").getByText("the beginning").waitFor();
  await check(page, "a partial answer");
  stop();
});

test("an open message follows what happens to it", async () => {
  const { page, destination } = it;
  destination.answers(500, 200);
  const id = await publish(destination.url, "", { "Retry-Delay": "3600000" });
  const shown = await openMessage(page, id);
  await shown.getByText("Retrying").first().waitFor();
  await advance({ by: "1h" });
  await shown.getByText("Attempt 2", { exact: true }).waitFor();
  await shown.locator(".what").getByText("Delivered").waitFor();
});

test("the timeline tells every event", async () => {
  const { page, destination } = it;
  destination.answers(500, 200);
  const id = await publish(destination.url, "", { "Retry-Delay": "1" });
  await eventually(async () => (await stateOf(id)) === "DELIVERED");
  const shown = await openMessage(page, id);
  await shown.getByRole("tab", { name: "Timeline" }).click();
  await shown.getByRole("table").waitFor();
  const events = await shown.locator(".timeline tbody tr td:first-child").allInnerTexts();
  assert.deepEqual(events, ["Created", "In flight", "Error", "Retrying", "In flight", "Delivered"]);
  assert.match(page.url(), /tab=timeline/);
});

test("every claim of the signature is checked", async () => {
  const { page, destination } = it;
  const id = await publish(`${destination.url}/signed`, "body");
  await idle();
  const shown = await openMessage(page, id, "?tab=signature");
  await shown.getByText("A receiver with the signing keys of this user accepts it.").waitFor();
  const claims = await shown.locator(".claims tbody th").allInnerTexts();
  assert.deepEqual(claims, ["alg", "signature", "iss", "sub", "body", "iat", "nbf", "exp", "jti"]);
  await shown.getByRole("cell", { name: `${destination.url}/signed` }).waitFor();
  for (let times = 0; times < 2; times += 1) await call("POST", "v2/keys/rotate");
  await page.reload();
  await shown.getByText("Not valid").waitFor();
  await shown.getByText("were they rotated?").waitFor();
});

test("deliver now does not wait for the delay", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url, "now", { Delay: "1h" });
  const shown = await openMessage(page, id);
  await shown.getByText(/^Delayed: due in/).waitFor();
  await shown.getByRole("button", { name: "Deliver now" }).click();
  const [request] = await destination.received(1);
  assert.equal(request.body, "now");
  await shown.locator(".what").getByText("Delivered").waitFor();
  assert.equal(await shown.getByRole("button", { name: "Deliver now" }).getAttribute("aria-disabled"), "true");
});

test("cancel keeps it from being delivered", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url, "", { Delay: "1h" });
  const shown = await openMessage(page, id);
  await shown.getByRole("button", { name: "Cancel" }).click();
  await shown.locator(".what").getByText("Cancelled").waitFor();
  assert.equal(await stateOf(id), "CANCELED");
  await advance({ by: "2h" });
  assert.equal(destination.requests.length, 0);
});

test("an action that comes too late says what the server said", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url, "", { Delay: "1h" });
  const shown = await openMessage(page, id);
  const button = shown.getByRole("button", { name: "Cancel" });
  await button.waitFor();
  // The page learns of it too late.
  await page.route("**/_dev/messages/*/cancel", async (route) => {
    await call("POST", `_dev/messages/${id}/cancel`);
    await route.continue();
  });
  await button.click();
  await page.getByRole("alert").getByText(`message ${id} cannot be cancelled: it is CANCELED`).waitFor();
  it.expect(/409/);
});

test("replay publishes the same once more and goes to the new message", async () => {
  const { page, destination } = it;
  const id = await publish(`${destination.url}/again`, "same", { "Forward-X-Mine": "kept" });
  await idle();
  const shown = await openMessage(page, id);
  await shown.getByRole("button", { name: "Replay" }).click();
  const [, second] = await destination.received(2);
  assert.deepEqual([second.url, second.body, second.headers["x-mine"]], ["/again", "same", "kept"]);
  await page.waitForURL((url) => !url.hash.includes(id));
  const again = /msg_\w+/.exec(page.url())[0];
  assert.deepEqual((await detail(again)).parent, {
    relation: "replay",
    messageId: id,
    state: "DELIVERED",
    url: `${destination.url}/again`,
  });
  await shown.getByText("Replay of").waitFor();
  await shown.getByRole("link", { name: id }).click();
  await shown.getByText("Replay:").waitFor();
});

test("callbacks and what they report on lead to each other", async () => {
  const { page, destination } = it;
  const id = await publish(`${destination.url}/work`, "", { Callback: `${destination.url}/told` });
  await idle();
  const shown = await openMessage(page, id);
  await shown.getByText("Callback:").waitFor();
  await shown.locator(".kin a").click();
  await shown.getByText("Callback of").waitFor();
  await shown.getByRole("link", { name: id }).click();
  await shown.locator(".what").getByText(`${destination.url}/work`).waitFor();
});

test("edit and resend opens the builder with the message", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url);
  const shown = await openMessage(page, id);
  await shown.getByRole("link", { name: "Edit and resend" }).click();
  await page.waitForURL((url) => url.hash === `#/builder?from=${id}`);
});

test("a body that is long is cut, and shown whole when asked", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url, "x".repeat(100_000));
  await idle();
  const shown = await openMessage(page, id);
  await shown.getByText("97.7 KB, of which the beginning is shown").waitFor();
  assert.equal((await shown.getByLabel("Request body").innerText()).length, 65_536);
  await shown.getByRole("button", { name: "Show all of it" }).click();
  await shown.getByText("97.7 KB, of which").waitFor({ state: "detached" });
  assert.equal((await shown.getByLabel("Request body").innerText()).length, 100_000);
});

test("a message that is not known is said to be so", async () => {
  await open(it.page, "#/messages/msg_none");
  await panel(it.page).getByText("message msg_none not found").waitFor();
  it.expect(/404/);
});
