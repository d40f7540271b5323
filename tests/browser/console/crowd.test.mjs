// Many messages: what is drawn and what is kept stay small, and scrolling still reaches everything.

import assert from "node:assert/strict";
import { test } from "node:test";
import { call, eventually, open, row, SERVER, setUp } from "./support.mjs";

const it = setUp();
const BATCH = 500;

/** So many messages that wait for an hour; the id of the first and of the last one. */
async function crowd(count) {
  const ids = [];
  for (let start = 0; start < count; start += BATCH) {
    const messages = Array.from({ length: BATCH }, (_, index) => ({
      destination: `http://127.0.0.1:1/${start + index}`,
      headers: { "Upstash-Delay": "1h" },
    }));
    ids.push(...(await call("POST", "v2/batch", { json: messages })).map(({ messageId }) => messageId));
  }
  return ids;
}

const drawn = (page) => page.locator(".message-list tbody tr:not(.gap)").count();
const scroll = (page, to) =>
  page.locator(".virtual").evaluate((element, top) => element.scrollTo({ top: top < 0 ? element.scrollHeight : top }), to);

test("a list of thousands draws a few rows, and scrolls to its end", async () => {
  const { page } = it;
  const ids = await crowd(2_000);
  await open(page);
  await row(page, ids.at(-1)).waitFor();
  await page.getByText("2,000 messages").waitFor();
  assert.ok((await drawn(page)) < 60);
  await eventually(async () => {
    await scroll(page, -1);
    assert.ok((await drawn(page)) < 60);
    return (await row(page, ids[0]).count()) > 0;
  }, "the oldest message is in view");
});

test("who reads further down is not disturbed by what comes, and told of it", async () => {
  const { page } = it;
  const ids = await crowd(500);
  await open(page);
  // The number of messages is told before the list has been read.
  await row(page, ids.at(-1)).waitFor();
  await scroll(page, 2_000);
  const read = row(page, ids.at(-45));
  await read.waitFor();
  const place = async () => (await read.boundingBox()).y;
  const before = await place();
  // The edge of a list may lie within a pixel, and a list is scrolled by whole ones.
  const stays = async () => Math.abs((await place()) - before) < 1;
  const [{ messageId }] = await call("POST", "v2/batch", {
    json: [{ destination: "http://127.0.0.1:1/fresh", headers: { "Upstash-Delay": "1h" } }],
  });
  const above = page.getByRole("button", { name: "1 new message above" });
  await above.waitFor();
  assert.ok(await stays());
  await fetch(`${SERVER}/v2/publish/nowhere`, { method: "POST" });
  const notice = page.getByRole("complementary", { name: "Refused calls" });
  await notice.waitFor();
  await eventually(stays, "the row is where it was when a notice comes");
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await notice.waitFor({ state: "detached" });
  await eventually(stays, "the row is where it was when the notice goes");
  await above.click();
  await row(page, messageId).waitFor();
});

test("hundreds of events a second leave the page alive and bounded", async () => {
  const { page } = it;
  await open(page);
  for (let round = 0; round < 8; round += 1) await crowd(BATCH);
  await page.getByText("4,000 messages").waitFor();
  assert.ok((await drawn(page)) < 60);
  const kept = await page.locator(".virtual table").getAttribute("aria-rowcount");
  assert.ok(Number(kept) <= 501, kept);
  await call("POST", "_dev/reset");
  await page.getByText("No messages yet").waitFor();
});
