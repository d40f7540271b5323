// axe-core finds nothing to complain about, in both colour schemes and from a phone to a wall.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkSizes, noSideways } from "./axe.mjs";
import { call, idle, open, openMessage, panel, publish, row, setUp } from "./support.mjs";

const it = setUp();
const WIDTHS = [320, 700, 1150, 1400];

/** One message in every state, with everything a message can have. */
async function everyState() {
  const { destination } = it;
  const lasting = { Retries: "1", "Retry-Delay": "3600000" };
  await publish(`${destination.url}/ok`, '{"a":1}', { Label: "a,b", "Queue-Name": "q", "Content-Type": "application/json" });
  await publish(destination.url, "", { Delay: "1h" });
  const cancelled = await publish(destination.url, "", { Delay: "1h" });
  await call("DELETE", `v2/messages/${cancelled}`);
  await idle();
  destination.answers({ status: 500, body: "<h1>Error</h1>", headers: { "Content-Type": "text/html" } });
  await publish(`${destination.url}/retry`, "", lasting);
  const failed = await publish(`${destination.url}/failed`, "x", { Retries: "0", "Failure-Callback": `${destination.url}/told` });
  await publish("http://127.0.0.1:1/nobody", "", lasting);
  await idle();
  return failed;
}

test("the check notices what is wrong", async () => {
  const { page } = it;
  await open(page);
  it.kept = true;
  await page.evaluate(() => {
    const made = document.createElement("button");
    made.style.color = "#999";
    document.querySelector("main").append(made);
  });
  await assert.rejects(check(page, "broken"), /button-name/);
});

test("the empty list", async () => {
  await open(it.page);
  await it.page.getByText("No messages yet").waitFor();
  await check(it.page, "empty");
});

test("list and message", async () => {
  const { page } = it;
  const failed = await everyState();
  await open(page);
  await row(page, failed).waitFor();
  await checkSizes(page, "list");
  const shown = await openMessage(page, failed);
  await checkSizes(page, "attempts");
  for (const tab of ["Timeline", "Signature", "Raw"]) {
    await shown.getByRole("tab", { name: tab }).click();
    await checkSizes(page, tab);
  }
});

test("what opens: help, menu, filters, news", async () => {
  const { page } = it;
  const failed = await everyState();
  await open(page);
  await page.getByText("More filters").click();
  await check(page, "filters");
  await page.keyboard.press("Escape");
  await openMessage(page, failed);
  await panel(page).getByRole("button", { name: "Copy as" }).click();
  await check(page, "menu");
  await page.getByRole("menuitem", { name: "curl" }).click();
  await page.getByText("Copied as curl.").waitFor();
  await check(page, "news");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await check(page, "help");
});

test("a loud clock, and a page that is not there", async () => {
  const { page } = it;
  await call("POST", "_dev/clock/pause");
  await open(page, "#/workflows");
  await page.getByText("Clock paused").waitFor();
  await check(page, "loud");
  await open(page, "#/nowhere");
  await check(page, "not there");
});

test("what opens is in sight at each width", async () => {
  const { page } = it;
  const failed = await everyState();
  await open(page);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.getByText("More filters").click();
    await inSight(page.locator(".more-box"));
    await page.keyboard.press("Escape");
    await page.locator(".more-box").waitFor({ state: "hidden" });
  }
  await openMessage(page, failed);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await panel(page).getByRole("button", { name: "Copy as" }).click();
    await inSight(page.getByRole("menu"));
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "hidden" });
  }
});

async function inSight(box) {
  const { left, right, clipped } = await box.evaluate((element) => {
    const { left, right, top } = element.getBoundingClientRect();
    const seen = document.elementFromPoint(left + 3, top + 5);
    return { left, right, clipped: !element.contains(seen) };
  });
  assert.ok(left >= 0 && right <= box.page().viewportSize().width && !clipped, `${left} to ${right}, clipped: ${clipped}`);
}

test("text at twice its size still fits", async () => {
  const { page } = it;
  await page.setViewportSize({ width: 640, height: 900 });
  const failed = await everyState();
  await open(page);
  it.kept = true;
  await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  await noSideways(page, "list");
  await row(page, failed).first().waitFor();
});
