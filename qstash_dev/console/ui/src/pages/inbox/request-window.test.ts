import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../api/http";
import type { InboxQuery } from "../../api/inboxes";
import type { Inbox, InboxRequest } from "../../api/types";
import { MOST_ROWS, PAGE, RequestWindow, withNewer } from "./request-window";

const captured = (number: number): InboxRequest => ({
  number,
  at: number,
  time: "",
  method: "POST",
  target: "",
  headers: {},
  body: "",
  bodySize: 0,
  signatureError: null,
  claims: {},
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** An inbox of the server. */
class Served {
  first = 1;
  made = 0;
  queries: InboxQuery[] = [];

  answer = ({ after = 0, before = Infinity, last = Infinity, trimBody }: InboxQuery): Promise<Inbox> => {
    this.queries.push({ after, before, last, trimBody });
    const numbers = range(this.first, this.made).filter((number) => number > after && number < before);
    return Promise.resolve({
      name: "a",
      received: this.made - this.first + 1,
      forgotten: 0,
      script: 1,
      first: this.first,
      requests: numbers.slice(last === 0 ? numbers.length : -last).map(captured),
    });
  };
}

const numbers = ({ rows }: RequestWindow): number[] => rows.value.map(({ number }) => number);

test("new requests come on top, and only they are read", async () => {
  const served = new Served();
  const list = new RequestWindow(served.answer);
  served.made = 3;
  await list.refresh();
  served.made = 5;
  await list.refresh();
  assert.deepEqual(numbers(list), [5, 4, 3, 2, 1]);
  assert.deepEqual(served.queries.map(({ after }) => after), [0, 3]);
});

test("where more has come than one answer holds, the list begins anew without a hole", async () => {
  const served = new Served();
  const list = new RequestWindow(served.answer);
  served.made = 3;
  await list.refresh();
  served.made = 3 + PAGE + 10;
  await list.refresh();
  assert.deepEqual(numbers(list), range(14, 113).reverse());
  await list.more();
  assert.deepEqual(numbers(list), range(1, 113).reverse());
});

test("what the inbox has forgotten goes", async () => {
  const served = new Served();
  const list = new RequestWindow(served.answer);
  served.made = 4;
  await list.refresh();
  served.first = 5;
  await list.refresh();
  assert.deepEqual(numbers(list), []);
  served.made = 6;
  await list.refresh();
  assert.deepEqual(numbers(list), [6, 5]);
});

test("a server that started over counts from one again", async () => {
  const served = new Served();
  const list = new RequestWindow(served.answer);
  served.made = 9;
  await list.refresh();
  served.made = 2;
  await list.refresh();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(numbers(list), [2, 1]);
});

test("new requests are only counted while the list is scrolled down", async () => {
  const served = new Served();
  const list = new RequestWindow(served.answer);
  served.made = 2;
  await list.refresh();
  list.setAtTop(false);
  served.made = 7;
  await list.refresh();
  assert.deepEqual([numbers(list), list.unseen.value], [[2, 1], 5]);
  list.setAtTop(true);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([numbers(list), list.unseen.value], [[7, 6, 5, 4, 3, 2, 1], 0]);
});

test("there are never more rows than the bound", () => {
  const rows = range(1, MOST_ROWS).reverse().map(captured);
  const answer = { name: "a", received: MOST_ROWS + 1, forgotten: 0, script: 1, first: 1, requests: [captured(MOST_ROWS + 1)] };
  const grown = withNewer(rows, answer);
  assert.deepEqual([grown.length, grown[0]?.number, grown.at(-1)?.number], [MOST_ROWS, MOST_ROWS + 1, 2]);
});

test("an inbox that was never used is missing, without an error", async () => {
  const list = new RequestWindow(() => Promise.resolve(null));
  await list.refresh();
  assert.deepEqual([list.missing.value, list.error.value], [true, ""]);
  const broken = new RequestWindow(() => Promise.reject(new ApiError(500, "broken")));
  await broken.refresh();
  assert.deepEqual([broken.missing.value, broken.error.value], [false, "broken"]);
});
