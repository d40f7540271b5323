import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowControlKey } from "../../api/types";
import { inFlight, period, periodEnd, pinOf, rate } from "./limits";

const flow = (more: Partial<FlowControlKey>): FlowControlKey => ({
  flowControlKey: "k",
  waitListSize: 0,
  parallelismMax: 0,
  parallelismCount: 0,
  rateMax: 0,
  rateCount: 0,
  ratePeriod: 1,
  ratePeriodStart: 100,
  isPaused: false,
  isPinnedParallelism: false,
  isPinnedRate: false,
  ...more,
});

test("limits are described with their use, if there are any", () => {
  assert.equal(inFlight(flow({ parallelismCount: 2, parallelismMax: 5 })), "2 of 5");
  assert.equal(inFlight(flow({ parallelismCount: 2 })), "2");
  assert.equal(rate(flow({ rateCount: 3, rateMax: 1000, ratePeriod: 90 })), "3 of 1,000 per 1 m 30 s");
  assert.equal(rate(flow({ rateCount: 3 })), "");
});

test("periods are whole seconds", () => {
  assert.deepEqual([1, 59, 60, 3600, 86_400].map(period), ["1 s", "59 s", "1 m", "1 h", "1 d"]);
});

test("a period ends only where one is running", () => {
  assert.equal(periodEnd(flow({ rateMax: 5, rateCount: 1, ratePeriod: 60 })), 160_000);
  assert.equal(periodEnd(flow({ rateMax: 5 })), undefined);
  assert.equal(periodEnd(flow({ rateCount: 1 })), undefined);
});

test("fields that are left empty are not pinned", () => {
  assert.deepEqual(pinOf({ parallelism: "3", rate: "", period: "" }), { parallelism: 3 });
  assert.deepEqual(pinOf({ key: "k", parallelism: "", rate: "10", period: "60" }), { rate: 10, period: 60 });
});
