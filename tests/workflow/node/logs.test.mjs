import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, ends, newest, openApp, since } from "./support.mjs";

const JSON_TYPE = { "content-type": "application/json" };

/** The group of a log that holds a step of this name. */
const groupOf = (log, name) => log.steps.find(({ steps }) => steps.some(({ stepName }) => stepName === name));
const stepOf = (log, name) => groupOf(log, name).steps.find(({ stepName }) => stepName === name);

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("the log of a run tells when, where and how it went", async (t) => {
      const app = await openApp(t, sdk);
      const start = await clock.now();
      const url = app.serve("/run", async (context) => {
        await context.run("one", () => ({ n: 1 }));
        await context.sleep("nap", 90);
        return { ok: true };
      });
      const { id } = await app.run(url, { body: { p: 1 }, label: "blue" });
      const { log: going } = await app.look(id);
      assert.equal(going.workflowRunCompletedAt, undefined);
      assert.deepEqual(going.steps.map(({ type }) => type), ["sequential", "sequential", "sequential", "next"]);
      const [next] = going.steps.at(-1).steps;
      assert.deepEqual([next.state, next.nextDeliveryTime, next.retries], ["STEP_PROGRESS", start + 90_000, 3]);
      assert.equal(next.messageId, stepOf(going, "nap").messageId);
      await clock.runAll();
      const { steps, ...log } = (await app.look(id)).log;
      assert.deepEqual(log, {
        workflowRunId: id,
        workflowUrl: url,
        workflowState: "RUN_SUCCESS",
        workflowRunCreatedAt: start,
        workflowRunCompletedAt: start + 90_000,
        workflowRunCallerIp: "127.0.0.1",
        workflowRunResponse: '{"ok":true}',
        label: "blue",
        labels: ["blue"],
      });
      const [init, one, nap] = steps.map((group) => group.steps[0]);
      const { headers, messageId, ...initial } = init;
      assert.match(messageId, /^msg_/);
      assert.deepEqual(headers["Upstash-Label"], ["blue"]);
      const common = { callType: "step", concurrent: 1, state: "STEP_SUCCESS", retries: 3, createdAt: start };
      assert.deepEqual(initial, { stepName: "init", stepType: "Initial", out: '{"p":1}', ...common });
      assert.deepEqual([one.stepId, one.stepName, one.stepType, one.out], [1, "one", "Run", '{"n":1}']);
      assert.deepEqual([nap.stepId, nap.stepType, nap.sleepFor, nap.out], [2, "SleepFor", 90, undefined]);
      app.delivered(3);
    });

    test("a call shows what was asked and answered", async (t) => {
      const app = await openApp(t, sdk);
      const third = app.thirdParty("/third", 500, { status: 201, headers: { ...JSON_TYPE, "x-third": "t" }, body: '{"a":"ü"}' });
      const url = app.serve("/call", async (context) => {
        const settings = { url: third, method: "PATCH", body: sdk.json({ q: "ß" }), headers: { "x-call": "c" }, retries: 1 };
        await context.call("call", { ...settings, retryDelay: "60000" });
      });
      const { id, log: going } = await app.run(url);
      const asked = { callUrl: third, callMethod: "PATCH", callBody: '{"q":"ß"}' };
      const before = stepOf(going, "call");
      assert.deepEqual({ ...before, ...asked }, before);
      assert.deepEqual([before.state, before.retries, before.retryDelay], ["STEP_RETRY", 1, "60000"]);
      assert.deepEqual([before.errors.length, before.errors[0].status], [1, 500]);
      assert.deepEqual(before.callHeaders["X-Call"], ["c"]);
      await clock.runAll();
      const after = stepOf((await app.look(id)).log, "call");
      assert.deepEqual({ ...after, ...asked, callResponseStatus: 201, callResponseBody: '{"a":"ü"}', state: "STEP_SUCCESS" }, after);
      assert.deepEqual(after.callResponseHeaders["X-Third"], ["t"]);
      app.delivered(3);
    });

    test("a wait shows for what and how long", async (t) => {
      const app = await openApp(t, sdk);
      const start = await clock.now();
      const url = app.serve("/wait", async (context) => {
        await context.waitForEvent("come", "come", { timeout: "1d" });
        await context.waitForEvent("gone", "gone", { timeout: 60 });
      });
      const { id, log: going } = await app.run(url);
      const waiting = stepOf(going, "come");
      assert.deepEqual([waiting.state, waiting.waitTimeoutDeadline], ["STEP_PROGRESS", start + 86_400_000]);
      await sdk.client.notify({ eventId: "come", eventData: { n: 1 } });
      await clock.runAll();
      const { log } = await app.look(id);
      const [come, gone] = ["come", "gone"].map((name) => stepOf(log, name));
      assert.deepEqual([come.waitEventId, come.waitTimeoutDuration, come.waitTimeout], ["come", "1d", false]);
      assert.deepEqual([come.waitTimeoutDeadline, gone.waitTimeoutDeadline], [start + 86_400_000, start + 60_000]);
      assert.deepEqual([gone.waitEventId, gone.waitTimeoutDuration, gone.waitTimeout], ["gone", "60s", true]);
      assert.equal(Buffer.from(come.out, "base64").toString(), '{"n":1}');
      app.delivered(3);
    });

    test("an invocation shows the run that it began, and that one its invoker", async (t) => {
      const app = await openApp(t, sdk);
      const child = sdk.createWorkflow(async (context) => context.sleep("nap", 60));
      const main = sdk.createWorkflow(async (context) => {
        const settings = { workflow: child, body: { n: 1 }, headers: { "x-child": "c" }, workflowRunId: "child" };
        await context.invoke("invoke", settings);
      });
      const urls = app.serveMany("/flows", { main, child });
      const { id, log: going } = await app.run(urls.main);
      const { log: below } = await app.look("wfr_child");
      const expected = {
        invokedWorkflowRunId: "wfr_child",
        invokedWorkflowUrl: urls.child,
        invokedWorkflowCreatedAt: below.workflowRunCreatedAt,
        invokedWorkflowRunBody: '{"n":1}',
        invokedWorkflowRunHeaders: { "X-Child": ["c"] },
      };
      const before = stepOf(going, "invoke");
      assert.deepEqual({ ...before, ...expected, state: "STEP_PROGRESS" }, before);
      assert.equal(below.invoker.workflowRunId, id);
      await clock.runAll();
      const after = stepOf((await app.look(id)).log, "invoke");
      assert.deepEqual({ ...after, ...expected, state: "STEP_SUCCESS" }, after);
      assert.deepEqual(JSON.parse(after.out), { isCanceled: false, isFailed: false });
      app.delivered(4);
    });

    test("the branches of a group show each for itself", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/group", async (context) => {
        await Promise.all([
          context.run("done", () => "D"),
          context.sleep("sleeping", "1h"),
          context.waitForEvent("waiting", "never"),
          context.run("failing", () => {
            throw new Error("again");
          }),
        ]);
      });
      const { log } = await app.run(url);
      const { type, steps } = log.steps.at(-1);
      assert.equal(type, "parallel");
      assert.deepEqual(
        steps.map(({ stepId, stepName, state, concurrent, out }) => [stepId, stepName, state, concurrent, out]),
        [
          [1, "done", "STEP_SUCCESS", 4, '"D"'],
          [2, "sleeping", "STEP_PROGRESS", 4, undefined],
          [3, "waiting", "STEP_PROGRESS", 4, undefined],
          [4, "failing", "STEP_RETRY", 4, undefined],
        ],
      );
      assert.deepEqual(steps[3].errors.map(({ status, error }) => [status, error]), [[500, "500 Internal Server Error"]]);
      app.delivered(5);
    });

    test("logs are paged, newest first, and filtered", async (t) => {
      const app = await openApp(t, sdk);
      const quick = app.serve("/quick", async (context) => context.run("one", () => 1));
      const slow = app.serve("/slow", async (context) => context.sleep("nap", "1h"));
      const ids = [];
      for (let n = 0; n < 12; n++) {
        ids.unshift((await app.run(n % 3 ? quick : slow, { label: n % 2 ? "odd" : "even" })).id);
      }
      const found = async (filter) => (await sdk.client.logs(filter)).runs.map(({ workflowRunId }) => workflowRunId);
      const first = await sdk.client.logs({ count: 7 });
      assert.deepEqual(first.runs.map(({ workflowRunId }) => workflowRunId), ids.slice(0, 7));
      const second = await sdk.client.logs({ count: 7, cursor: first.cursor });
      assert.deepEqual(second.runs.map(({ workflowRunId }) => workflowRunId), ids.slice(7));
      assert.equal(second.cursor, undefined);
      // A page holds ten runs at most.
      assert.equal((await found()).length, 10);
      const numbered = (wanted) => ids.filter((_, at) => wanted(11 - at));
      assert.deepEqual(await found({ workflowUrl: slow }), numbered((n) => n % 3 === 0));
      assert.deepEqual(await found({ state: "RUN_STARTED" }), numbered((n) => n % 3 === 0));
      assert.deepEqual(await found({ label: "odd" }), numbered((n) => n % 2 === 1));
      assert.deepEqual(await found({ label: "odd", state: "RUN_SUCCESS" }), numbered((n) => n % 2 === 1 && n % 3));
      assert.deepEqual(await found({ workflowRunId: "wfr_nobody" }), []);
      const { log } = await app.look(ids[4]);
      assert.deepEqual(await found({ workflowRunId: ids[4], workflowCreatedAt: log.workflowRunCreatedAt }), [ids[4]]);
      assert.deepEqual(await found({ workflowRunId: ids[4], workflowCreatedAt: log.workflowRunCreatedAt + 1 }), []);
      app.delivered(8 * 2 + 4);
    });
  });
}

