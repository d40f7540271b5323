// Refused calls against a real server: where they are told, what is told about them, and how they are forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkSizes } from "./axe.mjs";
import { confirm, listed, pane, told } from "./lists.mjs";
import { runCurl } from "./programs.mjs";
import { call, clipboard, eventually, open, publish, SERVER, setUp, TOKEN } from "./support.mjs";

const it = setUp();
const shown = () => pane(it.page, "Refused call");
const refusals = async (query = "") => (await call("GET", `_dev/refusals${query}`)).refusals;
const notice = () => it.page.getByRole("complementary", { name: "Refused calls" });
const badge = () => it.page.getByRole("navigation").locator(".nav-count");

/** A call that the server refuses. */
async function refused(path, { token = TOKEN, headers = {}, method = "POST" } = {}) {
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  const { status } = await fetch(`${SERVER}/${path}`, { method, headers: { ...authorization, ...headers } });
  assert.ok(status >= 400, `${path} was not refused: ${status}`);
}

const wrongDelay = () => refused("v2/publish/http://localhost:3000", { headers: { "Upstash-Delay": "5 minutes" } });

test("without any, the page shows a command that is refused, and then what is wrong with it", async () => {
  const { page } = it;
  await open(page, "#/refused");
  await page.getByRole("heading", { name: "No call was refused" }).waitFor();
  assert.equal(await badge().count(), 0);
  await check(page, "nothing refused");
  await page.getByRole("button", { name: "Copy the command" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  await runCurl((await clipboard(page)).replace("curl", "curl -s"));
  await listed(page, "POST /v2/publish/localhost:3000").getByText("401").waitFor();
  await badge().filter({ hasText: /^1$/ }).waitFor();
});

test("each is listed with its error, the latest first, and the same one counts", async () => {
  const { page } = it;
  await open(page, "#/refused");
  await wrongDelay();
  for (let n = 0; n < 3; n += 1) await refused("v2/publish/localhost:3000");
  const rows = page.locator(".refused-list tbody tr");
  await rows.first().getByRole("cell", { name: "× 3" }).waitFor();
  assert.equal(await rows.count(), 2);
  await rows.last().getByText(/invalid Upstash-Delay/).waitFor();
  await badge().filter({ hasText: /^4$/ }).waitFor();
  await checkSizes(page, "refused calls");
});

test("its details name the field, what would be right, and the credential that was wrong", async () => {
  const { page } = it;
  await refused("v2/publish/http://localhost:3000", { headers: { "Upstash-Method": "FETCH" } });
  await refused("v2/publish/http://localhost:3000", { token: `"${TOKEN}"` });
  await open(page, "#/refused");
  await listed(page, "invalid Upstash-Method").click();
  const [{ error, expected }] = await refusals("?user=defaultUser");
  await shown().getByText(error.slice(1)).waitFor();
  await shown().getByText("Upstash-Method", { exact: true }).waitFor();
  assert.deepEqual(await shown().locator("dd code.tag").allInnerTexts(), expected);
  await shown().getByRole("link", { name: "defaultUser" }).waitFor();
  await checkSizes(page, "a refused call");
  await page.keyboard.press("k");
  await shown().getByText("a token in quotes").waitFor();
  await shown().getByText("unknown, without a valid token").waitFor();
  assert.ok(!(await shown().innerText()).includes(TOKEN), "the token is not shown");
  await shown().getByRole("link", { name: "the settings that are valid" }).click();
  await page.waitForURL(/#\/setup/);
});

test("what only polls is listed, but not counted", async () => {
  const { page } = it;
  await refused("v2/messages/msg_nobody", { method: "GET" });
  await open(page, "#/refused");
  await listed(page, "GET /v2/messages/msg_nobody").click();
  await shown().getByText(/so it is not counted/).waitFor();
  assert.equal(await badge().count(), 0);
  await page.getByRole("button", { name: "404 for GET 1" }).waitFor();
});

test("a call of a workflow run leads to that run", async () => {
  const { page } = it;
  await refused("v2/publish/http://localhost:3000", { headers: { "Upstash-Workflow-RunId": "wfr_7", "Upstash-Delay": "soon" } });
  await open(page, "#/refused");
  await listed(page, "invalid Upstash-Delay").first().click();
  assert.match(await shown().getByRole("link", { name: "wfr_7" }).getAttribute("href"), /#\/workflows\/wfr_7/);
});

test("they are forgotten after a question", async () => {
  const { page } = it;
  await wrongDelay();
  await open(page, "#/refused");
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await check(page, "the question", ["light"]);
  await confirm(page, "Clear");
  await told(page, "The refused calls are forgotten.");
  assert.deepEqual(await refusals(), []);
  await page.getByRole("heading", { name: "No call was refused" }).waitFor();
  await eventually(async () => (await badge().count()) === 0);
});

test("the first screen tells of those of the last minutes, until they are dismissed or old", async () => {
  const { page } = it;
  await open(page);
  await page.getByText("No messages yet").waitFor();
  assert.equal(await notice().count(), 0);
  await wrongDelay();
  await notice().getByText("1 call was refused").waitFor();
  await refused("v2/publish/localhost:3000");
  await notice().getByText("2 calls were refused").waitFor();
  await notice().getByText(/endpoint has invalid scheme/).waitFor();
  await checkSizes(page, "with a notice of refused calls");
  await notice().getByRole("button", { name: "Dismiss" }).click();
  await notice().waitFor({ state: "detached" });
  await refused("v2/publish/localhost:4000");
  await notice().getByText("1 call was refused").waitFor();
  await notice().getByRole("link", { name: "400 POST /v2/publish/localhost:4000" }).click();
  await shown().getByText(/endpoint has invalid scheme/).waitFor();
  await page.goBack();
  await notice().waitFor();
  await call("POST", "_dev/clock/advance", { json: { by: "6m" } });
  await notice().waitFor({ state: "detached" });
  await call("POST", "_dev/reset", { json: { clock: "real" } });
});

test("the first screen tells what other users have, with one click to them", async () => {
  const { page, destination } = it;
  const { users } = await call("GET", "_dev/setup");
  const others = page.getByRole("complementary", { name: "Traffic elsewhere" });
  await open(page);
  await publish(destination.url, "", {}, { token: users[1].token });
  await others.getByText("testUser1 has 1 message while you look at defaultUser.").waitFor();
  await check(page, "with a notice of another user");
  await others.getByRole("link", { name: "testUser1" }).click();
  await page.waitForURL(/user=testUser1/);
  await page.locator(".message-list tbody tr:not(.gap)").first().waitFor();
  assert.equal(await others.count(), 0);
  await publish(destination.url, "", {}, { token: users[0].token });
  await others.getByText("defaultUser has 1 message while you look at testUser1.").waitFor();
  await others.getByRole("button", { name: "Dismiss" }).click();
  await others.waitFor({ state: "detached" });
  it.kept = true;
});
