import assert from "node:assert/strict";
import { test } from "node:test";
import { isFiltered, noFilters, runQuery, statesOf, toggledState } from "./filters";

test("a state goes in and out, and others stay", () => {
  const both = toggledState({ state: "RUN_FAILED" }, "RUN_STARTED");
  assert.equal(both, "RUN_STARTED,RUN_FAILED");
  assert.equal(toggledState({ state: both }, "RUN_STARTED"), "RUN_FAILED");
});

test("states that do not exist are not asked for", () => {
  assert.deepEqual(statesOf({ state: "RUN_FAILED,BOGUS" }), ["RUN_FAILED"]);
});

test("what is in the address is what the server is asked for", () => {
  const query = { search: "a,b", state: "RUN_FAILED", label: "l", tab: "raw", step: "3" };
  assert.deepEqual(runQuery("u", query), { user: "u", search: "a,b", state: ["RUN_FAILED"], label: "l" });
});

test("clearing takes out everything that filters", () => {
  const query = { search: "a", state: "RUN_FAILED", label: "l", workflowUrl: "http://app" };
  assert.ok(isFiltered(query));
  assert.ok(!isFiltered({ ...query, ...noFilters() }));
});
