import assert from "node:assert/strict";
import { test } from "node:test";
import type { Letter, LetterKind, LetterPage } from "../../api/dlq";
import { ApiError } from "../../api/http";
import { matching, picked, type Progress, runBulk } from "./bulk-calls";

function letter(id: number, kind: LetterKind = "message"): Letter {
  const fields = { what: "500", to: "http://app", url: "http://app", method: "POST", error: "HTTP status 500" };
  return { dlqId: String(id), kind, messageId: `msg_${id}`, failedAt: id, attempts: 1, duration: 1, ...fields };
}

/** A queue of entries that fail again as soon as they are retried. */
function queue(count: number, kindOf: (id: number) => LetterKind = () => "message") {
  const letters = Array.from({ length: count }, (_, index) => letter(index + 1, kindOf(index + 1)));
  let newest = count;
  return {
    letters,
    read: (cursor: string | undefined, size: number): Promise<LetterPage> => {
      const older = letters.filter(({ dlqId }) => cursor === undefined || Number(dlqId) < Number(cursor)).reverse();
      const page = older.slice(0, size);
      const last = page.at(-1);
      return Promise.resolve({
        letters: page,
        total: letters.length,
        ...(last && older.length > size && { cursor: last.dlqId }),
      });
    },
    retry: (ids: string[]): Promise<void> => {
      for (const id of ids) {
        letters.splice(letters.findIndex(({ dlqId }) => dlqId === id), 1);
        letters.push(letter(++newest));
      }
      return Promise.resolve();
    },
  };
}

const live = new AbortController().signal;
const ignore = (): void => undefined;

test("everything that matches is retried once, although it dies again at once", async () => {
  const { letters, read, retry } = queue(250);
  const told: Progress[] = [];
  const tell = (progress: Progress) => void told.push(progress);
  const done = await runBulk({ ids: matching(read, "message", 100), of: 250, act: retry, tell, signal: live });
  assert.equal(done, 250);
  assert.deepEqual(told.map((progress) => progress.done), [100, 200, 250]);
  assert.equal(letters.length, 250);
  assert.ok(letters.every(({ dlqId }) => Number(dlqId) > 250), "all of them are new");
});

test("only entries of the kind wanted are taken", async () => {
  const { read } = queue(10, (id) => (id % 2 ? "run" : "message"));
  const seen: string[] = [];
  const act = (ids: string[]) => Promise.resolve(void seen.push(...ids));
  await runBulk({ ids: matching(read, "run", 3), of: 5, act, tell: ignore, signal: live });
  assert.deepEqual(seen, ["9", "7", "5", "3", "1"]);
});

test("those picked go in calls of at most so many", async () => {
  const letters = [letter(1), letter(2, "run"), letter(3), letter(4)];
  const calls: string[][] = [];
  const act = (ids: string[]) => Promise.resolve(void calls.push(ids));
  await runBulk({ ids: picked(letters, "message", 2), of: 3, act, tell: ignore, signal: live });
  assert.deepEqual(calls, [["1", "3"], ["4"]]);
});

test("an entry that is gone does not keep the others from it", async () => {
  const seen: string[] = [];
  const act = (ids: string[]): Promise<void> => {
    if (ids.includes("2")) return Promise.reject(new ApiError(404, "not found"));
    seen.push(...ids);
    return Promise.resolve();
  };
  const letters = [letter(1), letter(2), letter(3)];
  const done = await runBulk({ ids: picked(letters, "message", 10), of: 3, act, tell: ignore, signal: live });
  assert.equal(done, 2);
  assert.deepEqual(seen, ["1", "3"]);
});

test("any other error ends it", async () => {
  const act = () => Promise.reject(new ApiError(400, "Upstash-Retries: use a whole number"));
  const ids = picked([letter(1)], "message", 10);
  await assert.rejects(runBulk({ ids, of: 1, act, tell: ignore, signal: live }), /Upstash-Retries/);
});

test("it can be stopped between two calls", async () => {
  const { read, retry } = queue(50);
  const stop = new AbortController();
  const done = await runBulk({
    ids: matching(read, "message", 10),
    of: 50,
    act: retry,
    tell: ({ done }) => done >= 20 && stop.abort(),
    signal: stop.signal,
  });
  assert.equal(done, 20);
});
