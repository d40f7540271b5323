import assert from "node:assert/strict";
import { test } from "node:test";
import { visibleRows } from "./visible-rows";

test("a hundred thousand rows are a few dozen drawn", () => {
  const { first, last } = visibleRows(5_000_000, 800, 50, 100_000);
  assert.ok(first <= 100_000 && first > 99_900);
  assert.ok(last - first < 60);
});

test("every row that can be seen is drawn", () => {
  for (const top of [0, 1, 49, 50, 51, 4950, 10_000]) {
    const { first, last } = visibleRows(top, 230, 50, 205);
    assert.ok(first * 50 <= top, `first at ${top}`);
    assert.ok(last === 205 || last * 50 >= top + 230, `last at ${top}`);
  }
  assert.deepEqual(visibleRows(0, 600, 50, 0), { first: 0, last: 0 });
});
