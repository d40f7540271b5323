import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, ends, everyone, newest, openApp, succeeded } from "./support.mjs";

/** A workflow that waits for a week in its second step. */
const sleepy = async (context) => {
  await context.run("before", () => 1);
  await context.sleep("nap", "7d");
  await context.run("after", () => 2);
};

const cancelIds = (sdk, ids) => sdk.client.cancel(sdk.since("1.2") ? ids : { ids });

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("a run that cancels itself does no more, and no failure function is told", async (t) => {
      const app = await openApp(t, sdk);
      const told = [];
      const failureFunction = () => void told.push("failed");
      const url = app.serve("/cancel", async (context) => {
        await context.run("before", () => 1);
        await context.cancel();
        await context.run("after", () => told.push("after"));
      }, { failureFunction });
      const { id, state } = await app.run(url, sdk.failureFunction);
      assert.equal(state, "RUN_CANCELED");
      assert.equal((await clock.idle()).count, 0);
      assert.deepEqual(told, []);
      assert.deepEqual((await sdk.client.dlq.list()).messages, []);
      assert.equal((await app.look(id)).log.failureFunction, undefined);
      app.delivered(2);
    });

    test("runs are cancelled by id, one or many, and once only", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/sleepy", sleepy);
      const runs = [await app.run(url), await app.run(url), await app.run(url)];
      const [first, second, third] = runs.map(({ id }) => id);
      assert.deepEqual(await cancelIds(sdk, first), { cancelled: 1 });
      assert.deepEqual(await cancelIds(sdk, [second, first, "wfr_nobody"]), { cancelled: 1 });
      assert.deepEqual(await cancelIds(sdk, [first, second]), { cancelled: 0 });
      await clock.runAll();
      const states = await Promise.all([first, second, third].map(async (id) => (await app.look(id)).state));
      assert.deepEqual(states, ["RUN_CANCELED", "RUN_CANCELED", "RUN_SUCCESS"]);
      app.delivered(2 + 2 + 4);
    });

    test("all runs are cancelled at once", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/sleepy", sleepy);
      await sdk.client.trigger(Array.from({ length: 3 }, () => ({ url })));
      await clock.idle();
      assert.deepEqual(await sdk.client.cancel({ all: true }), { cancelled: 3 });
      assert.deepEqual(await sdk.client.cancel({ all: true }), { cancelled: 0 });
      assert.equal((await clock.runAll()).attempts, 0);
      app.delivered(6);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("runs are cancelled by the beginning of their address", async (t) => {
      const app = await openApp(t, sdk);
      const runs = {};
      for (const path of ["/jobs/a", "/jobs/b", "/other"]) runs[path] = (await app.run(app.serve(path, sleepy))).id;
      const urlStartingWith = `${app.origin}/jobs`;
      const request = sdk.since("1.2") ? { filter: { workflowUrlStartingWith: urlStartingWith } } : { urlStartingWith };
      assert.deepEqual(await sdk.client.cancel(request), { cancelled: 2 });
      assert.equal((await app.look(runs["/jobs/a"])).state, "RUN_CANCELED");
      assert.equal((await app.look(runs["/other"])).state, "RUN_STARTED");
      app.delivered(6);
    });

    test("what an endpoint does after its run was cancelled is of no use", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      const url = app.serve("/slow", async (context) => {
        await context.run("slow", async () => {
          ran.push("slow");
          await cancelIds(sdk, context.workflowRunId);
        });
        ran.push("after");
      });
      const { id, log } = await app.run(url);
      assert.equal((await app.look(id)).state, "RUN_CANCELED");
      assert.deepEqual(ran, ["slow"]);
      // The SDK takes the refusal for the end of the run, and answers as if all were well.
      assert.equal(app.deliveries[0].status, 200);
      assert.match(log.notes[0].text, /a step was submitted to a run that had ended as RUN_CANCELED, and was refused/);
      app.delivered(1);
    });

    test("waits, calls and children of a cancelled run end with it", async (t) => {
      const app = await openApp(t, sdk);
      const third = app.thirdParty("/third", 500);
      const child = sdk.createWorkflow(async (context) => context.sleep("nap", "1h"));
      const main = sdk.createWorkflow(async (context) => {
        await Promise.all([
          context.waitForEvent("wait", "never"),
          context.call("call", { url: third, retries: 3 }),
          context.invoke("invoke", { workflow: child, body: 1, workflowRunId: "child" }),
        ]);
      });
      const { id } = await app.run(app.serveMany("/flows", { main, child }).main);
      assert.equal(app.calls.length, 1);
      assert.deepEqual(await cancelIds(sdk, [id]), { cancelled: 1 });
      assert.deepEqual(await sdk.client.getWaiters({ eventId: "never" }), []);
      await clock.runAll();
      assert.equal(app.calls.length, 1);
      // The child is a run of its own: nobody cancelled it.
      succeeded(await app.look("wfr_child"), undefined);
      app.delivered(1 + 3 + 2);
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("runs are cancelled by label, caller, flow control key, time and exact address", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/a", sleepy);
    const start = await clock.now();
    const cancel = (filter) => newest.client.cancel({ filter }).then(({ cancelled }) => cancelled);
    await app.run(url, { label: ["red", "big"] });
    await app.run(app.serve("/a/b", sleepy), { label: "blue" });
    assert.equal(await cancel({ label: "green" }), 0);
    assert.equal(await cancel({ workflowUrl: `${app.origin}/` }), 0);
    assert.equal(await cancel({ toDate: start - 1 }), 0);
    assert.equal(await cancel({ callerIp: "10.0.0.1" }), 0);
    assert.equal(await cancel({ label: ["big", "green"] }), 1);
    assert.equal(await cancel({ workflowUrl: url }), 0);
    assert.equal(await cancel({ workflowUrlStartingWith: url, fromDate: new Date(start - 1_000) }), 1);
    await app.run(url, { flowControl: { key: "keyed", parallelism: 1 } });
    assert.equal(await cancel({ flowControlKey: "keyed", host: new URL(url).host, path: "/a" }), 1);
    assert.equal((await clock.runAll()).attempts, 0);
    app.delivered(6);
  });

  test("a count limits how many are cancelled", async (t) => {
    const app = await openApp(t, newest);
    const url = app.serve("/sleepy", sleepy);
    await newest.client.trigger(Array.from({ length: 5 }, () => ({ url })));
    await clock.idle();
    assert.deepEqual(await newest.client.cancel({ all: true, count: 2 }), { cancelled: 2 });
    assert.deepEqual(await newest.client.cancel({ filter: { workflowUrl: url } }), { cancelled: 3 });
    app.delivered(10);
  });

  test("one run is cancelled over plain HTTP, and is not there to be cancelled again", async (t) => {
    const app = await openApp(t, newest);
    const { id } = await app.run(app.serve("/sleepy", sleepy));
    const path = `/v2/workflows/runs/${id}`;
    assert.equal((await api("GET", path)).body.length, 3);
    assert.equal((await api("DELETE", path)).status, 200);
    for (const method of ["GET", "DELETE"]) {
      const { status, body } = await api(method, path);
      assert.equal(status, 404);
      assert.match(body.error, new RegExp(`workflow run ${id} not found`));
    }
    assert.equal((await clock.runAll()).attempts, 0);
    app.delivered(2);
  });
});
