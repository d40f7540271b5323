import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, DAY_MS, ends, everyone, openApp, succeeded } from "./support.mjs";

/** How many steps have begun to be delivered, when the clock is at this time. */
async function at(app, ms) {
  await clock.to(ms);
  return app.deliveries.length;
}

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("a run that sleeps seven days ends in an instant, and not a millisecond early", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/week", async (context) => {
        await context.run("before", () => 1);
        await context.sleep("week", "7d");
        return context.run("after", () => 2);
      });
      const start = await clock.now();
      const run = await app.run(url);
      assert.equal(app.deliveries.length, 2);
      assert.equal(await at(app, start + 7 * DAY_MS - 1), 2);
      assert.equal(await at(app, start + 7 * DAY_MS), 4);
      succeeded(await app.look(run.id), 2);
      app.delivered(4);
    });

    test("a week, a month and a year are written as the documents write them", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/long", async (context) => {
        await context.sleep("week", "1w");
        await context.sleep("month", "1mo");
        await context.sleep("year", "1y");
        return "awake";
      });
      const start = await clock.now();
      const run = await app.run(url);
      for (const [deliveries, days] of [[1, 7], [2, 37], [3, 402]]) {
        assert.equal(await at(app, start + days * DAY_MS - 1), deliveries);
      }
      await clock.to(start + 402 * DAY_MS);
      assert.equal((await app.look(run.id)).result, "awake");
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("sleepUntil never ends before its time, though the SDK rounds it", async (t) => {
      const app = await openApp(t, sdk);
      const start = await clock.now();
      const wake = Math.floor(start / 1_000) * 1_000 + 7 * DAY_MS + 400;
      const url = app.serve("/until", async (context) => {
        await context.sleepUntil("fraction", wake / 1_000);
        await context.sleepUntil("date", new Date(wake + DAY_MS + 600));
        await context.sleepUntil("text", new Date(wake + 2 * DAY_MS + 600).toISOString());
        await context.sleepUntil("past", 1);
        return "awake";
      });
      const run = await app.run(url);
      assert.equal(app.deliveries.length, 1);
      assert.equal(await at(app, wake - 1), 1);
      assert.equal(await at(app, wake), 2);
      assert.equal(await at(app, wake + DAY_MS + 599), 2);
      assert.equal(await at(app, wake + DAY_MS + 600), 3);
      // What is past is awake at once.
      assert.equal(await at(app, wake + 2 * DAY_MS + 600), 5);
      succeeded(await app.look(run.id), "awake");
      app.delivered(5);
    });

    test("a sleep of part of a second is not cut to whole ones", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/part", async (context) => {
        await context.sleep("part", 1.4);
        await context.sleep("none", 0);
      });
      const start = await clock.now();
      const run = await app.run(url);
      assert.equal(await at(app, start + 1_399), 1);
      assert.equal(await at(app, start + 1_400), 3);
      succeeded(await app.look(run.id), undefined);
      app.delivered(3);
    });

    test("branches sleep side by side", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/side", async (context) => {
        await Promise.all([
          context.sleep("short", 1),
          context.sleep("long", "2h"),
          context.sleepUntil("until", start / 1_000 + 60),
        ]);
        return "all";
      });
      const start = await clock.now();
      const run = await app.run(url);
      assert.equal(app.deliveries.length, 1);
      assert.equal(await at(app, start + 1_000), 3);
      assert.equal(await at(app, start + 59_999), 3);
      assert.equal(await at(app, start + 61_000), 5);
      assert.equal(await at(app, start + 7_199_999), 5);
      assert.equal(await at(app, start + 7_200_000), 7);
      succeeded(await app.look(run.id), "all");
      app.delivered(7);
    });

    test("a run may sleep for a year, and longer than that is said to be too long", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/long", async (context) => {
        await context.sleep("long", context.requestPayload);
        return "awake";
      });
      const year = await app.run(url, { body: "365d" });
      await clock.runAll();
      succeeded(await app.look(year.id), "awake");
      const { id } = await app.run(url, { body: "366d", retries: 0 });
      const { state, log } = await app.look(id);
      assert.equal(state, "RUN_FAILED");
      assert.match(log.steps.at(-1).steps[0].errors[0].body, /maxDelay exceeded, current limit: 31536000/);
      // Newer SDKs take an exceeded quota for an error that no retry helps against, and tell their failure function.
      assert.equal(log.steps.at(-1).steps[0].errors[0].status, sdk.since("1.3") ? 489 : 500);
      app.delivered(sdk.since("1.0") ? 4 : 3);
    });
  });
}
