// Inboxes: what they catch, and what they are told to answer.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { check, fits } from "./axe.mjs";
import { listHasFocus } from "./lists.mjs";
import { beginAnew, call, clipboard, eventually, idle, open, publish, SERVER, setUp, stateOf } from "./support.mjs";

const it = setUp();
let made = 0;
/** A name of its own for each test: a reset empties inboxes, but keeps their names. */
const fresh = (name) => `${name}-${(made += 1)}`;
const inbox = (name) => `${SERVER}/_dev/inbox/${name}`;
const requests = (page) => page.getByRole("region", { name: "List of requests" });
const request = (page) => page.getByRole("region", { name: "Request", exact: true });
const answer = (page, number) => page.getByRole("listitem", { name: `Answer ${number}`, exact: true });
const script = async (name) => (await call("GET", `_dev/inboxes/${name}/script`)).script;

async function answersOf(name, times) {
  const statuses = [];
  for (let time = 0; time < times; time += 1) {
    statuses.push((await fetch(inbox(name), { method: "POST" }).catch(() => ({ status: 0 }))).status);
  }
  return statuses;
}

async function openAnswers(name) {
  await open(it.page, `#/inbox/${name}?tab=answers`);
  await answer(it.page, 1).waitFor();
}

async function addAnswer(name) {
  await it.page.getByRole("button", { name: "Add an answer" }).click();
  await it.page.getByRole("menuitem", { name }).click();
}

const save = () => it.page.getByRole("button", { name: "Answer like this" }).click();
const saved = () => it.page.getByText("The inbox gives these answers from its next request on.").first().waitFor();

test("the first request makes an inbox, by the command that the page shows", async () => {
  const { page } = it;
  const name = fresh("first");
  await open(page, "#/inbox");
  await page.getByLabel("Name of an inbox").fill("not a name");
  await page.getByLabel("Name of an inbox").press("Enter");
  await page.getByText("Use 1 to 256 letters, digits").waitFor();
  await page.getByLabel("Name of an inbox").fill(name);
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByText("No requests yet").waitFor();
  const run = spawnSync("bash", ["-c", await page.getByLabel("Command to run").innerText()], { encoding: "utf8" });
  const { messageId } = JSON.parse(run.stdout);
  await requests(page).getByText(messageId).waitFor();
  await page.getByRole("link", { name: "All inboxes" }).click();
  await page.getByRole("row", { name: new RegExp(`^${name} `) }).getByRole("cell", { name: "1", exact: true }).waitFor();
});

test("a request is shown as it came, and leads to its message", async () => {
  const { page } = it;
  const name = fresh("orders");
  const id = await publish(`${inbox(name)}/new?a=1`, '{"order":42}', {
    "Content-Type": "application/json",
    "Forward-X-Mine": "mine",
    Method: "PUT",
  });
  await idle();
  await open(page, `#/inbox/${name}`);
  await requests(page).getByRole("link", { name: "PUT /new?a=1" }).click();
  const shown = request(page);
  await shown.locator(".what").getByText("Signed").waitFor();
  await shown.getByText("A receiver with the signing keys of the user accepts it.").waitFor();
  const [captured] = (await call("GET", `_dev/inboxes/${name}`)).requests;
  await shown.getByText(captured.claims.jti, { exact: true }).waitFor();
  await shown.getByRole("row", { name: /^X-Mine/ }).getByRole("cell", { name: "mine" }).waitFor();
  assert.equal(await shown.getByLabel("Body", { exact: true }).innerText(), '{\n  "order": 42\n}');
  assert.match(page.url(), new RegExp(`#/inbox/${name}/\\d+$`));
  await page.reload();
  await shown.getByRole("link", { name: id }).click();
  await page.getByRole("region", { name: "Message", exact: true }).getByRole("heading", { name: id }).waitFor();
});

test("who calls without a signature, or with a wrong one, is told apart", async () => {
  const { page } = it;
  const name = fresh("signed");
  await open(page, `#/inbox/${name}`);
  await fetch(`${inbox(name)}/none`, { method: "POST" });
  await fetch(`${inbox(name)}/wrong`, { method: "POST", headers: { "Upstash-Signature": "a.b.c" } });
  const row = (target) => requests(page).getByRole("row").filter({ hasText: target });
  await row("/none").getByText("Unsigned").waitFor();
  await row("/wrong").getByText("Not valid").waitFor();
});

test("attempts of one message arrive as they are made", async () => {
  const { page } = it;
  const name = fresh("retries");
  await call("PUT", `_dev/inboxes/${name}/script`, { json: { script: [500, 200] } });
  await open(page, `#/inbox/${name}`);
  await page.getByText("No requests").waitFor();
  await publish(inbox(name), "x", { "Retry-Delay": "1" });
  await requests(page).getByText("attempt 2").waitFor();
  assert.equal(await requests(page).getByRole("row").count(), 3);
});

