import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, everyone, newest, oldest, openApp, succeeded } from "./support.mjs";

const OLD_SDK = "trigger rest api is only usable with sdk versions after v1.0.0 major version";

const route = async (context) => {
  const { headers, requestPayload, label } = context;
  await context.run("one", () => 1);
  return context.run("two", () => ({ payload: requestPayload, user: headers.get("x-user"), label: label ?? null }));
};

/** Trigger a workflow without an SDK, and let everything happen that is due. */
async function trigger(url, { body, ...headers } = {}) {
  const answer = await api("POST", `/v2/trigger/${url}`, { body, headers });
  await clock.idle();
  return answer;
}

for (const sdk of (await everyone()).filter((sdk) => sdk.since("1.0"))) {
  describe(`SDK ${sdk.version}`, () => {
    test("a workflow is triggered without an SDK, in one phase", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/rest", route);
      const headers = { "upstash-forward-x-user": "bob", "upstash-label": "blue", "content-type": "application/json" };
      const { status, body } = await trigger(url, { ...headers, body: '{"p":"ü"}' });
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), ["workflowRunId", "workflowCreatedAt"]);
      assert.match(body.workflowRunId, /^wfr_/);
      const run = await app.look(body.workflowRunId);
      succeeded(run, { payload: { p: "ü" }, user: "bob", label: "blue" });
      assert.equal(run.log.workflowRunCreatedAt, body.workflowCreatedAt);
      app.delivered(3);
    });

    test("a trigger that does not know of the SDK costs one delivery more", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/rest", route);
      const headers = { "upstash-workflow-unknown-sdk": "true", "upstash-forward-x-user": "bob" };
      const { body } = await trigger(url, { ...headers, body: "begin" });
      const run = await app.look(body.workflowRunId);
      succeeded(run, { payload: "begin", user: "bob", label: null });
      assert.equal(run.log.steps.filter(({ steps }) => steps[0].stepName === "init").length, 1);
      app.delivered(4);
    });

    test("the header of such a trigger, sent through the SDK, costs one delivery more", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/sdk", route);
      const run = await app.run(url, { headers: { "Upstash-Workflow-Unknown-Sdk": "true", "x-user": "bob" }, body: "“begin”" });
      succeeded(run, { payload: "“begin”", user: "bob", label: null });
      app.delivered(4);
    });
  });
}

describe(`SDK ${oldest.version}`, () => {
  test("an SDK that is too old for it is told to be", async (t) => {
    const app = await openApp(t, oldest);
    const { body } = await trigger(app.serve("/rest", route));
    const { state, log } = await app.look(body.workflowRunId);
    assert.equal(state, "RUN_FAILED");
    assert.equal(log.steps.find(({ type }) => type === "next").steps[0].errors[0].error, OLD_SDK);
    assert.match(log.notes.map(({ text }) => text).join(), /by which version of the SDK\?/);
  });
});

