import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_ROWS, type Page, PagedList } from "./paged-list";

/** A list of numbers on a server, the greatest first. */
function numbers(newest: number) {
  const server = { newest, asked: [] as (string | undefined)[] };
  const list = new PagedList<number>((cursor, count) => {
    server.asked.push(cursor);
    const top = cursor === undefined ? server.newest : Number(cursor) - 1;
    const rows = Array.from({ length: Math.min(count, top) }, (_, index) => top - index);
    const last = rows.at(-1) ?? 0;
    return Promise.resolve<Page<number>>({ rows, ...(last > 1 && { cursor: String(last) }) });
  }, String);
  return { server, list };
}

test("pages follow each other until there is no more", async () => {
  const { list } = numbers(250);
  await list.refresh();
  await list.more();
  await list.more();
  assert.equal(list.rows.value.length, 250);
  assert.equal(list.cursor.value, "");
  await list.more();
  assert.equal(list.rows.value.length, 250);
});

test("a change shows at once at the top, and is only told of further down", async () => {
  const { server, list } = numbers(10);
  await list.refresh();
  server.newest = 11;
  await list.changed();
  assert.equal(list.rows.value[0], 11);
  list.setAtTop(false);
  server.newest = 12;
  await list.changed();
  assert.equal(list.rows.value[0], 11);
  assert.ok(list.stale.value);
  list.setAtTop(true);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(list.rows.value[0], 12);
  assert.ok(!list.stale.value);
});

test("it holds no more than it may", async () => {
  const { list } = numbers(MOST_ROWS * 2);
  await list.refresh();
  for (let pages = 0; pages < 80; pages++) await list.more();
  assert.equal(list.rows.value.length, MOST_ROWS);
  assert.ok(list.full);
});

test("rows that no longer exist are removed from every place", async () => {
  const { list } = numbers(3);
  await list.refresh();
  list.remove(new Set(["2"]));
  assert.deepEqual(list.rows.value, [3, 1]);
});

test("an answer that was overtaken by another counts for nothing", async () => {
  const answers: ((page: Page<number>) => void)[] = [];
  const list = new PagedList<number>(() => new Promise((resolve) => answers.push(resolve)), String);
  const first = list.refresh();
  const second = list.refresh();
  answers[1]?.({ rows: [2] });
  await second;
  answers[0]?.({ rows: [1] });
  await first;
  assert.deepEqual(list.rows.value, [2]);
  assert.ok(!list.loading.value);
});

test("an error is shown, and the rows stay", async () => {
  let broken = false;
  const list = new PagedList<number>(
    () => (broken ? Promise.reject(new Error("no")) : Promise.resolve({ rows: [1] })),
    String,
  );
  await list.refresh();
  broken = true;
  await list.refresh();
  assert.equal(list.error.value, "no");
  assert.deepEqual(list.rows.value, [1]);
});
