import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../api/http";
import type { DlqEntry, DlqEntryKind, DlqPage } from "../../api/types";
import { type BulkProgress, matchingIds, runBulkCalls, selectedIds } from "./bulk-calls";

function entry(id: number, kind: DlqEntryKind = "message"): DlqEntry {
  const fields = { what: "500", to: "http://app", url: "http://app", error: "HTTP status 500" };
  return { dlqId: String(id), kind, messageId: `msg_${id}`, failedAt: id, attempts: 1, duration: 1, method: "POST", ...fields };
}

/** A queue of entries that fail again as soon as they are retried. */
function queue(count: number, kindOf: (id: number) => DlqEntryKind = () => "message") {
  const entries = Array.from({ length: count }, (_, index) => entry(index + 1, kindOf(index + 1)));
  let newest = count;
  return {
    entries,
    read: (cursor: string | undefined, size: number): Promise<DlqPage> => {
      const older = entries.filter(({ dlqId }) => cursor === undefined || Number(dlqId) < Number(cursor)).reverse();
      const page = older.slice(0, size);
      const last = page.at(-1);
      return Promise.resolve({
        letters: page,
        total: entries.length,
        ...(last && older.length > size && { cursor: last.dlqId }),
      });
    },
    retry: (ids: string[]): Promise<void> => {
      for (const id of ids) {
        entries.splice(entries.findIndex(({ dlqId }) => dlqId === id), 1);
        entries.push(entry(++newest));
      }
      return Promise.resolve();
    },
  };
}

const live = new AbortController().signal;
const ignore = (): void => undefined;

test("everything that matches is retried once, although it dies again at once", async () => {
  const { entries, read, retry } = queue(250);
  const told: BulkProgress[] = [];
  const onProgress = (progress: BulkProgress) => void told.push(progress);
  const done = await runBulkCalls({ ids: matchingIds(read, "message", 100), of: 250, callFor: retry, onProgress, signal: live });
  assert.equal(done, 250);
  assert.deepEqual(told.map((progress) => progress.done), [100, 200, 250]);
  assert.equal(entries.length, 250);
  assert.ok(entries.every(({ dlqId }) => Number(dlqId) > 250), "all of them are new");
});

test("only entries of the kind wanted are taken", async () => {
  const { read } = queue(10, (id) => (id % 2 ? "run" : "message"));
  const seen: string[] = [];
  const callFor = (ids: string[]) => Promise.resolve(void seen.push(...ids));
  await runBulkCalls({ ids: matchingIds(read, "run", 3), of: 5, callFor, onProgress: ignore, signal: live });
  assert.deepEqual(seen, ["9", "7", "5", "3", "1"]);
});

test("selected entries are sent in requests of limited size", async () => {
  const entries = [entry(1), entry(2, "run"), entry(3), entry(4)];
  const calls: string[][] = [];
  const callFor = (ids: string[]) => Promise.resolve(void calls.push(ids));
  await runBulkCalls({ ids: selectedIds(entries, "message", 2), of: 3, callFor, onProgress: ignore, signal: live });
  assert.deepEqual(calls, [["1", "3"], ["4"]]);
});

test("an entry that is gone does not keep the others from it", async () => {
  const seen: string[] = [];
  const callFor = (ids: string[]): Promise<void> => {
    if (ids.includes("2")) return Promise.reject(new ApiError(404, "not found"));
    seen.push(...ids);
    return Promise.resolve();
  };
  const entries = [entry(1), entry(2), entry(3)];
  const done = await runBulkCalls({ ids: selectedIds(entries, "message", 10), of: 3, callFor, onProgress: ignore, signal: live });
  assert.equal(done, 2);
  assert.deepEqual(seen, ["1", "3"]);
});

test("any other error ends it", async () => {
  const callFor = () => Promise.reject(new ApiError(400, "Upstash-Retries: use a whole number"));
  const ids = selectedIds([entry(1)], "message", 10);
  await assert.rejects(runBulkCalls({ ids, of: 1, callFor, onProgress: ignore, signal: live }), /Upstash-Retries/);
});

test("it can be stopped between two calls", async () => {
  const { read, retry } = queue(50);
  const stop = new AbortController();
  const done = await runBulkCalls({
    ids: matchingIds(read, "message", 10),
    of: 50,
    callFor: retry,
    onProgress: ({ done }) => done >= 20 && stop.abort(),
    signal: stop.signal,
  });
  assert.equal(done, 20);
});
