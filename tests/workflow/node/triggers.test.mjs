import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";

import { api, clock, ends, everyone, newest, openApp, since, succeeded } from "./support.mjs";

const NOT_A_WORKFLOW =
  "detected a non-workflow destination for trigger/invoke. make sure you are sending the request to the correct endpoint";

const two = async (context) => {
  await context.run("one", () => 1);
  return context.run("two", () => ({ user: context.headers.get("x-user"), label: context.label ?? null }));
};

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("headers and label of the trigger reach every delivery of the run", async (t) => {
      const app = await openApp(t, sdk);
      const third = app.thirdParty("/third", 200);
      const url = app.serve("/all", async (context) => {
        await context.call("call", { url: third });
        await context.waitForEvent("wait", "never", { timeout: 1 });
        await context.sleep("nap", 1);
        return two(context);
      });
      const options = { headers: { "x-user": "bob", authorization: "Bearer mine" }, label: "blue" };
      const { id } = await app.run(url, options);
      await clock.runAll();
      succeeded(await app.look(id), { user: "bob", label: "blue" });
      app.delivered(7);
      for (const { headers } of app.deliveries) {
        assert.equal(headers["x-user"], "bob");
        assert.equal(headers.authorization, "Bearer mine");
        assert.equal(headers["upstash-label"], "blue");
      }
      assert.equal(app.calls[0].headers.authorization, undefined);
    });

    test("a plain publish to the endpoint starts a run as well", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/plain", async (context) => {
        await context.sleep("nap", 1);
        return { ...(await two(context)), payload: context.requestPayload };
      });
      const { status } = await api("POST", `/v2/publish/${url}`, {
        body: '{"p":"ü"}',
        headers: { "content-type": "application/json", "upstash-forward-x-user": "bob", "upstash-label": "ignored" },
      });
      assert.equal(status, 201);
      await clock.runAll();
      const { runs } = await sdk.client.logs();
      assert.equal(runs.length, 1);
      succeeded(await app.look(runs[0].workflowRunId), { user: "bob", label: null, payload: { p: "ü" } });
      // One more than a trigger costs: the first one belongs to no run.
      app.delivered(1 + 4);
      const ids = app.deliveries.map(({ headers }) => headers["upstash-message-id"]);
      assert.equal(new Set(ids).size, 5);
    });

    test("an id whose run goes on starts none, and one whose run is over starts anew", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/same", async (context) => {
        await context.sleep("nap", "1h");
        return context.requestPayload;
      });
      const options = { workflowRunId: "same", body: "first" };
      const first = await app.run(url, options);
      assert.equal(first.id, "wfr_same");
      await app.run(url, { ...options, body: "second" });
      app.deliveries.length = 0;
      await clock.advance("1h");
      succeeded(await app.look("wfr_same"), "first");
      assert.equal(app.deliveries.length, 1);
      await app.run(url, { ...options, body: "third" });
      await clock.advance("1h");
      const { runs } = await sdk.client.logs({ workflowRunId: "wfr_same" });
      assert.deepEqual(runs.map(({ workflowRunResponse }) => workflowRunResponse), ['"third"', '"first"']);
      assert.ok(runs[0].workflowRunCreatedAt > runs[1].workflowRunCreatedAt);
      app.delivered(1 + 2);
    });

    test("what is not a workflow is found out at once", async (t) => {
      const app = await openApp(t, sdk);
      const { state, log } = await app.run(app.thirdParty("/not", { status: 200, body: "hello" }), { retries: 3 });
      assert.equal(state, "RUN_FAILED");
      assert.deepEqual(log.steps.map(({ type }) => type), ["sequential", "next"]);
      const [{ errors, state: next, messageId }] = log.steps[1].steps;
      assert.equal(next, "STEP_FAILED");
      assert.equal(messageId, log.steps[0].steps[0].messageId);
      assert.deepEqual(errors.map(({ error, body, status }) => [error, body, status]), [[NOT_A_WORKFLOW, "hello", 200]]);
      assert.match(log.notes[0].text, /non-workflow destination/);
      // Newer SDKs send the failure callback there, too.
      assert.equal(app.calls.length, sdk.since("1.0") ? 2 : 1);
      app.delivered(0);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("a trigger may be delayed, by a duration or until a time", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/later", two);
      const start = Math.ceil((await clock.now()) / 1_000) * 1_000;
      await clock.to(start);
      const delayed = await app.run(url, { delay: 90 });
      const later = await app.run(url, { delay: "1h" });
      const until = await app.run(url, { notBefore: start / 1_000 + 10 });
      assert.equal(delayed.log.steps.at(-1).steps[0].nextDeliveryTime, start + 90_000);
      assert.equal(app.deliveries.length, 0);
      for (const [run, at, count] of [[until, 10, 3], [delayed, 90, 6], [later, 3_600, 9]]) {
        await clock.to(start + at * 1_000 - 1);
        assert.equal(app.deliveries.length, count - 3);
        await clock.to(start + at * 1_000);
        assert.equal(app.deliveries.length, count);
        succeeded(await app.look(run.id), { user: null, label: null });
      }
      app.delivered(9);
    });

    test("flow control holds for every step of the runs that share a key", async (t) => {
      const app = await openApp(t, sdk);
      const step = () => 1;
      const flowControl = { key: "one-at-a-time", parallelism: 1 };
      const route = async (context) => {
        await Promise.all([context.run("a", step), context.run("b", step), context.run("c", step)]);
        await context.run("d", step);
      };
      // Versions before 1.0 take the flow control of the steps from the endpoint.
      const free = app.serve("/free", route);
      const bound = app.serve("/bound", route, { flowControl });
      await sdk.client.trigger(Array.from({ length: 3 }, () => ({ url: free })));
      await clock.idle();
      assert.ok(app.most > 1);
      app.most = 0;
      const triggered = await sdk.client.trigger(Array.from({ length: 3 }, () => ({ url: bound, flowControl })));
      await clock.idle();
      for (const { workflowRunId } of triggered) assert.equal((await app.look(workflowRunId)).state, "RUN_SUCCESS");
      assert.equal(app.most, 1);
      app.delivered(2 * 3 * 8);
    });

    test("a rate lets so many deliveries through in a period", async (t) => {
      const app = await openApp(t, sdk);
      const flowControl = { key: "slowly", rate: 2, period: "1m" };
      const url = app.serve("/rate", async (context) => {
        for (const name of ["a", "b", "c", "d"]) await context.run(name, () => 1);
      }, { flowControl });
      const { id, log } = await app.run(url, { flowControl });
      assert.equal(log.flowControlKey, "slowly");
      assert.equal(app.deliveries.length, 2);
      await clock.advance("1m");
      assert.equal(app.deliveries.length, 4);
      await clock.advance("1m");
      assert.equal((await app.look(id)).state, "RUN_SUCCESS");
      app.delivered(5);
    });

    test("the first delivery of a publish is not taken for the user's headers", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/plain", async (context) => {
        await context.run("one", () => 1);
        await context.run("two", () => 2);
      });
      await api("POST", `/v2/publish/${url}`, { body: "x".repeat(1_000) });
      await clock.idle();
      app.delivered(4);
      for (const { headers, bytes, rawHeaders } of app.deliveries) {
        assert.equal(Number(headers["content-length"]), bytes.length);
        const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
        assert.equal(new Set(names).size, names.length, names.join(" "));
      }
    });

    test("what the trigger does not name is not there", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/bare", async (context) => {
        const { headers } = context;
        return context.run("look", () => [...headers.keys()].filter((name) => /^x-|label|^cookie/.test(name)));
      });
      succeeded(await app.run(url, { disableTelemetry: true }), []);
      app.delivered(2);
    });
  });
}

