import assert from "node:assert/strict";
import { test } from "node:test";
import type { DlqGroups } from "../../api/types";
import {
  countsOf,
  entryQuery,
  groupAddress,
  groupQuery,
  isChosen,
  isFiltered,
  listKey,
  NO_FILTERS,
  NO_GROUP,
} from "./filters";

const group = { kind: "run" as const, what: "500", to: "http://app/a", count: 3, newest: 2, oldest: 1 };
const groups: DlqGroups = { groups: [group], more: 0, counts: { message: 7, run: 3 }, total: 10 };

test("a group narrows the entries, not the groups", () => {
  const query = { search: "a", ...groupAddress(group) };
  assert.deepEqual(entryQuery("u", query), { user: "u", search: "a", kind: "run", what: "500", to: "http://app/a" });
  assert.deepEqual(groupQuery("u", query), { user: "u", search: "a", kind: "" });
});

test("without a group there are all entries of the kinds wanted", () => {
  assert.deepEqual(entryQuery("u", { kind: "run" }), { user: "u", search: "", kind: "run" });
  assert.deepEqual(entryQuery("u", { ...groupAddress(group), ...NO_GROUP }), { user: "u", search: "", kind: "" });
});

test("counts are those of the group, or of everything", () => {
  assert.deepEqual(countsOf(groups, groupAddress(group)), { message: 0, run: 3 });
  assert.deepEqual(countsOf(groups, {}), { message: 7, run: 3 });
  assert.deepEqual(countsOf(groups, groupAddress({ ...group, what: "404" })), { message: 0, run: 0 });
  assert.deepEqual(countsOf(null, {}), { message: 0, run: 0 });
});

test("the chosen group is known by all that makes it", () => {
  assert.ok(isChosen(group, groupAddress(group)));
  assert.ok(!isChosen({ ...group, kind: "message" }, groupAddress(group)));
});

test("which entry is open changes nothing about the list", () => {
  assert.equal(listKey("u", { search: "a", tab: "x" }), listKey("u", { search: "a" }));
  assert.ok(isFiltered({ search: "a" }));
  assert.ok(!isFiltered({ search: "a", kind: "run", ...NO_FILTERS }));
});
