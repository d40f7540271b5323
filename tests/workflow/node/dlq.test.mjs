import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, ends, everyone, newest, openApp, since, stepNames, succeeded } from "./support.mjs";

/** A workflow whose second step throws until it is mended. */
function mendable() {
  const state = { ran: [], broken: true };
  const route = async (context) => {
    const first = await context.run("first", () => (state.ran.push("first"), 20));
    const second = await context.run("second", () => {
      state.ran.push("second");
      if (state.broken) throw new Error("not yet");
      return first + 1;
    });
    return context.run("third", () => (state.ran.push("third"), 2 * second));
  };
  return { state, route };
}

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("a failed run is resumed where it stopped, as a new run", async (t) => {
      const app = await openApp(t, sdk);
      const { state, route } = mendable();
      const url = app.serve("/mend", route, { retries: 0 });
      const failed = await app.run(url, { retries: 0, body: { p: 1 }, headers: { "x-user": "bob" }, label: "blue" });
      assert.equal(failed.state, "RUN_FAILED");
      const before = app.deliveries.length;
      assert.equal(before, sdk.since("1.0") ? 3 : 2);
      state.broken = false;
      const { workflowRunId, workflowCreatedAt } = await sdk.client.dlq.resume({ dlqId: failed.log.dlqId });
      await clock.idle();
      const run = await app.look(workflowRunId);
      assert.notEqual(workflowRunId, failed.id);
      assert.equal(workflowCreatedAt, run.log.workflowRunCreatedAt);
      succeeded(run, 42);
      assert.deepEqual(state.ran, ["first", "second", "second", "third"]);
      assert.deepEqual(stepNames(run), ["init", "first", "second", "third"]);
      assert.equal(app.deliveries.at(-1).headers["x-user"], "bob");
      assert.equal(run.log.label, "blue");
      assert.deepEqual((await sdk.client.dlq.list()).messages, []);
      // The delivery that failed, and one for each step after it.
      app.delivered(before + 3);
    });

    test("a failed run is restarted from its beginning, as a new run", async (t) => {
      const app = await openApp(t, sdk);
      const { state, route } = mendable();
      const url = app.serve("/mend", route, { retries: 0 });
      const failed = await app.run(url, { retries: 0, body: { p: 1 } });
      const before = app.deliveries.length;
      state.broken = false;
      const { workflowRunId } = await sdk.client.dlq.restart({ dlqId: failed.log.dlqId });
      await clock.idle();
      succeeded(await app.look(workflowRunId), 42);
      assert.deepEqual(state.ran, ["first", "second", "first", "second", "third"]);
      assert.equal((await app.look(failed.id)).state, "RUN_FAILED");
      app.delivered(before + 4);
    });

    test("the dead letter queue lists what failed, and why", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/mend", mendable().route, { retries: 0 });
      const options = { retries: 0, body: { p: "ü" }, label: "blue", headers: { "x-user": "bob" }, ...sdk.failureFunction };
      const { id, log } = await app.run(url, options);
      const { messages, cursor } = await sdk.client.dlq.list();
      assert.equal(cursor, undefined);
      assert.equal(messages.length, 1);
      const [letter] = messages;
      const expected = {
        dlqId: log.dlqId,
        workflowRunId: id,
        workflowUrl: url,
        workflowCreatedAt: log.workflowRunCreatedAt,
        responseStatus: 500,
        maxRetries: 0,
        body: '{"p":"ü"}',
        label: "blue",
        labels: ["blue"],
        callerIP: "127.0.0.1",
        failureCallback: url,
        method: "POST",
        url,
      };
      assert.deepEqual({ ...letter, ...expected }, letter);
      assert.equal(JSON.parse(letter.responseBody).message, "not yet");
      assert.deepEqual(letter.header["X-User"], ["bob"]);
      app.delivered(3);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("a resumed group does again only what was not done", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      let broken = true;
      const third = app.thirdParty("/third", { status: 200, headers: { "content-type": "application/json" }, body: '"C"' });
      const url = app.serve("/group", async (context) => {
        const [a, b, c, d, e] = await Promise.all([
          context.run("a", () => (ran.push("a"), "A")),
          context.run("b", async () => {
            ran.push("b");
            // The group, four plans, the outcome of the call and two results: all that can be done is done.
            if (broken) await app.received(1 + 4 + 1 + 2);
            if (broken) throw new sdk.WorkflowNonRetryableError("not yet");
            return "B";
          }),
          context.call("c", { url: third }),
          context.waitForEvent("d", "d"),
          context.sleep("e", "1h"),
        ]);
        return context.run("join", () => [a, b, c.body, d.eventData, e ?? "E"].join(""));
      });
      const failed = await app.run(url);
      assert.equal(failed.state, "RUN_FAILED");
      broken = false;
      const { workflowRunId } = await sdk.client.dlq.resume({ dlqId: failed.log.dlqId });
      await clock.idle();
      assert.deepEqual(ran.toSorted(), ["a", "b", "b"]);
      assert.equal((await app.look(workflowRunId)).state, "RUN_STARTED");
      await sdk.client.notify({ eventId: "d", eventData: "D" });
      await clock.advance("59m");
      assert.equal((await app.look(workflowRunId)).state, "RUN_STARTED");
      await clock.advance("1m");
      succeeded(await app.look(workflowRunId), "ABCDE");
      assert.equal(app.calls.length, 1);
      // Again: three plans, three results, the event, and the step behind the group. Newer SDKs were told of the failure.
      app.delivered(8 + (sdk.since("1.0") ? 1 : 0) + 3 + 3 + 1);
    });

    test("a run that was resumed may fail and be resumed again", async (t) => {
      const app = await openApp(t, sdk);
      let left = 3;
      const ran = [];
      const url = app.serve("/often", async (context) => {
        await context.run("once", () => void ran.push("once"));
        return context.run("often", () => {
          ran.push("often");
          if (left-- > 0) throw new sdk.WorkflowNonRetryableError("again");
          return "at last";
        });
      });
      let run = await app.run(url);
      while (run.state === "RUN_FAILED") {
        const { workflowRunId } = await sdk.client.dlq.resume({ dlqId: run.log.dlqId });
        await clock.idle();
        run = await app.look(workflowRunId);
      }
      succeeded(run, "at last");
      assert.deepEqual(ran, ["once", "often", "often", "often", "often"]);
      assert.deepEqual((await sdk.client.dlq.list()).messages, []);
      app.delivered(2 + 1 + 1 + 2 + (sdk.since("1.0") ? 3 : 0));
    });

    test("many are resumed and restarted at once", async (t) => {
      const app = await openApp(t, sdk);
      const { state, route } = mendable();
      const url = app.serve("/mend", route, { retries: 0 });
      const runs = [];
      for (let n = 0; n < 4; n++) runs.push(await app.run(url, { retries: 0 }));
      const ids = runs.map(({ log }) => log.dlqId);
      state.broken = false;
      const resumed = await sdk.client.dlq.resume({ dlqId: ids.slice(0, 2) });
      const restarted = await sdk.client.dlq.restart({ dlqId: ids.slice(2) });
      await clock.idle();
      assert.equal(new Set([...resumed, ...restarted].map(({ workflowRunId }) => workflowRunId)).size, 4);
      for (const { workflowRunId } of [...resumed, ...restarted]) succeeded(await app.look(workflowRunId), 42);
      assert.deepEqual((await sdk.client.dlq.list()).messages, []);
      app.delivered(4 * (sdk.since("1.0") ? 3 : 2) + 2 * 3 + 2 * 4);
    });

    test("a resumed run may have other retries and another flow control", async (t) => {
      const app = await openApp(t, sdk);
      const { state, route } = mendable();
      const url = app.serve("/mend", route, { retries: 0 });
      const failed = await app.run(url, { retries: 0 });
      const before = app.deliveries.length;
      const flowControl = { key: "other", parallelism: 1 };
      const { workflowRunId } = await sdk.client.dlq.resume({ dlqId: failed.log.dlqId, retries: 2, flowControl });
      await clock.idle();
      assert.equal((await app.look(workflowRunId)).log.flowControlKey, "other");
      await clock.next();
      state.broken = false;
      await clock.next();
      succeeded(await app.look(workflowRunId), 42);
      app.delivered(before + 3 + 2);
    });

    test("a failure function that fails is told again when asked for", async (t) => {
      const app = await openApp(t, sdk);
      const told = [];
      const failureFunction = () => {
        told.push(told.length);
        if (told.length < 2) throw new Error("cannot hear you");
        return "heard";
      };
      const url = app.serve("/broken", mendable().route, { failureFunction, retries: 0 });
      const { id, log } = await app.run(url, { retries: 0, ...sdk.failureFunction });
      assert.equal(log.failureFunction.state, "CALLBACK_FAIL");
      assert.equal(log.failureFunction.errors.length, 1);
      const letters = await sdk.client.dlq.list();
      assert.equal(letters.messages.length, 1);
      assert.equal(letters.messages[0].failureCallbackInfo.state, "CALLBACK_FAIL");
      const again = await sdk.client.dlq.retryFailureFunction({ dlqId: log.dlqId });
      assert.equal(again.workflowRunId, id);
      await clock.idle();
      assert.deepEqual(told, [0, 1]);
      const { failureCallbackInfo } = (await sdk.client.dlq.list()).messages[0];
      assert.equal(failureCallbackInfo.state, "CALLBACK_SUCCESS");
      assert.equal(failureCallbackInfo.responseStatus, 200);
      assert.equal(JSON.parse(failureCallbackInfo.responseBody).result, "heard");
      await assert.rejects(sdk.client.dlq.retryFailureFunction({ dlqId: log.dlqId }), (error) => {
        assert.equal(error.status, 400);
        assert.match(error.message, /is in state CALLBACK_SUCCESS, but only one in state CALLBACK_FAIL can be retried/);
        return true;
      });
      app.delivered(4);
    });
  });
}

