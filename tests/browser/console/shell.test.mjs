// What surrounds every page: users, the clock, the connection, the theme, and a path prefix.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { advance, BLANK, call, idle, open, openMessage, panel, publish, row, SERVER, setUp } from "./support.mjs";

const it = setUp();

test("another user is another world", async () => {
  const { page, destination } = it;
  const { users } = await call("GET", "_dev/setup");
  const mine = await publish(destination.url);
  const theirs = await publish(destination.url, "", {}, { token: users[1].token });
  await open(page);
  await row(page, mine).waitFor();
  await page.getByLabel("User").selectOption("testUser1");
  await row(page, theirs).waitFor();
  assert.equal(await row(page, mine).count(), 0);
  assert.match(page.url(), /user=testUser1/);
  const later = await publish(destination.url, "", {}, { token: users[1].token });
  await row(page, later).waitFor();
  await page.getByRole("link", { name: "Builder" }).click();
  assert.match(page.url(), /#\/builder\?user=testUser1/);
});

test("a clock that is not real is told loudly", async () => {
  const { page } = it;
  await open(page);
  await page.getByRole("link", { name: "Real time" }).waitFor();
  await call("POST", "_dev/clock/pause");
  await page.locator(".clock-badge.loud").getByText("Clock paused").waitFor();
  await call("POST", "_dev/clock/run", { json: { scale: 60 } });
  await page.locator(".clock-badge.loud").getByText("Clock × 60").waitFor();
  await call("POST", "_dev/clock/run", { json: { scale: 1 } });
  await advance({ by: "3h" });
  await page.locator(".clock-badge.loud").getByText(/Clock \d+ h.* ahead/).waitFor();
});

test("a connection that is lost is told, and what was missed comes after it", async () => {
  const { page, destination } = it;
  await open(page);
  await page.context().setOffline(true);
  // What is open stays open to a page that goes offline; the server ends it.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByText("Disconnected").waitFor();
  const missed = await publish(destination.url);
  await page.context().setOffline(false);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  await row(page, missed).getByText("Delivered").waitFor();
  it.expect(/ERR_INTERNET_DISCONNECTED/);
});

test("nothing is followed while the page is hidden, and nothing missed", async () => {
  const { page, destination } = it;
  await open(page);
  it.kept = true;
  const hide = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await page.getByText("Paused").waitFor();
  const missed = await publish(destination.url);
  await idle();
  assert.equal(await row(page, missed).count(), 0);
  await hide(false);
  await row(page, missed).getByText("Delivered").waitFor();
});

test("a reset empties the page", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url);
  await open(page);
  await row(page, id).waitFor();
  await call("POST", "_dev/reset");
  await page.getByText("No messages yet").waitFor();
});

test("the command of an empty page works as it stands", async () => {
  const { page } = it;
  await open(page);
  const command = await page.getByLabel("Command to run").innerText();
  const { spawnSync } = await import("node:child_process");
  const run = spawnSync("bash", ["-c", command], { encoding: "utf8" });
  const { messageId } = JSON.parse(run.stdout);
  await row(page, messageId).getByText("Delivered").waitFor();
  assert.equal((await call("GET", "_dev/inboxes/hello")).requests[0].body, '{"hello":"world"}');
});

test("the theme follows the system until one is chosen, and then stays", async () => {
  const { page } = it;
  const background = () => page.evaluate(() => getComputedStyle(document.body.querySelector(".top")).backgroundColor);
  await open(page);
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await background();
  assert.notEqual(dark, light);
  await page.getByRole("button", { name: "Theme: system" }).click();
  await page.getByRole("button", { name: "Theme: light" }).waitFor();
  assert.equal(await background(), light);
  await page.reload();
  await page.getByRole("button", { name: "Theme: light" }).click();
  assert.equal(await background(), dark);
});

test("a page that does not exist leads back", async () => {
  const { page } = it;
  await open(page, "#/nowhere");
  await page.getByRole("link", { name: "Go to the messages" }).click();
  await page.getByText("No messages yet").waitFor();
});

test("it works behind a path prefix", async () => {
  const { page, destination } = it;
  const port = Number(new URL(SERVER).port);
  const proxy = http.createServer((request, response) => {
    if (!request.url.startsWith("/tools/qstash/")) return response.writeHead(404).end();
    const path = request.url.slice("/tools/qstash".length);
    const onward = http.request({ host: "127.0.0.1", port, path, method: request.method, headers: request.headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    return request.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const origin = `http://127.0.0.1:${proxy.address().port}`;
  // The page before asks for its icon whenever the browser likes, but no more when it is gone.
  await page.goto(BLANK);
  it.base = origin;
  try {
    await open(page, "#/messages", `${origin}/tools/qstash`);
    await page.getByLabel("Command to run").getByText(`${origin}/tools/qstash/v2/publish/`).waitFor();
    const id = await publish(destination.url);
    await row(page, id).getByText("Delivered").waitFor();
    await row(page, id).click();
    await panel(page).getByRole("button", { name: "Replay" }).click();
    await destination.received(2);
  } finally {
    await page.goto(BLANK);
    it.base = undefined;
    proxy.closeAllConnections();
    proxy.close();
  }
});

test("the licences of what is in the page are in it", async () => {
  const { page } = it;
  await open(page);
  await page.getByRole("button", { name: "Keyboard and help" }).click();
  const link = page.getByRole("link", { name: /Licences/ });
  const text = await (await fetch(new URL(await link.getAttribute("href"), `${SERVER}/`))).text();
  for (const name of ["preact", "@preact/signals", "@preact/signals-core"]) assert.ok(text.includes(name), name);
  assert.match(text, /Permission is hereby granted/);
});

test("openMessage of another user says whose it is", async () => {
  const { page, destination } = it;
  const { users } = await call("GET", "_dev/setup");
  const id = await publish(destination.url, "", {}, { token: users[2].token });
  const shown = await openMessage(page, id);
  await shown.getByRole("link", { name: "testUser2" }).click();
  await row(page, id).waitFor();
});
