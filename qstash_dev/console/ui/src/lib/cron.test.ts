import assert from "node:assert/strict";
import { test } from "node:test";
import { cronInWords, withoutZone } from "./cron";

test("expressions are described in words, with 24 hours a day", () => {
  assert.equal(cronInWords("*/5 * * * *"), "Every 5 minutes");
  assert.equal(cronInWords("30 14 * * 1-5"), "At 14:30, Monday through Friday");
  assert.equal(cronInWords("CRON_TZ=Europe/Berlin 0 0 1 * *"), "At 00:00, on day 1 of the month");
  assert.equal(cronInWords("TZ=UTC 0 9 ? * mon"), "At 09:00, only on Monday");
});

test("descriptors and intervals as well", () => {
  assert.equal(cronInWords("@every 1h30m"), "Every 1h30m");
  assert.match(cronInWords("@hourly"), /^Every hour/);
  assert.match(cronInWords("@weekly"), /Sunday/);
});

test("what cannot be told is not told", () => {
  assert.equal(cronInWords("nonsense"), "");
  assert.equal(cronInWords(""), "");
});

test("a zone stands apart from the expression", () => {
  assert.equal(withoutZone("CRON_TZ=America/New_York  0 9 * * *"), "0 9 * * *");
  assert.equal(withoutZone("TZ=UTC @daily"), "@daily");
  assert.equal(withoutZone("0 9 * * *"), "0 9 * * *");
});
