import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, ends, everyone, newest, openApp, succeeded } from "./support.mjs";

const never = { timeout: "9d" };

/** Serve a parent that invokes children, and let it run until it stands still. */
async function family(app, parent, children, options) {
  const workflows = Object.fromEntries(
    Object.entries(children).map(([name, child]) => [name, app.sdk.createWorkflow(...[child].flat())]),
  );
  const main = app.sdk.createWorkflow(async (context) => parent(context, workflows));
  const urls = app.serveMany("/family", { main, ...workflows });
  return { urls, run: await app.run(urls.main, options) };
}

const shown = ({ body, isCanceled, isFailed }) => ({ body, isCanceled, isFailed });

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("an invoked run gets its payload and headers, and its result is a step", async (t) => {
      const app = await openApp(t, sdk);
      const seen = {};
      const child = async (context) => {
        await context.run("look", () => {
          Object.assign(seen, { id: context.workflowRunId, payload: context.requestPayload });
          seen.headers = ["x-child", "x-parent"].map((name) => context.headers.get(name));
        });
        return { twice: 2 * context.requestPayload.n };
      };
      const { run, urls } = await family(
        app,
        async (context, { child: workflow }) => {
          await context.run("before", () => 1);
          const settings = { workflow, body: { n: 21 }, headers: { "x-child": "c" }, workflowRunId: "child-1" };
          return shown(await context.invoke("invoke", settings));
        },
        { child },
        { headers: { "x-parent": "p" } },
      );
      succeeded(run, { body: { twice: 42 }, isCanceled: false, isFailed: false });
      assert.deepEqual(seen, { id: "wfr_child-1", payload: { n: 21 }, headers: ["c", null] });
      const { log } = await app.look("wfr_child-1");
      assert.equal(log.invoker.workflowRunId, run.id);
      assert.equal(log.invoker.workflowUrl, urls.main);
      assert.equal(log.invoker.workflowRunCreatedAt, run.log.workflowRunCreatedAt);
      // Three for the parent and two for the child.
      app.delivered(5);
      assert.equal(app.deliveries.at(-1).headers["x-parent"], "p");
    });

    test("the failure of an invoked run is told to the one that invoked it", async (t) => {
      const app = await openApp(t, sdk);
      const told = [];
      const child = [
        async (context) => {
          await context.run("break", () => {
            throw new Error("broken");
          });
        },
        { failureFunction: ({ failResponse }) => void told.push(failResponse) },
      ];
      const parent = async (context, { child: workflow }) =>
        shown(await context.invoke("invoke", { workflow, body: 1, retries: 1, workflowRunId: "child" }));
      const { run } = await family(app, parent, { child });
      assert.equal(run.state, "RUN_STARTED");
      await clock.runAll();
      succeeded(await app.look(run.id), { isCanceled: false, isFailed: true });
      assert.equal((await app.look("wfr_child")).state, "RUN_FAILED");
      assert.deepEqual(told, ["broken"]);
      // Two for the parent, two attempts of the child, one for its failure function.
      app.delivered(5);
    });

    test("so is its cancellation", async (t) => {
      const app = await openApp(t, sdk);
      const parent = async (context, { child: workflow }) =>
        shown(await context.invoke("invoke", { workflow, body: 1, workflowRunId: "child" }));
      const child = async (context) => context.waitForEvent("wait", "never", never);
      const { run } = await family(app, parent, { child });
      const cancel = sdk.since("1.2") ? ["wfr_child"] : { ids: "wfr_child" };
      assert.deepEqual(await sdk.client.cancel(cancel), { cancelled: 1 });
      await clock.idle();
      succeeded(await app.look(run.id), { isCanceled: true, isFailed: false });
      app.delivered(3);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("an invoked run may cancel itself", async (t) => {
      const app = await openApp(t, sdk);
      const parent = async (context, { child: workflow }) =>
        shown(await context.invoke("invoke", { workflow, body: 1 }));
      const child = async (context) => {
        await context.run("one", () => 1);
        await context.cancel();
      };
      const { run } = await family(app, parent, { child });
      succeeded(run, { isCanceled: true, isFailed: false });
      app.delivered(2 + 2);
    });

    test("one workflow may be invoked twice side by side", async (t) => {
      const app = await openApp(t, sdk);
      const parent = async (context, { child: workflow }) => {
        const [first, second] = await Promise.all([
          context.invoke("first", { workflow, body: 1 }),
          context.invoke("second", { workflow, body: 2 }),
        ]);
        return [first.body, second.body];
      };
      const child = async (context) => {
        await context.sleep("nap", 10 * context.requestPayload);
        return `child ${context.requestPayload}`;
      };
      const { run } = await family(app, parent, { child });
      await clock.runAll();
      succeeded(await app.look(run.id), ["child 1", "child 2"]);
      app.delivered(1 + 2 + 2 * 2 + 2);
    });

    test("runs invoke runs that invoke runs", async (t) => {
      const app = await openApp(t, sdk);
      const parent = async (context, { first: workflow }) => (await context.invoke("first", { workflow, body: "" })).body;
      let workflows;
      const first = async (context) => {
        const { body } = await context.invoke("second", { workflow: workflows.second, body: context.requestPayload + "1" });
        return `${body}!`;
      };
      const second = async (context) => {
        await context.run("one", () => 1);
        return `2 after ${context.headers.get("upstash-workflow-invoke-count")}`;
      };
      const keep = async (context, all) => parent(context, (workflows = all));
      const { run } = await family(app, keep, { first, second });
      assert.equal(run.state, "RUN_SUCCESS");
      assert.equal(run.result, "2 after null!");
      assert.deepEqual(
        app.deliveries.map(({ path, headers }) => `${path.split("/").at(-1)} ${headers["upstash-workflow-invoke-count"] ?? 0}`),
        ["main 0", "first 1", "second 2", "second 2", "first 1", "main 0"],
      );
      app.delivered(6);
    });

    test("a run that is over before the one that it invoked gets nothing any more", async (t) => {
      const app = await openApp(t, sdk);
      const parent = async (context, { child: workflow }) => {
        await Promise.all([
          context.invoke("invoke", { workflow, body: 1, workflowRunId: "child" }),
          context.run("fail", async () => {
            await app.reached("child");
            throw new sdk.WorkflowNonRetryableError("no more");
          }),
        ]);
      };
      const child = async (context) => {
        await context.sleep("nap", 3);
        await context.run("work", () => 1);
        return "late";
      };
      const { run } = await family(app, parent, { child });
      await clock.runAll();
      const { state, log } = await app.look(run.id);
      assert.equal(state, "RUN_FAILED");
      const { steps } = log.steps.find(({ type }) => type === "parallel");
      assert.deepEqual(steps.map((step) => step.state), ["STEP_SUCCESS", "STEP_FAILED"]);
      assert.equal(steps[0].invokedWorkflowRunId, "wfr_child");
      succeeded(await app.look("wfr_child"), "late");
      assert.match(log.notes.at(-1).text, /wfr_child ended as RUN_SUCCESS after this one was over/);
      // Three for the parent (and one for the failure callback of newer SDKs), three for the child.
      app.delivered(3 + (sdk.since("1.0") ? 1 : 0) + 3);
    });

    test("a child that a crashed endpoint invokes once more runs once", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      const parent = async (context, { child: workflow }) => (await context.invoke("invoke", { workflow, body: 1 })).body;
      const child = async (context) => {
        await context.sleep("nap", "1h");
        return context.run("run", () => (ran.push("run"), "once"));
      };
      let crashes = 1;
      app.crash = ({ path }) => path.endsWith("main") && crashes-- > 0;
      const { run } = await family(app, parent, { child });
      await clock.runAll();
      succeeded(await app.look(run.id), "once");
      assert.deepEqual(ran, ["run"]);
      app.delivered(2 + 1 + 3);
    });

    test("a child may return nothing, text and much", async (t) => {
      const app = await openApp(t, sdk);
      const large = "ü".repeat(100_000);
      const parent = async (context, { child: workflow }) => {
        const bodies = [];
        for (const body of ["nothing", "text", "much"]) {
          bodies.push((await context.invoke(body, { workflow, body })).body);
        }
        return bodies.map((body) => body?.length ?? typeof body);
      };
      const child = async (context) => {
        await context.run("one", () => 1);
        return { nothing: undefined, text: "ß", much: large }[context.requestPayload];
      };
      const { run } = await family(app, parent, { child });
      succeeded(run, ["undefined", 1, large.length]);
      app.delivered(4 + 3 * 2);
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("invoking a run that goes on already is no way to get its result, and the log says so", async (t) => {
    const app = await openApp(t, newest);
    const parent = async (context, { child: workflow }) => {
      const settings = { workflow, body: 1, workflowRunId: "taken" };
      await Promise.all([context.invoke("first", settings), context.invoke("second", settings)]);
    };
    const { run } = await family(app, parent, { child: async (context) => context.sleep("nap", "1h") });
    await clock.runAll();
    const { state, log } = await app.look(run.id);
    assert.equal(state, "RUN_STARTED");
    assert.match(log.notes[0].text, /it invoked wfr_taken, which goes on already/);
    app.delivered(1 + 2 + 2 + 1);
  });

  test("an endless chain of invocations is cut, and every run of it says why", async (t) => {
    const app = await openApp(t, newest);
    let workflows;
    const child = async (context) => {
      const { isFailed, body } = await context.invoke("deeper", { workflow: workflows.child, body: 0, retries: 0 });
      return isFailed ? 1 : body + 1;
    };
    const parent = async (context, all) => {
      workflows = all;
      return (await context.invoke("deep", { workflow: all.child, body: 0 })).body;
    };
    const { run } = await family(app, parent, { child });
    succeeded(run, 99);
    const { messages } = await newest.client.dlq.list();
    assert.equal(messages.length, 1);
    assert.match(messages[0].responseBody, /maxInvokeDepth exceeded, current limit: 100/);
    // Two for the parent and for each of 99 children; the last one fails, and is told so.
    app.delivered(2 * 100 + 2);
  });

  test("labels, retries and flow control of an invocation are the child's", async (t) => {
    const app = await openApp(t, newest);
    const parent = async (context, { child: workflow }) => {
      const flowControl = { key: "of-the-child", parallelism: 3 };
      const settings = { workflow, body: 1, label: ["a", "b"], retries: 1, retryDelay: "5000", flowControl };
      return shown(await context.invoke("invoke", { ...settings, workflowRunId: "child" }));
    };
    const child = async (context) => {
      await context.run("label", () => context.labels);
      throw new Error("broken");
    };
    const { run } = await family(app, parent, { child }, { label: "parent", retries: 0 });
    await clock.advance(4);
    assert.equal((await app.look("wfr_child")).state, "RUN_STARTED");
    await clock.runAll();
    const { log } = await app.look("wfr_child");
    assert.deepEqual([log.workflowState, log.labels, log.flowControlKey], ["RUN_FAILED", ["a", "b"], "of-the-child"]);
    assert.equal(log.steps[1].steps[0].out, '["a","b"]');
    succeeded(await app.look(run.id), { isCanceled: false, isFailed: true });
    // Two for the parent; init, two attempts and the failure callback for the child.
    app.delivered(2 + 4);
  });
});
