import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, DAY_MS, ends, everyone, newest, openApp, succeeded } from "./support.mjs";

/** A workflow that waits for one event and returns what it got. */
const waiter = (eventId, options) => async (context) => context.waitForEvent("wait", eventId, options);

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("a notification resumes the run that waits, with its data", async (t) => {
      const app = await openApp(t, sdk);
      const run = await app.run(app.serve("/wait", waiter("order.paid-1", { timeout: "1d" })));
      assert.equal(run.state, "RUN_STARTED");
      const [waiting] = await sdk.client.getWaiters({ eventId: "order.paid-1" });
      assert.equal(waiting.url, run.log.workflowUrl);
      assert.equal(waiting.deadline, Math.floor((await clock.now()) / 1_000 + 86_400));
      assert.equal(JSON.stringify(waiting).toLowerCase().includes("authorization"), false);
      const woken = await sdk.client.notify({ eventId: "order.paid-1", eventData: { sum: 5, note: "ü" } });
      assert.deepEqual(woken.map(({ workflowRunId, error }) => [workflowRunId, error]), [[run.id, ""]]);
      assert.deepEqual(woken[0].waiter, waiting);
      await clock.idle();
      succeeded(await app.look(run.id), { eventData: { sum: 5, note: "ü" }, timeout: false });
      app.delivered(2);
      assert.deepEqual(await sdk.client.getWaiters({ eventId: "order.paid-1" }), []);
      assert.deepEqual(await sdk.client.notify({ eventId: "order.paid-1", eventData: 1 }), []);
    });

    test("a wait ends when its time is up", async (t) => {
      const app = await openApp(t, sdk);
      const run = await app.run(app.serve("/wait", waiter("never", { timeout: "2h" })));
      await clock.advance("1h");
      assert.equal(app.deliveries.length, 1);
      await clock.advance("1h");
      succeeded(await app.look(run.id), { timeout: true });
      app.delivered(2);
      assert.deepEqual(await sdk.client.notify({ eventId: "never", eventData: "late" }), []);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("a wait lasts seven days unless told otherwise", async (t) => {
      const app = await openApp(t, sdk);
      const start = await clock.now();
      const run = await app.run(app.serve("/wait", waiter("never")));
      await clock.to(start + 7 * DAY_MS - 1);
      assert.equal(app.deliveries.length, 1);
      await clock.advance(0.001);
      succeeded(await app.look(run.id), { timeout: true });
      app.delivered(2);
    });

    test("one notification resumes every run that waits, once each", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/wait", waiter("all", { timeout: 60 }));
      const triggered = await sdk.client.trigger(Array.from({ length: 5 }, () => ({ url })));
      await clock.idle();
      const woken = await sdk.client.notify({ eventId: "all", eventData: "go" });
      assert.deepEqual(woken.map((one) => one.workflowRunId).toSorted(), triggered.map((one) => one.workflowRunId).toSorted());
      await clock.runAll();
      for (const { workflowRunId } of triggered) {
        succeeded(await app.look(workflowRunId), { eventData: "go", timeout: false });
      }
      app.delivered(10);
    });

    for (const [what, eventData, seen] of [
      ["text", "hello", "hello"],
      ["a number", 5, 5],
      ["nothing", "", undefined],
      ["null", null, null],
      ["an array", [1, { a: "ß" }], [1, { a: "ß" }]],
    ]) {
      test(`${what} comes as the data of an event`, async (t) => {
        const app = await openApp(t, sdk);
        let got;
        const url = app.serve("/wait", async (context) => {
          got = await context.waitForEvent("wait", "data");
        });
        const run = await app.run(url);
        await sdk.client.notify({ eventId: "data", eventData });
        await clock.idle();
        succeeded(await app.look(run.id), undefined);
        assert.deepEqual(got.eventData, seen);
        app.delivered(2);
      });
    }

    test("a step of one run notifies another", async (t) => {
      const app = await openApp(t, sdk);
      const run = await app.run(app.serve("/wait", waiter("between")));
      const url = app.serve("/notify", async (context) => {
        const told = await context.notify("tell", "between", { from: "notify" });
        const untold = await context.notify("tell nobody", "nobody", 1);
        return [told.notifyResponse.length, told.eventData, untold.notifyResponse.length];
      });
      succeeded(await app.run(url), [1, { from: "notify" }, 0]);
      succeeded(await app.look(run.id), { eventData: { from: "notify" }, timeout: false });
      app.delivered(2 + 3);
    });

    test("branches wait for events of their own", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/branches", async (context) => {
        const events = await Promise.all([
          context.waitForEvent("first", "first", { timeout: "1d" }),
          context.waitForEvent("second", "second", { timeout: "1d" }),
          context.waitForEvent("late", "late", { timeout: "2d" }),
        ]);
        return events.map(({ eventData, timeout }) => eventData ?? timeout);
      });
      const run = await app.run(url);
      app.deliveries.length = 0;
      await sdk.client.notify({ eventId: "second", eventData: 2 });
      await clock.idle();
      await sdk.client.notify({ eventId: "first", eventData: 1 });
      await clock.idle();
      assert.equal(app.deliveries.length, 2);
      await clock.runAll();
      succeeded(await app.look(run.id), [1, 2, true]);
      app.delivered(3);
    });

    test("a wait that a crashed endpoint submits once more is one wait", async (t) => {
      const app = await openApp(t, sdk);
      let crashes = 1;
      app.crash = () => crashes-- > 0;
      const run = await app.run(app.serve("/wait", waiter("once", { timeout: "7d" })));
      await clock.advance("1h");
      assert.equal(app.deliveries.length, 2);
      assert.equal((await sdk.client.getWaiters({ eventId: "once" })).length, 1);
      assert.equal((await sdk.client.notify({ eventId: "once", eventData: 1 })).length, 1);
      await clock.runAll();
      succeeded(await app.look(run.id), { eventData: 1, timeout: false });
      app.delivered(2 + 1);
    });

    test("a notification that races the retry of a wait resumes it once", async (t) => {
      const app = await openApp(t, sdk);
      let crashes = 1;
      app.crash = () => crashes-- > 0;
      const run = await app.run(app.serve("/wait", waiter("race")));
      await sdk.client.notify({ eventId: "race", eventData: 1 });
      await clock.runAll();
      succeeded(await app.look(run.id), { eventData: 1, timeout: false });
      app.delivered(2);
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("what a run was told before it waited is kept for it", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/back", async (context) => {
      await context.sleep("nap", "1h");
      const first = await context.waitForEvent("first", "early");
      const second = await context.waitForEvent("second", "early");
      const third = await context.waitForEvent("third", "early", { timeout: "1m" });
      return [first.eventData, second.eventData, third.timeout];
    });
    const { id: workflowRunId } = await app.run(url);
    const other = await app.run(app.serve("/other", waiter("early", { timeout: "1h" })));
    for (const eventData of ["one", "two"]) {
      const kept = await newest.client.notify({ eventId: "early", eventData, workflowRunId });
      assert.equal(kept.workflowRunId, workflowRunId);
    }
    await clock.runAll();
    succeeded(await app.look(workflowRunId), ["one", "two", true]);
    // It was meant for one run only.
    succeeded(await app.look(other.id), { timeout: true });
    app.delivered(1 + 1 + 3 + 2);
  });

  test("a notification of one run leaves others waiting for the same event alone", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/wait", waiter("same", { timeout: "1h" }));
    const [first, second] = [await app.run(url), await app.run(url)];
    const notifier = app.serve("/notify", async (context) => {
      const { notifyResponse } = await context.notify("tell", "same", "you", second.id);
      return notifyResponse.workflowRunId;
    });
    succeeded(await app.run(notifier), second.id);
    await clock.runAll();
    succeeded(await app.look(first.id), { timeout: true });
    succeeded(await app.look(second.id), { eventData: "you", timeout: false });
    app.delivered(2 + 2 + 2);
  });

  test("notifying a run that is unknown or over is an error that says so", async (t) => {
    const app = await openApp(t, newest);
    const { id } = await app.run(app.serve("/done", async (context) => context.run("one", () => 1)));
    for (const workflowRunId of [id, "wfr_nobody"]) {
      const told = newest.client.notify({ eventId: "early", eventData: 1, workflowRunId });
      await assert.rejects(told, (error) => error.status === 404 && error.message.includes(`${workflowRunId} not found`));
    }
    app.delivered(2);
  });

  test("an event id that no client could name fails the run in words, and does not let it hang", async (t) => {
    const app = await openApp(t, newest);
    const run = await app.run(app.serve("/wait", waiter("what is this?")), { retries: 0 });
    assert.equal(run.state, "RUN_FAILED");
    assert.match(run.log.steps.at(-1).steps[0].errors[0].body, /event id/);
    assert.deepEqual((await api("GET", "/v2/waiters/what")).body, []);
    app.delivered(2);
  });
});
