// Faults: each kind set up in the page, and what becomes of deliveries then.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, fits } from "./axe.mjs";
import { call, detail, eventually, idle, open, publish, setUp, stateOf } from "./support.mjs";

const it = setUp();

const section = (page) => page.getByRole("region", { name: "Faults", exact: true });
const form = (page) => page.getByRole("group", { name: "Add a fault" });
const list = (page) => section(page).getByRole("list", { name: "List of faults" });
const faults = () => call("GET", "_dev/faults");

async function openFaults() {
  await open(it.page, "#/clock");
  await section(it.page).getByText("No faults").waitFor();
}

/** Fill the fields by their labels, and add. */
async function add(fields, kind) {
  if (kind) await form(it.page).getByLabel("The destination").selectOption(kind);
  for (const [label, value] of Object.entries(fields)) await form(it.page).getByLabel(label, { exact: true }).fill(value);
  await form(it.page).getByRole("button", { name: "Add the fault" }).click();
}

const URL_FIELD = "URL, with * for any text";

/** What became of the only attempt of a new message. */
async function fate(url) {
  const id = await publish(url, "", { Retries: "0" });
  await idle();
  const [attempt] = (await detail(id)).attempts;
  return attempt;
}

test("a status is answered so many times, and counted", async () => {
  const { page, destination } = it;
  await openFaults();
  await add({ [URL_FIELD]: `${destination.url}/*`, Status: "503", Times: "2" });
  await list(page).getByText("Answers 503, 2 times").waitFor();
  assert.equal((await fate(`${destination.url}/a`)).response.status, 503);
  await list(page).getByText("applied 1 time", { exact: true }).waitFor();
  assert.equal((await fate(`${destination.url}/b`)).response.status, 503);
  await list(page).getByText("Used up").waitFor();
  assert.equal((await fate(`${destination.url}/c`)).succeeded, true);
  assert.equal(destination.requests.length, 1);
});

for (const [kind, error, shown] of [
  ["Times out, at once", /no answer within/, "Times out, once"],
  ["Resets the connection", /the connection was reset/, "Resets the connection, once"],
  ["Refuses the connection", /connection refused/, "Refuses the connection, once"],
]) {
  test(`a destination that ${kind.toLowerCase()}`, async () => {
    const { page, destination } = it;
    await openFaults();
    await add({ [URL_FIELD]: `${destination.url}/*` }, kind);
    await list(page).getByText(shown).waitFor();
    const attempt = await fate(`${destination.url}/a`);
    assert.match(attempt.error, error);
    assert.equal(attempt.fault, (await faults())[0].id);
    assert.equal(destination.requests.length, 0);
  });
}

test("a destination that is only late, and one that fails late", async () => {
  const { page, destination } = it;
  await openFaults();
  await add({ [URL_FIELD]: `${destination.url}/late`, "Late by": "60ms" }, "Answers late");
  await list(page).getByText("Is delayed by 60 ms, once").waitFor();
  const late = await fate(`${destination.url}/late`);
  assert.ok(late.succeeded && late.duration >= 60, JSON.stringify(late));
  await add({ [URL_FIELD]: `${destination.url}/both`, After: "50ms" }, "Answers with a status");
  await list(page).getByText("Answers 503 after 50 ms, once").waitFor();
  assert.ok((await fate(`${destination.url}/both`)).duration >= 50);
});

test("every time, by a chance that a seed decides", async () => {
  const { page, destination } = it;
  await openFaults();
  await add({ [URL_FIELD]: "*", Times: "", "Of 100 attempts": "50", Seed: "7" });
  await list(page).getByText("Answers 503, every time, with a probability of 50 %").waitFor();
  const [fault] = await faults();
  assert.deepEqual([fault.times, fault.probability, fault.seed], [null, 0.5, 7]);
  for (let number = 0; number < 12; number += 1) await publish(`${destination.url}/${number}`, "", { Retries: "0" });
  await idle();
  const { struck } = (await faults())[0];
  assert.ok(struck > 0 && struck < 12, `struck ${struck} of 12`);
  assert.equal(destination.requests.length, 12 - struck);
  await list(page).getByText(`applied ${struck} times`).or(list(page).getByText("applied 1 time")).waitFor();
});