describe(`SDK ${newest.version}`, () => {
  test("the failure of a triggered run is told to its failure function", async (t) => {
    const app = await openApp(t, newest);
    const told = [];
    const failureFunction = ({ context, failStatus }) => void told.push([failStatus, context.headers.get("x-user")]);
    const broken = async (context) =>
      context.run("boom", () => {
        throw new Error("kaboom");
      });
    const url = app.serve("/rest", broken, { failureFunction });
    const { body } = await trigger(url, { "upstash-retries": "0", "upstash-forward-x-user": "bob" });
    assert.equal((await app.look(body.workflowRunId)).state, "RUN_FAILED");
    assert.deepEqual(told, [[500, "bob"]]);
    app.delivered(2);
  });

  test("an id is taken with or without its prefix, and starts one run", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/rest", async (context) => context.sleep("nap", "1h"));
    const first = await trigger(url, { "upstash-workflow-runid": "mine" });
    assert.equal(first.body.workflowRunId, "wfr_mine");
    const second = await trigger(url, { "upstash-workflow-runid": "wfr_mine" });
    assert.deepEqual([second.status, second.body], [200, { ...first.body, deduplicated: true }]);
    await clock.runAll();
    app.delivered(2);
  });

  test("delay, retries and flow control are the run's", async (t) => {
    const app = await openApp(t, newest);
    let broken = 2;
    const url = app.serve("/rest", async (context) =>
      context.run("twice", () => {
        if (broken-- > 0) throw new Error("again");
        return "fine";
      }),
    );
    const { body } = await trigger(url, {
      "upstash-delay": "1h",
      "upstash-retries": "2",
      "upstash-retry-delay": "1000",
      "upstash-flow-control-key": "keyed",
      "upstash-flow-control-value": "parallelism=1",
    });
    assert.equal(app.deliveries.length, 0);
    await clock.advance("1h");
    assert.equal(app.deliveries.length, 1);
    await clock.advance(2);
    const run = await app.look(body.workflowRunId);
    succeeded(run, "fine");
    assert.equal(run.log.flowControlKey, "keyed");
    app.delivered(4);
  });

  test("a failure callback of one's own is told instead", async (t) => {
    const app = await openApp(t, newest);
    const told = app.thirdParty("/told", 200);
    const url = app.serve("/rest", async (context) =>
      context.run("boom", () => {
        throw new newest.WorkflowNonRetryableError("no");
      }),
    );
    await trigger(url, { "upstash-failure-callback": told, "upstash-failure-callback-forward-x-told": "yes", body: "begin" });
    assert.equal(app.calls.length, 1);
    const { headers, json } = app.calls[0];
    assert.equal(headers["x-told"], "yes");
    assert.equal(json.status, 489);
    assert.equal(Buffer.from(json.sourceBody, "base64").toString(), "begin");
    app.delivered(1);
  });

  test("what is not a workflow is told so", async (t) => {
    const app = await openApp(t, newest);
    const { body } = await trigger(app.thirdParty("/not", 200), { "upstash-retries": "3" });
    const { state, log } = await app.look(body.workflowRunId);
    assert.equal(state, "RUN_FAILED");
    assert.equal(log.steps.length, 2);
    const { errors } = log.steps[1].steps[0];
    assert.deepEqual(errors.map(({ error }) => error), [OLD_SDK]);
    app.delivered(0);
  });

  test("many workflows are triggered by one request", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/rest", route);
    const items = [
      { destination: url, headers: { "Upstash-Workflow-RunId": "wfr_a", "Upstash-Forward-X-User": "a" }, body: "1" },
      { destination: url, headers: { "Upstash-Workflow-RunId": "wfr_b", "Upstash-Label": "blue" }, body: "2" },
      { destination: url, headers: { "Upstash-Workflow-RunId": "wfr_a" }, body: "3" },
    ];
    const { status, body } = await api("POST", "/v2/batch/trigger", { body: JSON.stringify(items) });
    assert.equal(status, 201);
    assert.deepEqual(body.map(({ workflowRunId, deduplicated }) => [workflowRunId, deduplicated]), [
      ["wfr_a", undefined],
      ["wfr_b", undefined],
      ["wfr_a", true],
    ]);
    await clock.idle();
    succeeded(await app.look("wfr_a"), { payload: 1, user: "a", label: null });
    succeeded(await app.look("wfr_b"), { payload: 2, user: null, label: "blue" });
    app.delivered(6);
  });

  test("a bad item refuses the whole request, and says which one it is", async (t) => {
    const app = await openApp(t, newest);
    const items = [{ destination: app.serve("/rest", route) }, { destination: "ftp://nowhere" }];
    const { status, body } = await api("POST", "/v2/batch/trigger", { body: JSON.stringify(items) });
    assert.equal(status, 400);
    assert.match(body.error, /item 1 of the batch/);
    await clock.idle();
    app.delivered(0);
  });
});
