import assert from "node:assert/strict";
import { test } from "node:test";
import type { FeedChange, MessagePage, MessageSummary } from "../api/types";
import { cursorAfter, MessageWindow, MOST_AT_TOP, MOST_ROWS, PAGE, type WindowOptions } from "./message-window";

const message = (number: number, change: Partial<MessageSummary> = {}): MessageSummary => ({
  messageId: `msg_${number}`,
  state: "CREATED",
  method: "POST",
  url: "http://localhost:3000/",
  createdAt: 1_000_000 + number,
  retried: 0,
  maxRetries: 3,
  size: 0,
  ...change,
});

/** A server with a number of messages, numbered from the oldest, which counts the requests. */
function serverWith(total: number) {
  const all = Array.from({ length: total }, (_, index) => message(total - index));
  const server = {
    all,
    seq: total,
    asked: 0,
    source: (cursor: string | undefined, count: number): Promise<MessagePage> => {
      server.asked += 1;
      const start = cursor === undefined ? 0 : server.all.findIndex((one) => cursorAfter(one) === cursor) + 1;
      const messages = server.all.slice(start, start + count);
      const last = messages.at(-1);
      const more = last && start + count < server.all.length ? { cursor: cursorAfter(last) } : {};
      return Promise.resolve({ messages, total: server.all.length, lookedAt: messages.length, seq: server.seq, ...more });
    },
  };
  return server;
}

const ids = (list: MessageWindow): string[] => list.rows.value.map(({ messageId }) => messageId);
const stateAt = (list: MessageWindow, index: number) => list.rows.value[index]?.state;
const change = (seq: number, ...messages: MessageSummary[]): FeedChange => ({ seq, messages, more: 0 });

async function opened(server: ReturnType<typeof serverWith>, options: Partial<WindowOptions> = {}) {
  const list = new MessageWindow(server.source, { filtered: false, ...options });
  await list.refresh();
  return list;
}

test("a window begins with the newest page", async () => {
  const list = await opened(serverWith(250));
  assert.equal(list.rows.value.length, PAGE);
  assert.equal(ids(list)[0], "msg_250");
  assert.ok(list.cursor.value);
});

test("scrolling on reads older pages until there are no more", async () => {
  const list = await opened(serverWith(250));
  await list.more();
  await list.more();
  await list.more();
  assert.equal(list.rows.value.length, 250);
  assert.equal(list.cursor.value, "");
  assert.equal(new Set(ids(list)).size, 250);
});

test("a new message appears at the top", async () => {
  const list = await opened(serverWith(3));
  list.apply(change(4, message(4)));
  assert.deepEqual(ids(list), ["msg_4", "msg_3", "msg_2", "msg_1"]);
});

test("a message that changes stays where it is", async () => {
  const list = await opened(serverWith(3));
  list.apply(change(4, message(2, { state: "DELIVERED" })));
  assert.deepEqual(ids(list), ["msg_3", "msg_2", "msg_1"]);
  assert.equal(stateAt(list, 1), "DELIVERED");
});

test("news that is older than what is known changes nothing", async () => {
  const list = await opened(serverWith(3));
  list.apply(change(9, message(2, { state: "DELIVERED" })));
  list.apply(change(8, message(2, { state: "ACTIVE" })));
  assert.equal(stateAt(list, 1), "DELIVERED");
});

test("a page that was made before the news does not undo it", async () => {
  const server = serverWith(3);
  const list = await opened(server);
  list.apply(change(9, message(2, { state: "DELIVERED" })));
  await list.refresh();
  assert.equal(stateAt(list, 1), "DELIVERED");
  server.seq = 10;
  await list.refresh();
  assert.equal(stateAt(list, 1), "CREATED");
});

test("an old message from below the window does not come in", async () => {
  const list = await opened(serverWith(250));
  list.apply(change(251, message(1, { state: "DELIVERED" })));
  assert.equal(list.rows.value.length, PAGE);
});