for (const sdk of since("1.3")) {
  describe(`SDK ${sdk.version}`, () => {
    test("newer filters: time, caller, host, path, flow control key and message", async (t) => {
      const app = await openApp(t, sdk);
      const start = await clock.now();
      const url = app.serve("/run", async (context) => context.run("one", () => 1));
      const { id } = await app.run(url, { flowControl: { key: "keyed", parallelism: 2 } });
      await clock.advance(10);
      const { id: later, log } = await app.run(app.serve("/later", async (context) => context.run("one", () => 1)));
      const found = async (filter) => (await sdk.client.logs({ filter })).runs.map(({ workflowRunId }) => workflowRunId);
      assert.deepEqual(await found({ toDate: start + 1 }), [id]);
      assert.deepEqual(await found({ fromDate: new Date(start + 1) }), [later]);
      assert.deepEqual(await found({ callerIp: "127.0.0.1" }), [later, id]);
      assert.deepEqual(await found({ callerIp: "10.0.0.1" }), []);
      assert.deepEqual(await found({ path: "/run" }), [id]);
      assert.deepEqual(await found({ host: new URL(url).host }), [later, id]);
      assert.deepEqual(await found({ flowControlKey: ["keyed", "other"] }), [id]);
      assert.deepEqual(await found({ messageId: log.steps[1].steps[0].messageId }), [later]);
      app.delivered(4);
    });

    test("single events, which no SDK asks for", async (t) => {
      const app = await openApp(t, sdk);
      const { id } = await app.run(app.serve("/run", async (context) => context.run("one", () => 1)));
      const { status, body } = await api("GET", `/v2/workflows/events?workflowRunId=${id}`);
      assert.equal(status, 200);
      assert.ok(body.events.length >= 4);
      for (const event of body.events) assert.equal(event.workflowRunId, id);
      const ofRun = body.events.filter(({ state }) => state.startsWith("RUN_"));
      assert.deepEqual(ofRun.map(({ state }) => state), ["RUN_SUCCESS", "RUN_STARTED"]);
      const ofSteps = body.events.filter(({ stepInfo }) => stepInfo);
      assert.equal(ofRun.length + ofSteps.length, body.events.length);
      assert.deepEqual(new Set(ofSteps.map(({ stepInfo }) => stepInfo.stepName)), new Set(["init", "one"]));
      assert.deepEqual((await api("GET", `/v2/workflows/logs?workflowRunId=${id}`)).body.runs, [(await app.look(id)).log]);
      app.delivered(2);
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("ordinary lists of messages and failures are not about workflows", async (t) => {
    const app = await openApp(t, newest);
    await app.run(`${app.origin}/nowhere`, { retries: 0 });
    assert.deepEqual((await api("GET", "/v2/dlq")).body.messages, []);
    assert.equal((await api("GET", "/v2/dlq?source=workflow")).body.messages.length, 1);
    assert.equal((await api("GET", "/v2/workflows/dlq")).body.messages.length, 1);
    app.delivered(0);
  });
});
