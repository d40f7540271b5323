import assert from "node:assert/strict";
import { test } from "node:test";
import { isFiltered, listKey, messageQuery, noFilters, STATE_CHOICES, statesOf, toggledState } from "./filters";

const cancelled = STATE_CHOICES.find(({ text }) => text === "Cancelled");
assert.ok(cancelled);

test("a choice of several states goes in and out as one", () => {
  const state = toggledState({ state: "FAILED" }, cancelled);
  assert.equal(state, "FAILED,CANCEL_REQUESTED,CANCELED");
  assert.equal(toggledState({ state }, cancelled), "FAILED");
});

test("states that do not exist are not asked for", () => {
  assert.deepEqual(statesOf({ state: "FAILED,BOGUS,failed" }), ["FAILED"]);
});

test("what is in the address is what the server is asked for", () => {
  const query = { search: "a,b", state: "FAILED", queueName: "q", tab: "raw", user: "testUser1" };
  assert.deepEqual(messageQuery("testUser1", query), {
    user: "testUser1",
    search: "a,b",
    state: ["FAILED"],
    queueName: "q",
  });
});

test("clearing takes out everything that filters", () => {
  const query = { search: "a", state: "FAILED", queueName: "q", label: "l", from: "1-msg_1" };
  assert.ok(isFiltered(query));
  assert.ok(!isFiltered({ ...query, ...noFilters() }));
});

test("a list is the same for every open message and tab", () => {
  assert.equal(listKey("u", { search: "a", tab: "raw" }), listKey("u", { search: "a" }));
  assert.notEqual(listKey("u", { search: "a" }), listKey("u", { search: "b" }));
  assert.notEqual(listKey("u", {}), listKey("v", {}));
  assert.notEqual(listKey("u", { from: "1-msg_1" }), listKey("u", {}));
});
