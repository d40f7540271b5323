import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, ends, everyone, newest, openApp, succeeded } from "./support.mjs";

/** A route whose one step throws. */
const broken = (error = () => new Error("kaboom")) => async (context) => {
  await context.run("fine", () => 1);
  await context.run("boom", () => {
    throw error();
  });
};

/** What a failure function was told. */
function listener() {
  const told = [];
  const failureFunction = async ({ context, failStatus, failResponse, failHeaders, failStack }) => {
    const { workflowRunId, requestPayload, url } = context;
    told.push({ workflowRunId, requestPayload, url, user: context.headers.get("x-user"), failStatus, failResponse, failHeaders, failStack });
    return "handled";
  };
  return { told, failureFunction };
}

/** Milliseconds between the attempts of one message, as the clock stood when each came. */
async function waits(app, count) {
  const times = [await clock.now()];
  while (app.deliveries.length < count) {
    await clock.next();
    times.push(await clock.now());
  }
  return times.slice(1).map((time, at) => time - times[at]);
}

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("a step that throws is retried, then the failure function is told", async (t) => {
      const app = await openApp(t, sdk);
      const { told, failureFunction } = listener();
      const url = app.serve("/broken", broken(), { failureFunction });
      const options = { body: { p: "ü" }, retries: 2, headers: { "x-user": "bob" }, ...sdk.failureFunction };
      // Versions before 1.0 take the retries of the steps from the endpoint.
      const { id } = await app.run(sdk.since("1.0") ? url : app.serve("/broken", broken(), { failureFunction, retries: 2 }), options);
      assert.equal(told.length, 0);
      await clock.runAll();
      const { state, log } = await app.look(id);
      assert.equal(state, "RUN_FAILED");
      assert.equal(told.length, 1);
      const { failHeaders, failStack, ...rest } = told[0];
      const expected = { workflowRunId: id, requestPayload: { p: "ü" }, url, user: "bob", failStatus: 500, failResponse: "kaboom" };
      assert.deepEqual(rest, expected);
      assert.deepEqual(failHeaders["Keep-Alive"], ["timeout=5"]);
      assert.match(failStack, /^Error: kaboom/);
      assert.equal(log.failureFunction.state, "CALLBACK_SUCCESS");
      assert.deepEqual(JSON.parse(log.failureFunction.responseBody), { result: "handled" });
      // Init, three attempts of the step after "fine", the failure function.
      app.delivered(5);
      assert.deepEqual(app.deliveries.map(({ headers }) => headers["upstash-retried"]), ["0", "0", "1", "2", "0"]);
    });

    test("an error that no retry can help fails the run at once", async (t) => {
      const app = await openApp(t, sdk);
      const { told, failureFunction } = listener();
      const url = app.serve("/never", broken(() => new sdk.WorkflowNonRetryableError("never")), { failureFunction });
      const run = await app.run(url, sdk.failureFunction);
      assert.equal(run.state, "RUN_FAILED");
      assert.deepEqual(told.map(({ failStatus, failResponse }) => [failStatus, failResponse]), [[489, "never"]]);
      app.delivered(3);
    });

    test("a step may say when it wants to be retried", async (t) => {
      const app = await openApp(t, sdk);
      let tries = 0;
      const url = app.serve("/later", async (context) =>
        context.run("later", () => {
          tries += 1;
          if (tries === 1) throw new sdk.WorkflowRetryAfterError("busy", 7);
          if (tries === 2) throw new sdk.WorkflowRetryAfterError("busy", "2h");
          return tries;
        }),
      );
      const { id } = await app.run(url);
      assert.deepEqual(await waits(app, 3), [7_000, 7_200_000]);
      succeeded(await app.look(id), 3);
      app.delivered(4);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("retries wait longer and longer", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/broken", async (context) => broken()(context));
      await app.run(url);
      // After 12 s, 2 min 28 s and 30 min 8 s, and newer SDKs tell of the failure at last.
      assert.deepEqual(await waits(app, 5), [12_000, 148_000, 1_808_000]);
      await clock.runAll();
      app.delivered(sdk.since("1.0") ? 6 : 5);
    });

    test("a delay between retries is computed as it was asked for", async (t) => {
      const app = await openApp(t, sdk);
      const retryDelay = "1000 * (1 + retried)";
      const url = app.serve("/broken", broken(), { retries: 3, retryDelay });
      await app.run(url, { retries: 3, retryDelay });
      assert.deepEqual(await waits(app, 5), [1_000, 2_000, 3_000]);
      await clock.runAll();
      app.delivered(sdk.since("1.0") ? 6 : 5);
    });

    test("a step that fails and then succeeds has failed for nobody", async (t) => {
      const app = await openApp(t, sdk);
      const { told, failureFunction } = listener();
      const seen = [];
      const url = app.serve("/twice", async (context) => {
        return context.run("third time lucky", () => {
          seen.push(context.retried);
          if (seen.length < 3) throw new Error("again");
          return seen.length;
        });
      }, { failureFunction });
      const { id } = await app.run(url);
      await clock.runAll();
      succeeded(await app.look(id), 3);
      assert.equal(told.length, 0);
      if (sdk.since("1.2")) assert.deepEqual(seen, [0, 1, 2]);
      app.delivered(4);
    });

    test("a failureUrl gets the same report", async (t) => {
      const app = await openApp(t, sdk);
      const failureUrl = app.thirdParty("/told", 200);
      const url = app.serve("/broken", broken(), { failureUrl, retries: 0 });
      const { id, log } = await app.run(url, { failureUrl, body: "begin", retries: 0, headers: { "x-user": "bob" } });
      app.delivered(2);
      assert.equal(app.calls.length, 1);
      const { headers, json } = app.calls[0];
      assert.equal(headers["x-user"], "bob");
      assert.equal(headers["upstash-workflow-is-failure"], "true");
      assert.equal(headers["upstash-workflow-sdk-version"], undefined);
      assert.equal(headers["upstash-workflow-runid"], id);
      const { status, url: from, workflowRunId, workflowUrl, workflowCreatedAt, sourceBody, retried, maxRetries, dlqId } = json;
      assert.deepEqual({ status, from, workflowRunId, workflowUrl, workflowCreatedAt, retried, maxRetries, dlqId }, {
        status: 500,
        from: url,
        workflowRunId: id,
        workflowUrl: url,
        workflowCreatedAt: log.workflowRunCreatedAt,
        retried: 0,
        maxRetries: 0,
        dlqId: log.dlqId,
      });
      assert.equal(Buffer.from(sourceBody, "base64").toString(), "begin");
      assert.equal(JSON.parse(Buffer.from(json.body, "base64")).message, "kaboom");
    });

    test("a route that ends before its first step is said to do so", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/early", async () => "nothing to do");
      const { state, log } = await app.run(url, { retries: 0 });
      assert.equal(state, "RUN_FAILED");
      const { error, status, body } = log.steps.at(-1).steps[0].errors[0];
      assert.deepEqual([error, status], ["400 Bad Request", 400]);
      assert.match(body, /Failed to authenticate Workflow request/);
      assert.match(log.notes[0].text, /the route returned or threw before its first step/);
      app.delivered(sdk.since("1.0") ? 2 : 1);
    });

    test("an endpoint with other signing keys fails in words", async (t) => {
      const app = await openApp(t, sdk);
      const env = { ...process.env, QSTASH_CURRENT_SIGNING_KEY: "sig_other", QSTASH_NEXT_SIGNING_KEY: "sig_another" };
      const url = app.serve("/keys", async (context) => context.run("one", () => 1), { env });
      const { state, log } = await app.run(url, { retries: 0 });
      assert.equal(state, "RUN_FAILED");
      assert.match(log.steps.at(-1).steps[0].errors[0].body, /signature/);
      assert.match(log.notes[0].text, /QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY must be those of this user/);
      await clock.runAll();
      // The failure callback is refused as well.
      assert.match(log.notes[1].text, sdk.since("1.0") ? /the failure callback to .* failed as well/ : /no program was told of it/);
      app.delivered(sdk.since("1.0") ? 2 : 1);
    });

    test("an endpoint that crashes over the outcome of a call is told again, and goes on once", async (t) => {
      const app = await openApp(t, sdk);
      const third = app.thirdParty("/third", 200);
      const url = app.serve("/call", async (context) => {
        const { status } = await context.call("call", { url: third });
        await context.sleep("nap", "1h");
        return status;
      });
      let crashes = 2;
      app.crash = ({ headers }) => headers["upstash-workflow-callback"] && crashes-- > 0;
      const { id } = await app.run(url);
      await clock.runAll();
      succeeded(await app.look(id), 200);
      assert.equal(app.calls.length, 1);
      app.delivered(1 + 3 + 2);
    });

    test("an endpoint that refuses the outcome of a call fails the run", async (t) => {
      const app = await openApp(t, sdk);
      const third = app.thirdParty("/third", 200);
      const route = async (context) => {
        if (app.calls.length > 0) throw new Error("not this");
        await context.call("call", { url: third });
      };
      const { id } = await app.run(app.serve("/call", route, { retries: 1 }), { retries: 1 });
      await clock.runAll();
      assert.equal((await app.look(id)).state, "RUN_FAILED");
      const { messages } = await sdk.client.dlq.list();
      assert.deepEqual(messages.map(({ workflowRunId }) => workflowRunId), [id]);
      // The failure callback of newer SDKs finds no function there.
      app.delivered(1 + 2 + (sdk.since("1.0") ? 1 : 0));
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("without a failure function nothing runs, and the log says so", async (t) => {
    const app = await openApp(t, newest);
    const { state, log } = await app.run(app.serve("/broken", broken()), { retries: 0 });
    assert.equal(state, "RUN_FAILED");
    assert.equal(log.failureFunction, undefined);
    assert.match(log.notes.at(-1).text, /has no failureFunction: nothing ran when this run failed/);
    app.delivered(3);
  });

  test("the log names the step that the run died of", async (t) => {
    const app = await openApp(t, newest);
    const { log } = await app.run(app.serve("/broken", broken()), { retries: 0 });
    const { type, steps } = log.steps.at(-1);
    assert.equal(type, "next");
    assert.deepEqual([steps[0].stepName, steps[0].state], ["boom", "STEP_FAILED"]);
    app.delivered(3);
  });

  test("when one branch fails, what the others do is of no use any more", async (t) => {
    const app = await openApp(t, newest);
    const ran = [];
    const url = app.serve("/branches", async (context) => {
      await Promise.all([
        context.run("fails", async () => {
          // The group, the plans of the three that are awake, and one result.
          await app.received(1 + 3 + 1);
          throw new newest.WorkflowNonRetryableError("no");
        }),
        context.run("works", () => (ran.push("works"), 1)),
        context.sleep("sleeps", "1d"),
        context.waitForEvent("waits", "never"),
      ]);
      ran.push("after");
    });
    const { id, log } = await app.run(url);
    assert.equal((await clock.idle()).count, 0);
    assert.deepEqual(await newest.client.getWaiters({ eventId: "never" }), []);
    await clock.runAll();
    assert.equal((await app.look(id)).state, "RUN_FAILED");
    assert.deepEqual(ran, ["works"]);
    app.delivered(1 + 3 + 1 + 1);
    const { steps } = log.steps.find(({ type }) => type === "parallel");
    assert.equal(steps[0].state, "STEP_FAILED");
    assert.equal(steps[0].errors[0].status, 489);
    assert.ok(!log.steps.some(({ type, steps }) => type === "next" && steps.some(({ state }) => state === "STEP_FAILED")));
  });

  test("a run whose endpoint answers and does nothing is said to stand still", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/mute", async (context) => {
      await context.sleep("nap", "1h");
      await context.run("one", () => 1);
    });
    const { id, log } = await app.run(url);
    assert.equal(log.notes, undefined);
    app.thirdParty("/mute", { status: 200, body: "I am something else now" });
    await clock.advance("1h");
    const after = await app.look(id);
    assert.equal(after.state, "RUN_STARTED");
    assert.equal(after.log.notes.length, 1);
    assert.match(after.log.notes[0].text, /answered, but submitted nothing that could take the run on/);
    app.delivered(1);
  });

  test("an endpoint that is not there fails in words", async (t) => {
    const app = await openApp(t, newest);
    const { state, log } = await app.run(`${app.origin}/nowhere`, { retries: 0 });
    assert.equal(state, "RUN_FAILED");
    assert.match(log.notes[0].text, /404 \(nothing is served under this path/);
    assert.equal(log.failureFunction.state, "CALLBACK_FAIL");
    assert.match(log.notes[1].text, /the failure callback to .*nowhere failed as well: HTTP status 404/);
    app.delivered(0);
  });
});
