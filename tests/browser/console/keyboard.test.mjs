// Everything without a mouse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { beginAnew, idle, open, openMessage, panel, publish, row, setUp } from "./support.mjs";

const it = setUp();

async function threeMessages() {
  const { destination } = it;
  const ids = [];
  for (const path of ["a", "b", "c"]) ids.push(await publish(`${destination.url}/${path}`));
  await idle();
  // Where the focus begins is part of it.
  beginAnew();
  await open(it.page);
  await row(it.page, ids[0]).waitFor();
  return ids.reverse();
}

const chosen = (page, id) => page.locator('.message-list tr[aria-current="true"]').filter({ hasText: id });

test("j and k go through the list, Enter opens, Escape closes", async () => {
  const { page } = it;
  const [newest, middle, oldest] = await threeMessages();
  await page.keyboard.press("j");
  await chosen(page, newest).waitFor();
  await page.keyboard.press("j");
  await chosen(page, middle).waitFor();
  await page.keyboard.press("k");
  await chosen(page, newest).waitFor();
  await page.keyboard.press("k");
  await chosen(page, newest).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await panel(page).getByRole("heading", { name: middle }).waitFor();
  await page.keyboard.press("j");
  await panel(page).getByRole("heading", { name: oldest }).waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  await chosen(page, oldest).waitFor();
});

test("a slash searches, and keys that are typed do nothing else", async () => {
  const { page } = it;
  const [newest] = await threeMessages();
  await page.keyboard.press("/");
  await page.keyboard.type("jkr/?c");
  assert.equal(await page.getByRole("searchbox").inputValue(), "jkr/?c");
  await page.getByRole("searchbox").fill("");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await chosen(page, newest).waitFor();
});

test("r replays the message that is marked", async () => {
  const { page, destination } = it;
  await threeMessages();
  await page.keyboard.press("j");
  await page.keyboard.press("r");
  const requests = await destination.received(4);
  assert.equal(requests[3].url, "/c");
});

test("a question mark shows the keys, and closing gives the focus back", async () => {
  const { page } = it;
  await threeMessages();
  await page.getByRole("searchbox").focus();
  await page.keyboard.press("Escape");
  const help = page.getByRole("button", { name: "Keyboard and help" });
  await help.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Keyboard and help" });
  await dialog.getByText("Next message").waitFor();
  await page.keyboard.press("j");
  assert.equal(await page.locator('tr[aria-current="true"]').count(), 0);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await help.evaluate((element) => element === document.activeElement));
  await page.keyboard.press("?");
  await dialog.waitFor();
});

test("keys of a single letter can be turned off, for good", async () => {
  const { page } = it;
  await threeMessages();
  await page.keyboard.press("?");
  await page.getByLabel("Shortcuts of a single key").uncheck();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.locator(".message-list tbody tr").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("?");
  assert.equal(await page.locator('tr[aria-current="true"]').count(), 0);
  assert.equal(await page.getByRole("dialog").count(), 0);
});

test("tabs and menus are walked with arrows", async () => {
  const { page } = it;
  const [newest] = await threeMessages();
  const shown = await openMessage(page, newest);
  await shown.getByRole("tab", { name: "Attempts" }).focus();
  await page.keyboard.press("ArrowRight");
  await shown.getByRole("tab", { name: "Timeline", selected: true }).waitFor();
  await page.keyboard.press("End");
  await shown.getByRole("tab", { name: "Raw", selected: true }).waitFor();
  await page.keyboard.press("ArrowRight");
  await shown.getByRole("tab", { name: "Attempts", selected: true }).waitFor();
  const menu = shown.getByRole("button", { name: "Copy as" });
  await menu.focus();
  await page.keyboard.press("Enter");
  const focused = (name) => page.locator(":focus").filter({ hasText: name }).waitFor();
  await focused("curl");
  await page.keyboard.press("ArrowUp");
  await focused("pytest test");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await focused("Python");
  await page.keyboard.press("Escape");
  assert.ok(await menu.evaluate((element) => element === document.activeElement));
  // The menu took the key: the message is still open.
  await shown.waitFor();
});

test("what opens can be closed by Escape, and gives the focus back", async () => {
  const { page } = it;
  await threeMessages();
  const more = page.getByText("More filters");
  await more.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await page.getByLabel("Filter by").waitFor({ state: "hidden" });
  assert.ok(await more.evaluate((element) => element === document.activeElement));
});

test("everything can be reached by Tab, and the page skipped to", async () => {
  const { page } = it;
  await threeMessages();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the page");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "MAIN");
  const reached = new Set();
  for (let press = 0; press < 30; press += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent));
  }
  for (const name of ["Waiting", "More filters", "List of messages"]) assert.ok(reached.has(name), `${name}: ${[...reached]}`);
});