for (const sdk of since("1.2")) {
  describe(`SDK ${sdk.version}`, () => {
    test("redacted bodies and headers are shown as digests, and delivered as they are", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/secret", async (context) => {
        await context.run("one", () => ({ secret: context.requestPayload }));
        throw new Error("leak");
      });
      const options = { body: "s3cret", headers: { "x-user": "bob", "x-other": "seen" }, retries: 0 };
      const { log } = await app.run(url, { ...options, redact: { body: true, header: ["x-user"] } });
      assert.equal(Buffer.from(app.deliveries[0].entries[0].body, "base64").toString(), "s3cret");
      assert.equal(app.deliveries[1].headers["x-user"], "bob");
      const digest = (text) => `REDACTED:${createHash("sha256").update(text).digest("hex")}`;
      assert.equal(log.steps[0].steps[0].out, digest("s3cret"));
      assert.deepEqual(log.steps[0].steps[0].headers["X-User"], [digest("bob")]);
      assert.deepEqual(log.steps[0].steps[0].headers["X-Other"], ["seen"]);
      assert.equal(log.steps[1].steps[0].out, digest('{"secret":"s3cret"}'));
      const { messages } = await sdk.client.dlq.list();
      assert.equal(messages[0].body, digest("s3cret"));
      assert.deepEqual(messages[0].header["X-User"], [digest("bob")]);
      // What is resumed is what was sent.
      await sdk.client.dlq.resume(messages[0].dlqId);
      await clock.idle();
      assert.equal(Buffer.from(app.deliveries.at(-2).entries[0].body, "base64").toString(), "s3cret");
      app.delivered(3 + 2);
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("many labels are many, for the run and for its filters", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/labels", async (context) => context.run("look", () => context.labels));
    const run = await app.run(url, { label: ["a", "b.c"] });
    succeeded(run, ["a", "b.c"]);
    assert.deepEqual([run.log.label, run.log.labels], ["a", ["a", "b.c"]]);
    const { runs } = await newest.client.logs({ filter: { label: ["x", "b.c"] } });
    assert.equal(runs.length, 1);
    app.delivered(2);
  });

  test("a trigger with an option out of bounds is refused as a whole", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/two", two);
    await assert.rejects(newest.client.trigger([{ url }, { url, retries: 1_000_000 }]), (error) => {
      assert.equal(error.status, 412);
      assert.match(error.message, /maxRetries exceeded, current limit: 5/);
      return true;
    });
    await assert.rejects(newest.client.trigger({ url, retryDelay: "pow(" }), { status: 400 });
    await clock.idle();
    assert.deepEqual((await newest.client.logs()).runs, []);
    app.delivered(0);
  });
});
