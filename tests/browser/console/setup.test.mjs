// The set-up page tells what is true of this server, and what it offers for copying works.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { checkSizes, fits } from "./axe.mjs";
import { runCurl } from "./programs.mjs";
import { call, clipboard, eventually, open, publish, SERVER, setUp, stateOf, visit } from "./support.mjs";

const it = setUp();
const setup = () => call("GET", "_dev/setup");
const section = (name) => it.page.getByRole("region", { name });
const environment = () => section("Environment of your application");
const USERS = ["defaultUser", "testUser1", "testUser2", "testUser3"];

async function copied(button) {
  await button.click();
  await it.page.getByRole("button", { name: "Copied" }).waitFor();
  return clipboard(it.page);
}

async function command(name) {
  return it.page.getByRole("region", { name }).innerText();
}

test("a shell that runs the lines can publish, as each user", async () => {
  const { page, destination } = it;
  await open(page, "#/setup");
  for (const name of USERS) {
    await environment().getByRole("button", { name }).click();
    await section(`Tokens and signing keys of ${name}`).waitFor();
    const lines = await copied(environment().getByRole("button", { name: "Copy these lines" }));
    const publish = `curl -sf -X POST "$QSTASH_URL/v2/publish/${destination.url}/${name}" -H "Authorization: Bearer $QSTASH_TOKEN"`;
    await runCurl(`${lines}\n${publish}`);
    const { messages } = await call("GET", `_dev/messages?user=${name}`);
    assert.equal(messages.length, 1);
    await eventually(async () => (await stateOf(messages[0].messageId)) === "DELIVERED");
    await eventually(async () => (await environment().getByRole("button", { name: "Copy these lines" }).count()) === 1);
  }
});

test("every format holds the four variables, and stays in the address", async () => {
  const { page } = it;
  const { env } = (await setup()).users[1];
  await open(page, "#/setup?user=testUser1");
  for (const format of ["Shell", ".env", "PowerShell", "cmd", "fish", "JSON", "docker run", "Compose"]) {
    await environment().getByRole("tab", { name: format, exact: true }).click();
    const text = await page.getByRole("region", { name: `Environment for ${format}` }).innerText();
    for (const [name, value] of Object.entries({ ...env, QSTASH_URL: "" })) assert.ok(text.includes(name) && text.includes(value), format);
  }
  assert.match(page.url(), /format=compose/);
  await environment().getByRole("button", { name: "testUser2" }).click();
  await page.reload();
  await page.getByRole("region", { name: "Environment for Compose" }).waitFor();
  assert.match(page.url(), /user=testUser2/);
});

test("what is loopback for the reader is another host for a container", async () => {
  const { page } = it;
  await open(page, "#/setup?format=docker");
  const { port } = new URL(SERVER);
  assert.match(await command("Environment for docker run"), new RegExp(`QSTASH_URL='http://host.docker.internal:${port}'`));
  const start = await command("Command to run");
  assert.equal(start.trim(), `qstash-dev dev --host 0.0.0.0 --allow-host host.docker.internal --port ${port}`);
  const options = spawnSync(process.env.PYTHON, ["-m", "qstash_dev", "dev", "--help"], { encoding: "utf8" }).stdout;
  for (const option of ["--host", "--allow-host", "--port"]) assert.ok(options.includes(option));
});

test("tokens and signing keys are those in force", async () => {
  const { page } = it;
  await open(page, "#/setup");
  const keys = section("Tokens and signing keys of defaultUser");
  const [{ token, readOnlyToken, env }] = (await setup()).users;
  for (const [name, value] of [
    ["token", token],
    ["read-only token", readOnlyToken],
    ["current signing key", env.QSTASH_CURRENT_SIGNING_KEY],
    ["next signing key", env.QSTASH_NEXT_SIGNING_KEY],
  ]) {
    assert.equal(await copied(keys.getByRole("button", { name: `Copy the ${name}`, exact: true })), value);
    await page.getByRole("button", { name: "Copied" }).waitFor({ state: "detached" });
  }
});

test("keys that are rotated show without a reload", async () => {
  const { page } = it;
  await open(page, "#/setup");
  const [{ env }] = (await setup()).users;
  await page.getByText("Rotate the signing keys").click();
  await runCurl(await command("Command that rotates the keys"));
  // As coming back from a terminal does.
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await page.getByText(env.QSTASH_CURRENT_SIGNING_KEY).first().waitFor({ state: "detached" });
  const [{ env: rotated }] = (await setup()).users;
  assert.equal(rotated.QSTASH_CURRENT_SIGNING_KEY, env.QSTASH_NEXT_SIGNING_KEY);
  await section("Tokens and signing keys of defaultUser").getByText(rotated.QSTASH_NEXT_SIGNING_KEY).waitFor();
});

test("the command for a mapping makes one, and it shows", async () => {
  const { page, destination } = it;
  await open(page, "#/setup");
  const mappings = section("Mappings");
  await mappings.getByText("Every message is delivered to the URL it was published to.").waitFor();
  const text = await command("Command that adds a mapping");
  await runCurl(text.replace("http://localhost:3000", destination.url));
  await publish("https://myapp.com/orders");
  const [{ url }] = await destination.received(1);
  assert.equal(url, "/orders");
  await mappings.getByRole("cell", { name: "https://myapp.com/*" }).waitFor();
  await mappings.getByRole("cell", { name: destination.url }).waitFor();
});

test("limits, modes and documents", async () => {
  const { page } = it;
  const { quota, version } = await setup();
  await open(page, "#/setup");
  const told = async (region, name) =>
    section(region).locator("dl > div").filter({ hasText: name }).locator("dd").innerText();
  assert.equal(await told("Limits of the plan payg", "Retries of a message"), String(quota.max_retries));
  assert.equal(await told("Limits of the plan payg", "Largest body"), "10.0 MB");
  assert.equal(await told("Limits of this server", "Undelivered bodies"), "2.0 GB");
  assert.equal(await told("Start options", "Version"), version);
  assert.equal(await told("Start options", "Plain publishes"), "answered by the fast path");
  for (const link of await section("Documents").getByRole("link").all()) {
    const address = await link.getAttribute("href");
    assert.ok(!/^(\/|https?:)/.test(address), `${address} is not relative`);
    assert.equal((await fetch(`${SERVER}/${address}`)).status, 200, address);
  }
});

test("a user that is not there", async () => {
  const { page } = it;
  await visit(page, "#/setup?user=nobody");
  await page.getByText("There is no user nobody on this server").waitFor();
  // Neither has it a feed.
  it.expect(/status of 404/);
});

test("nothing to complain about at any size", async () => {
  const { page } = it;
  await open(page, "#/setup?format=docker");
  await section("Mappings").waitFor();
  await checkSizes(page, "set-up");
  await call("POST", "_dev/mappings", { json: { pattern: `https://${"long".repeat(30)}.com/*`, target: "http://localhost:3000" } });
  await page.reload();
  await section("Mappings").getByRole("cell").first().waitFor();
  await fits(page, "a long mapping");
});