test("what the server refuses is told at the field that is wrong", async () => {
  const { page } = it;
  await openFaults();
  await add({});
  await form(page).getByText("use a string of 1 to 2000 characters").waitFor();
  assert.equal(await form(page).getByLabel(URL_FIELD).getAttribute("aria-invalid"), "true");
  await add({ [URL_FIELD]: "*", Status: "99" });
  await form(page).getByText("use a whole number from 100 to 999").waitFor();
  await add({ Status: "500", Times: "0" });
  await form(page).getByText(/use a whole number from 1/).waitFor();
  await add({ Times: "1", "Of 100 attempts": "150" });
  await form(page).getByText("use a number above 0, at most 100").waitFor();
  await add({ "Of 100 attempts": "100" }, "Answers late");
  await form(page).getByText("give a delay, such as 2s").waitFor();
  await add({ "Late by": "700s" });
  await form(page).getByText("use at most 600 s").waitFor();
  assert.deepEqual(await faults(), []);
  it.expect(/status of 400/);
});

test("a fault that is removed strikes no more, and so all of them", async () => {
  const { page, destination } = it;
  await openFaults();
  for (const path of ["a", "b", "c"]) {
    await call("POST", "_dev/faults", { json: { match: `${destination.url}/${path}`, status: 500, times: null } });
  }
  const [first] = await faults();
  await list(page).getByRole("button", { name: `Remove ${first.id}` }).click();
  await list(page).getByText(`${destination.url}/a`).waitFor({ state: "detached" });
  assert.equal((await fate(`${destination.url}/a`)).succeeded, true);
  assert.equal((await fate(`${destination.url}/b`)).succeeded, false);
  await section(page).getByRole("button", { name: "Remove all faults" }).click();
  await section(page).getByText("No faults").waitFor();
  assert.deepEqual(await faults(), []);
  assert.equal((await fate(`${destination.url}/b`)).succeeded, true);
});

test("the command of the empty list sets one up, which shows at once", async () => {
  const { page } = it;
  await openFaults();
  const { spawnSync } = await import("node:child_process");
  const run = spawnSync("bash", ["-c", await section(page).getByLabel("Command to run").innerText()], { encoding: "utf8" });
  const { id, match } = JSON.parse(run.stdout);
  await list(page).getByText(match, { exact: true }).waitFor();
  await list(page).getByText(id, { exact: true }).waitFor();
});

test("a message that is struck is tried again when the fault is spent", async () => {
  const { page, destination } = it;
  await openFaults();
  await add({ [URL_FIELD]: `${destination.url}/*`, Status: "500" });
  await list(page).waitFor();
  const id = await publish(`${destination.url}/again`, "", { "Retry-Delay": "1" });
  await eventually(async () => (await stateOf(id)) === "DELIVERED");
  assert.equal(destination.requests[0].headers["upstash-retried"], "1");
});

test("a pattern is shown as text, whatever it is made of", async () => {
  const { page } = it;
  const match = '<img/src="x"/onerror="window.pwned=1">*';
  await openFaults();
  await add({ [URL_FIELD]: match });
  await list(page).getByText(match).waitFor();
  assert.equal(await page.evaluate(() => window.pwned), undefined);
});

test("nothing to complain about with every kind of fault and a mistake, at any size", async () => {
  const { page, destination } = it;
  await openFaults();
  for (const fault of [
    { match: `${destination.url}/${"long".repeat(60)}*`, status: 503 },
    { match: "*", error: "timeout", latency: 0.001, times: null, probability: 0.5 },
    { match: "https://a/*", error: "reset", times: 3 },
  ]) {
    await call("POST", "_dev/faults", { json: fault });
  }
  await fate(`${destination.url}/${"long".repeat(60)}`);
  await list(page).getByText("Used up").waitFor();
  await add({ "Of 100 attempts": "200" });
  await form(page).getByRole("alert").waitFor();
  await list(page).scrollIntoViewIfNeeded();
  await check(page, "faults");
  await fits(page, "faults");
  it.expect(/status of 400/);
});