for (const sdk of since("1.2")) {
  describe(`SDK ${sdk.version}`, () => {
    test("entries are deleted by id, by filter, all of them, page by page", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/mend", mendable().route);
      const runs = [];
      for (let n = 0; n < 6; n++) runs.push(await app.run(url, { retries: 0, label: n % 2 ? "odd" : "even" }));
      const { dlq } = sdk.client;
      const left = async () => (await dlq.list()).messages.map(({ workflowRunId }) => workflowRunId).toSorted();
      const ids = (...at) => at.map((n) => runs[n].id).toSorted();
      assert.deepEqual(await left(), ids(0, 1, 2, 3, 4, 5));
      const page = await dlq.list({ count: 4 });
      assert.equal(page.messages.length, 4);
      assert.equal((await dlq.list({ count: 4, cursor: page.cursor })).messages.length, 2);
      assert.equal((await dlq.list({ filter: { label: "odd" } })).messages.length, 3);
      assert.equal((await dlq.list({ filter: { workflowRunId: runs[2].id } })).messages.length, 1);
      assert.equal((await dlq.list({ filter: { responseStatus: 404 } })).messages.length, 0);
      assert.equal((await dlq.delete(runs[0].log.dlqId)).deleted, 1);
      assert.equal((await dlq.delete([runs[0].log.dlqId, runs[1].log.dlqId])).deleted, 1);
      assert.deepEqual(await left(), ids(2, 3, 4, 5));
      assert.equal((await dlq.delete({ filter: { label: "odd" } })).deleted, 2);
      assert.deepEqual(await left(), ids(2, 4));
      assert.equal((await dlq.delete({ all: true })).deleted, 2);
      assert.deepEqual(await left(), []);
      app.delivered(6 * 3);
    });

    test("entries are resumed and restarted by filter, and fifty at a time", async (t) => {
      const app = await openApp(t, sdk);
      const { state, route } = mendable();
      const url = app.serve("/mend", route);
      await sdk.client.trigger(Array.from({ length: 52 }, (_, n) => ({ url, retries: 0, label: n < 2 ? "few" : "many" })));
      await clock.idle();
      state.broken = false;
      const { dlq } = sdk.client;
      const few = await dlq.restart({ filter: { label: "few" } }, { retries: 1 });
      assert.equal(few.workflowRuns.length, 2);
      assert.equal(few.cursor, undefined);
      const some = await dlq.resume({ all: true, count: 30 });
      assert.equal(some.workflowRuns.length, 30);
      const rest = await dlq.resume({ all: true, cursor: some.cursor });
      assert.equal(rest.workflowRuns.length, 20);
      assert.equal(rest.cursor, undefined);
      await clock.idle();
      for (const { workflowRunId } of [few, some, rest].flatMap(({ workflowRuns }) => workflowRuns).slice(-5)) {
        succeeded(await app.look(workflowRunId), 42);
      }
      assert.deepEqual((await dlq.list()).messages, []);
      assert.deepEqual((await dlq.resume({ filter: { label: "few" } })).workflowRuns, []);
      app.delivered(52 * 3 + 2 * 4 + 50 * 3);
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("entries that are not there are an error that says so", async (t) => {
    const app = await openApp(t, newest);
    for (const call of ["resume", "restart"]) {
      await assert.rejects(newest.client.dlq[call]("1-1"), (error) => error.status === 404 && /1-1/.test(error.message));
    }
    await assert.rejects(newest.client.dlq.retryFailureFunction({ dlqId: "1-1" }), { status: 404 });
    assert.equal((await newest.client.dlq.delete("1-1")).deleted, 0);
    app.delivered(0);
  });

  test("an entry is read, resumed and deleted over plain HTTP, and a callback under way is stopped", async (t) => {
    const app = await openApp(t, newest);
    const told = [];
    const failureFunction = () => {
      told.push("told");
      throw new Error("cannot hear you");
    };
    const url = app.serve("/broken", mendable().route, { failureFunction });
    const { log } = await app.run(url, { retries: 1, retryDelay: "60000" });
    await clock.advance("1m");
    const path = `/v2/workflows/dlq/${log.dlqId ?? (await app.look(log.workflowRunId)).log.dlqId}`;
    const callback = path.replace("dlq/", "dlq/callback/");
    assert.equal((await api("GET", path)).body.failureFunctionState, "CALLBACK_INPROGRESS");
    assert.equal((await api("DELETE", callback)).status, 200);
    assert.equal((await api("GET", path)).body.failureFunctionState, "CALLBACK_CANCELED");
    assert.equal((await clock.runAll()).attempts, 0);
    assert.deepEqual(told, ["told"]);
    assert.equal((await api("DELETE", callback)).status, 400);
    assert.equal((await api("DELETE", path)).status, 200);
    assert.equal((await api("GET", path)).status, 404);
    app.delivered(4);
  });
});
