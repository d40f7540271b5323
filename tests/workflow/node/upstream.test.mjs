// Workflows of the same shape as those that the SDK's own continuous integration runs against the hosted service,
// with the number of deliveries that it reports for them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, newest as sdk, openApp, succeeded } from "./support.mjs";

const JSON_TYPE = { "content-type": "application/json" };

/** Serve workflows by name and run the first of them to its end. */
async function runAll(app, routes, options) {
  const workflows = {};
  for (const [name, route] of Object.entries(routes)) {
    workflows[name] = sdk.createWorkflow((context) => route(context, workflows));
  }
  const urls = app.serveMany("/flows", workflows);
  const { id } = await app.run(Object.values(urls)[0], options);
  await clock.runAll();
  return app.look(id);
}

describe(`SDK ${sdk.version}`, () => {
  test("path: 4", async (t) => {
    const app = await openApp(t, sdk);
    const main = async (context) => {
      const one = await context.run("step1", async () => `processed '${context.requestPayload}'`);
      const two = await context.run("step2", async () => `processed '${one}'`);
      await context.run("step 3", () => true);
      return two;
    };
    const headers = { "test-header-foo": "bar" };
    succeeded(await runAll(app, { main }, { body: "“unicode-quotes”", headers, retries: 0 }), "processed 'processed '“unicode-quotes”''");
    app.delivered(4);
    // With the header of a trigger that does not know of the SDK there is one more.
    app.deliveries.length = 0;
    headers["Upstash-Workflow-Unknown-Sdk"] = "true";
    succeeded(await runAll(app, { main }, { body: "x", headers, retries: 0 }), "processed 'processed 'x''");
    app.delivered(5);
  });

  test("sleep: 6, and 7 when it is published", async (t) => {
    const app = await openApp(t, sdk);
    const main = async (context) => {
      const start = await context.run("step1", () => clock.now());
      await context.sleepUntil("sleep1", start / 1_000 + 3);
      const middle = await context.run("step2", () => clock.now());
      await context.sleep("sleep2", 2);
      const end = await context.run("step3", () => clock.now());
      return [middle - start >= 3_000, end - middle >= 2_000];
    };
    succeeded(await runAll(app, { main }, { retries: 1 }), [true, true]);
    app.delivered(6);
    app.deliveries.length = 0;
    await api("POST", `/v2/publish/${app.origin}/flows/main`);
    await clock.runAll();
    app.delivered(7);
  });

  test("sleepWithoutAwait: 12", async (t) => {
    const app = await openApp(t, sdk);
    let tries = 0;
    const main = async (context) => {
      for (let n = 0; n < 3; n++) {
        const charged = await context.run("attemptCharge", () => ++tries === 3);
        if (charged) {
          await Promise.all([
            context.run("updateDb", () => 10),
            context.run("sendReceipt", () => "mail"),
            context.sleep("sleep", 5),
          ]);
          return "charged";
        }
        await context.sleep("retrySleep", 2);
      }
      return "failed";
    };
    succeeded(await runAll(app, { main }), "charged");
    app.delivered(12);
  });

  test("call: 12, and 13 where each attempt that is retried is told as well", async (t) => {
    const app = await openApp(t, sdk);
    const answers = {
      post: { status: 201, body: "posted" },
      get: { status: 200, headers: { "get-header": "x" }, body: "got" },
      patch: { status: 401, headers: { "fail-header": "y" }, body: "99" },
      put: { status: 300 },
      delete: { status: 400, headers: JSON_TYPE, body: '{"foo":"bar"}' },
    };
    const urls = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, app.thirdParty(`/${name}`, answer)]));
    const main = async (context) => {
      const seen = [];
      const call = async (method, settings) => {
        const { status, body } = await context.call(`${method} call`, { url: urls[method], method: method.toUpperCase(), ...settings });
        seen.push([status, body]);
      };
      await call("post", { body: "post-payload" });
      await context.sleep("sleep 1", 2);
      await call("get");
      await call("patch", { retries: 1, retryDelay: "1000" });
      await call("put");
      await call("delete");
      return seen;
    };
    const run = await runAll(app, { main }, { retries: 0, retryDelay: "1000" });
    succeeded(run, [[201, "posted"], [200, "got"], [401, 99], [300, ""], [400, { foo: "bar" }]]);
    assert.equal(app.calls.length, 6);
    app.delivered(12);
  });

  test("webhook: 8", async (t) => {
    const app = await openApp(t, sdk);
    const main = async (context) => {
      const late = await context.createWebhook("timeout webhook");
      const { timeout } = await context.waitForWebhook("wait for timeout webhook", late, "1s");
      const webhook = await context.createWebhook("create webhook");
      await context.call("call webhook caller", { url: webhook.webhookUrl, method: "PUT", body: '{"test":1}' });
      const { request } = await context.waitForWebhook("wait for webhook", webhook, "30s");
      return context.run("verify complete", async () => [timeout, request.url === webhook.webhookUrl, await request.json()]);
    };
    succeeded(await runAll(app, { main }), [true, true, { test: 1 }]);
    app.delivered(8);
  });

  test("wait-for-event: 16, and 17 when it is published", async (t) => {
    const app = await openApp(t, sdk);
    const notify = (eventId, eventData) => app.thirdPartyThat(`/${eventId}`, () => sdk.client.notify({ eventId, eventData }));
    const urls = [notify("sdk-event", "sdk"), notify("text-event", "text")];
    const main = async (context) => {
      const { timeout } = await context.waitForEvent("wait for event which should timeout", "random", 1);
      await context.run("get config", () => 1);
      const [, first] = await Promise.all([context.call("start 1", { url: urls[0] }), context.waitForEvent("wait sdk", "sdk-event", 5)]);
      const [, second] = await Promise.all([context.call("start 2", { url: urls[1] }), context.waitForEvent("wait text", "text-event", 5)]);
      const third = await context.waitForEvent("wait object", "object-event", 5);
      await context.sleep("sleep before checking other workflow", 1);
      await context.run("check that other workflow has finished", () => 1);
      return [timeout, first.eventData, second.eventData, third.timeout];
    };
    const run = await runAll(app, { main }, { retries: 0 });
    assert.equal(run.state, "RUN_SUCCESS");
    app.delivered(16);
  });

  test("invoke: 30", async (t) => {
    const app = await openApp(t, sdk);
    const third = app.thirdParty("/third", 200);
    const routes = {
      one: async (context, { two, three, four }) => {
        const workflowRunId = await context.run("step 1", () => "invoked");
        const invoked = await context.invoke("invoking other", { workflow: two, body: "in", workflowRunId, label: "l" });
        const called = await context.call("call workflow", { workflow: four, body: "in", retries: 0 });
        const failing = await context.invoke("invoke failing", { workflow: three, body: "in", retries: 0 });
        await context.run("step 2", () => 1);
        await context.sleep("sleep so that the async workflow finishes", 3);
        return [invoked.body, typeof called.body.workflowRunId, failing.isFailed];
      },
      two: async (context, { branchOne, branchTwo }) => {
        await context.run("step 1", () => 1);
        await context.run("step 2", () => 1);
        const results = await Promise.all([
          context.invoke("invoke branch one", { workflow: branchOne, body: 1 }),
          context.invoke("invoke branch two", { workflow: branchTwo, body: 2 }),
        ]);
        return results.map(({ body }) => body);
      },
      three: async () => {
        throw new Error("what");
      },
      four: async (context) => context.run("mock", () => {}),
      branchOne: async (context) => {
        await context.waitForEvent("timeoutEvent", "timeoutEvent", { timeout: 1 });
        const { timeout } = await context.waitForEvent("notified event", "notifiedEvent", { timeout: "20s" });
        await context.sleep("check", 1);
        return { timeout };
      },
      branchTwo: async (context) => {
        await context.call("call", { url: third });
        await context.sleep("wait", 5);
        const { notifyResponse } = await context.notify("notified event", "notifiedEvent", "data");
        await context.sleep("check", 1);
        return notifyResponse.length;
      },
    };
    succeeded(await runAll(app, routes), [[{ timeout: false }, 1], "string", true]);
    app.delivered(30);
  });

  test("invoke-parent-failure: 11", async (t) => {
    const app = await openApp(t, sdk);
    const routes = {
      main: async (context, { middle }) => {
        const workflowRunId = await context.run("step 1", () => "middle");
        await context.invoke("invoke middle", { workflow: middle, body: undefined, workflowRunId });
        return context.run("verify step", async () => (await app.look(`wfr_${workflowRunId}`)).state);
      },
      middle: async (context, { child }) => {
        const fail = async () => {
          await app.reached("child");
          throw new sdk.WorkflowNonRetryableError("step failed");
        };
        await Promise.all([context.invoke("invoke child", { workflow: child, body: undefined }), context.run("failing step", fail)]);
      },
      child: async (context) => {
        await context.sleep("sleep 3s", 3);
        await context.run("child step", () => 1);
      },
    };
    succeeded(await runAll(app, routes), "RUN_FAILED");
    app.delivered(11);
  });

  test("quota-error: 16, and 15 where the other branch loses the race", async (t) => {
    const app = await openApp(t, sdk);
    const huge = { retries: 1_000_000 };
    const never = app.thirdParty("/never", new Promise(() => {}));
    const routes = {
      main: async (context, { single, parallel }) => {
        const called = await Promise.all([
          context.call("call single call workflow", { workflow: single, body: "test" }),
          context.call("call parallel call workflow", { workflow: parallel, body: "test" }),
        ]);
        await context.sleep("wait for sub-workflows to fail", 5);
        const look = async ({ body }) => (await app.look(body.workflowRunId)).log.steps.at(-1);
        const one = await context.run("check single call logs", () => look(called[0]));
        const both = await context.run("check parallel call logs", () => look(called[1]));
        const failed = [one, both].map(({ type, steps }) => [type, steps.find(({ state }) => state === "STEP_FAILED").errors[0].status]);
        return failed;
      },
      single: async (context) => context.call("huge retry call", { url: never, ...huge }),
      parallel: async (context) => {
        await Promise.all([
          context.call("normal call", { url: never, timeout: 0.5 }),
          context.call("huge retry call", { url: never, ...huge }),
        ]);
      },
    };
    succeeded(await runAll(app, routes, { retries: 0 }), [["next", 489], ["parallel", 489]]);
    app.delivered(16);
  });

  test("qstash-trigger-fetch: 15", async (t) => {
    const app = await openApp(t, sdk);
    const target = `${app.origin}/flows/webhook`;
    const trigger = async (headers, body) =>
      (await api("POST", `/v2/trigger/${target}`, { body: JSON.stringify(body), headers: { "upstash-retries": "0", ...headers } })).status;
    const routes = {
      main: async (context) => {
        const { webhookUrl, eventId } = await context.createWebhook("create webhook");
        await context.run("call workflow endpoint", () => trigger({}, { webhookUrl }));
        await context.run("call workflow endpoint again", () => trigger({ "upstash-workflow-unknown-sdk": "true" }, { webhookUrl }));
        await context.run("call post endpoint", () => 1);
        const seen = [];
        for (let n = 0; n < 2; n++) {
          const { request } = await context.waitForWebhook("wait for webhook", { webhookUrl, eventId }, "30s");
          seen.push(request.method);
        }
        return context.run("verify complete", () => seen);
      },
      webhook: async (context) => {
        const { webhookUrl } = context.requestPayload;
        await context.run("do work", () => "work completed");
        await context.run("call webhook", async () => (await fetch(webhookUrl, { method: "POST", body: "{}" })).status);
      },
    };
    succeeded(await runAll(app, routes, { retries: 0 }), ["POST", "POST"]);
    app.delivered(15);
  });

  test("step-result-parallel: 9, retried: 3, failureFunction-retry: 3", async (t) => {
    const app = await openApp(t, sdk);
    const large = "x".repeat(1_000_000);
    const parallel = async (context) => {
      const first = await Promise.all([context.run("step 1", () => undefined), context.run("step 2 - large", () => large)]);
      const second = await Promise.all([context.run("step 3 - large", () => large), context.run("step 4", () => undefined)]);
      return [first[1].length, second[0].length];
    };
    succeeded(await runAll(app, { parallel }, { retries: 0 }), [large.length, large.length]);
    app.delivered(9);

    app.deliveries.length = 0;
    const retried = async (context) =>
      context.run("force-retry", () => {
        if (context.retried === 0) throw new Error("forcing-retry");
        return context.retried;
      });
    succeeded(await runAll(app, { retried }, { retries: 1 }), 1);
    app.delivered(3);

    app.deliveries.length = 0;
    const told = [];
    const failing = async (context) =>
      context.run("step1", () => {
        throw new Error("my-error");
      });
    const url = app.serve("/failing", failing, { failureFunction: ({ failResponse }) => void told.push(failResponse) });
    await app.run(url, { retries: 1 });
    await clock.runAll();
    assert.deepEqual(told, ["my-error"]);
    app.delivered(3);
  });
});