test("further down new messages are only counted, and read on the way back", async () => {
  const server = serverWith(250);
  const list = await opened(server);
  list.setAtTop(false);
  server.all.unshift(message(251));
  list.apply(change(251, message(251)));
  assert.equal(ids(list)[0], "msg_250");
  assert.equal(list.unseen.value, 1);
  list.setAtTop(true);
  await Promise.resolve();
  await new Promise(setImmediate);
  assert.equal(ids(list)[0], "msg_251");
  assert.equal(list.unseen.value, 0);
});

test("at the top the window stays small, and goes on where it was cut", async () => {
  const server = serverWith(1);
  const list = await opened(server);
  for (let number = 2; number <= 2 * MOST_AT_TOP; number += 1) {
    server.all.unshift(message(number));
    list.apply(change(number, message(number)));
  }
  assert.equal(list.rows.value.length, MOST_AT_TOP);
  await list.more();
  assert.equal(list.rows.value.length, MOST_AT_TOP + PAGE);
  assert.deepEqual(ids(list), server.all.slice(0, MOST_AT_TOP + PAGE).map(({ messageId }) => messageId));
});

test("a window is full at some point", async () => {
  const server = serverWith(MOST_ROWS + 500);
  const list = await opened(server);
  for (let page = 0; page < MOST_ROWS / PAGE + 5; page += 1) await list.more();
  assert.equal(list.rows.value.length, MOST_ROWS);
  assert.ok(list.full);
});

test("a gap is read again at once", async () => {
  const server = serverWith(3);
  const list = await opened(server);
  server.all.length = 0;
  list.apply("gap");
  await new Promise(setImmediate);
  assert.deepEqual(ids(list), []);
});

test("what a frame left out is read again, once however many frames there are", async () => {
  const server = serverWith(3);
  const work: (() => void)[] = [];
  const list = await opened(server, { later: (run) => work.push(run) });
  for (let seq = 4; seq < 20; seq += 1) list.apply({ seq, messages: [message(seq)], more: 7 });
  assert.equal(work.length, 1);
  const before = server.asked;
  work[0]?.();
  await new Promise(setImmediate);
  assert.equal(server.asked, before + 1);
});

test("which new messages a filtered list has is for the server to say", async () => {
  const server = serverWith(3);
  const work: (() => void)[] = [];
  const list = await opened(server, { filtered: true, later: (run) => work.push(run) });
  list.apply(change(4, message(4)));
  assert.deepEqual(ids(list), ["msg_3", "msg_2", "msg_1"]);
  assert.equal(work.length, 1);
});

test("a window that begins further down takes in no new messages", async () => {
  const server = serverWith(10);
  const list = await opened(server, { from: cursorAfter(message(5)) });
  assert.deepEqual(ids(list), ["msg_4", "msg_3", "msg_2", "msg_1"]);
  list.apply(change(11, message(11)));
  assert.equal(list.rows.value.length, 4);
});

test("answers that hold little are put together until a page is full", async () => {
  const server = serverWith(40);
  const source = async (cursor: string | undefined, count: number): Promise<MessagePage> => {
    const page = await server.source(cursor, Math.min(count, 10));
    return { ...page, messages: page.messages.filter((_, index) => index % 2 === 0) };
  };
  const list = new MessageWindow(source, { filtered: true });
  await list.refresh();
  assert.equal(list.rows.value.length, 20);
  assert.equal(server.asked, 4);
});

test("an answer that fails says so, and the next good one forgets it", async () => {
  const server = serverWith(1);
  let broken = true;
  const list = new MessageWindow(
    (cursor, count) => (broken ? Promise.reject(new Error("no answer")) : server.source(cursor, count)),
    { filtered: false },
  );
  await list.refresh();
  assert.equal(list.error.value, "no answer");
  broken = false;
  await list.refresh();
  assert.equal(list.error.value, "");
  assert.equal(list.rows.value.length, 1);
});