test("keys go through the requests, and Escape closes the open one", async () => {
  const { page } = it;
  const name = fresh("keys");
  for (const path of ["a", "b"]) await fetch(`${inbox(name)}/${path}`);
  // Another inbox may have had a chosen request with the same number.
  beginAnew();
  await open(page, `#/inbox/${name}`);
  await requests(page).getByText("/b").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await request(page).getByText(`${inbox(name)}/a`).first().waitFor();
  await page.keyboard.press("k");
  await request(page).getByText(`${inbox(name)}/b`).first().waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Close the request").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await request(page).waitFor({ state: "detached" });
  await listHasFocus(page);
});

test("clearing forgets the requests and keeps the answers", async () => {
  const { page } = it;
  const name = fresh("clear");
  await call("PUT", `_dev/inboxes/${name}/script`, { json: { script: [418] } });
  await answersOf(name, 2);
  await open(page, `#/inbox/${name}`);
  await page.getByText("2 requests").waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("No requests").waitFor();
  assert.equal((await call("GET", `_dev/inboxes/${name}`)).received, 0);
  assert.deepEqual(await script(name), [{ status: 418 }]);
  await fetch(`${inbox(name)}/after`);
  await requests(page).getByText("/after").waitFor();
});

test("the address can be copied", async () => {
  const { page } = it;
  const name = fresh("copy");
  await open(page, `#/inbox/${name}`);
  await page.getByRole("button", { name: "Copy the address" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await clipboard(page), inbox(name));
});

test("answers are added, changed, moved and removed, and the inbox then answers so", async () => {
  const { page } = it;
  const name = fresh("script");
  await openAnswers(name);
  await addAnswer("500, as when the app fails");
  await addAnswer("429 with Retry-After");
  await addAnswer("No answer: reset the connection");
  await answer(page, 1).getByLabel("Status").fill("201");
  await answer(page, 1).getByLabel("Body", { exact: true }).selectOption("JSON");
  await answer(page, 1).getByLabel("Content of the body").fill('{"ok": true}');
  await answer(page, 1).getByLabel("Headers").fill("X-One: 1\nX-Two: a:b");
  await answer(page, 3).getByRole("button", { name: "Earlier" }).click();
  await answer(page, 4).getByRole("button", { name: "Earlier" }).click();
  await answer(page, 4).getByRole("button", { name: "Remove" }).click();
  await save();
  await saved();
  assert.deepEqual(await script(name), [
    { status: 201, body: '{"ok":true}', headers: { "Content-Type": "application/json", "X-One": "1", "X-Two": "a:b" } },
    { status: 429, headers: { "Retry-After": "60" } },
    { status: 200, drop: true },
  ]);
  const first = await fetch(inbox(name));
  assert.deepEqual([first.status, first.headers.get("x-two"), await first.json()], [201, "a:b", { ok: true }]);
  assert.deepEqual(await answersOf(name, 3), [429, 0, 0]);
  await answer(page, 1).getByText("to every request").waitFor();
});

test("what the server refuses is told at the answer that is wrong", async () => {
  const { page } = it;
  const name = fresh("wrong");
  await openAnswers(name);
  await addAnswer("200 after two seconds");
  await answer(page, 2).getByLabel("Delay").fill("700s");
  await save();
  await answer(page, 2).getByText("delay must be at most 600 s").waitFor();
  assert.ok(await answer(page, 2).getByLabel("Status").evaluate((element) => element === document.activeElement));
  await answer(page, 2).getByLabel("Delay").fill("1ms");
  await answer(page, 1).getByLabel("Status").fill("99");
  await save();
  await answer(page, 1).getByText("99 is not a status: use a number from 200 to 599").waitFor();
  await answer(page, 1).getByLabel("Status").fill("204");
  await answer(page, 1).getByLabel("Headers").fill("no colon");
  await save();
  await answer(page, 1).getByText("write headers as Name: value").waitFor();
  await answer(page, 1).getByLabel("Headers").fill("");
  await save();
  await saved();
  assert.deepEqual(await answersOf(name, 2), [204, 200]);
  it.expect(/status of 400/);
});

test("the script can be written as JSON", async () => {
  const { page } = it;
  const name = fresh("json");
  await openAnswers(name);
  await page.getByRole("button", { name: "JSON" }).click();
  const text = page.getByLabel("Script");
  assert.equal(await text.inputValue(), "[\n  200\n]");
  await text.fill("[500,");
  await page.getByRole("button", { name: "Forms" }).click();
  await page.getByText("this is no JSON").waitFor();
  await text.fill('[503, {"status": 700}]');
  await save();
  await page.getByText("Answer 2: 700 is not a status").waitFor();
  await text.fill('[503, {"delay": "1ms", "body": "late"}]');
  await page.getByRole("button", { name: "Forms" }).click();
  assert.equal(await answer(page, 2).getByLabel("Content of the body").inputValue(), "late");
  await save();
  await saved();
  assert.deepEqual(await answersOf(name, 2), [503, 200]);
  it.expect(/status of 400/);
});

test("answers are used up in sight, and nothing that is being written gets lost", async () => {
  const { page } = it;
  const name = fresh("used");
  await call("PUT", `_dev/inboxes/${name}/script`, { json: { script: [500, 501, 502, 200] } });
  await openAnswers(name);
  await answer(page, 4).waitFor();
  await answersOf(name, 1);
  await answer(page, 4).waitFor({ state: "detached" });
  await answer(page, 1).getByLabel("Status").fill("599");
  await answersOf(name, 1);
  await page.getByText("it has 2 answers left").waitFor();
  assert.equal(await answer(page, 1).getByLabel("Status").inputValue(), "599");
  await page.getByRole("button", { name: "Drop my changes" }).first().click();
  await answer(page, 3).waitFor({ state: "detached" });
  assert.equal(await answer(page, 1).getByLabel("Status").inputValue(), "502");
});

test("a scripted failure is what a message then meets", async () => {
  const { page } = it;
  const name = fresh("meets");
  await openAnswers(name);
  await answer(page, 1).getByLabel("Status").fill("489");
  await answer(page, 1).getByLabel("Headers").fill("Upstash-NonRetryable-Error: true");
  await save();
  await saved();
  const id = await publish(inbox(name));
  await eventually(async () => (await stateOf(id)) === "FAILED");
});

test("only what is new is read, and bodies only of what is open", async () => {
  const { page } = it;
  const name = fresh("large");
  await fetch(inbox(name), { method: "POST", body: "x".repeat(300_000) });
  const sizes = [];
  page.on("response", async (response) => {
    if (response.url().includes(`inboxes/${name}?`)) sizes.push((await response.text()).length);
  });
  await open(page, `#/inbox/${name}`);
  await requests(page).getByText("293.0 KB").waitFor();
  await fetch(`${inbox(name)}/second`, { method: "POST", body: "y" });
  await requests(page).getByText("/second").waitFor();
  assert.ok(Math.max(...sizes) < 3_000, `${sizes}`);
  await requests(page).getByRole("row").last().getByRole("link").click();
  await request(page).getByRole("button", { name: "Show all of it" }).click();
  await eventually(async () => (await request(page).getByLabel("Body", { exact: true }).textContent()).length === 300_000);
});

test("hostile requests are shown as text", async () => {
  const { page } = it;
  const name = fresh("hostile");
  const payload = '<img src="x" onerror="window.pwned = 1"><script>window.pwned = 1</script>';
  await fetch(`${inbox(name)}/${encodeURIComponent(payload)}`, {
    method: "POST",
    body: payload,
    headers: { "X-Hostile": payload, "Upstash-Message-Id": "../../v2/keys", "Content-Type": "text/html" },
  });
  await open(page, `#/inbox/${name}`);
  await requests(page).getByRole("row").last().getByRole("link").click();
  await request(page).getByLabel("Body", { exact: true }).waitFor();
  assert.equal(await request(page).getByLabel("Body", { exact: true }).textContent(), payload);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.equal(await page.locator("#app img, #app script").count(), 0);
});

/** Look at every state of the page. */
async function everyState(look) {
  const { page } = it;
  const name = fresh("axe");
  await open(page, `#/inbox/${name}`);
  await page.getByText("No requests yet").waitFor();
  await look(page, "an inbox that is not there yet");
  await call("PUT", `_dev/inboxes/${name}/script`, {
    json: { script: [500, { status: 200, json: { a: 1 }, headers: { A: "b" } }, { status: 503, delay: "1ms" }, { drop: true }] },
  });
  await publish(inbox(name), "x", { Retries: "0" });
  await idle();
  await fetch(`${inbox(name)}/unsigned`);
  await fetch(`${inbox(name)}/wrong`, { headers: { "Upstash-Signature": "x" } });
  await open(page, "#/inbox");
  await page.getByRole("link", { name, exact: true }).waitFor();
  await look(page, "list of inboxes");
  await page.getByRole("link", { name, exact: true }).click();
  await requests(page).getByText("/wrong").waitFor();
  await requests(page).getByRole("link", { name: "POST" }).click();
  await request(page).getByText("Signed", { exact: true }).waitFor();
  await look(page, "requests and one of them");
  await openAnswers(name);
  await addAnswer("429 with Retry-After");
  await answer(page, 2).getByLabel("Status").fill("1");
  await save();
  await answer(page, 2).getByText("is not a status").waitFor();
  await page.getByRole("button", { name: "Add an answer" }).click();
  await look(page, "answers");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Drop my changes" }).click();
  // The mouse stays on the button that is pressed now.
  await page.getByRole("button", { name: "JSON" }).click();
  await page.getByLabel("Script").waitFor();
  await look(page, "the script as JSON");
  it.expect(/status of 400/);
}

test("nothing to complain about, at any size", async () => {
  await everyState(async (page, where) => {
    await check(page, where);
    await fits(page, where);
  });
});
