// The first of the 0.2 versions: no logs, labels, results or invocations yet, everything is sent with every step, and
// answers do not tell that a workflow gave them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, loadFirst, newest, openApp } from "./support.mjs";

const sdk = await loadFirst();

describe(`SDK ${sdk.version}`, () => {
  test("steps, a sleep, a group and a call, begun by a trigger or by a publish", async (t) => {
    const app = await openApp(t, sdk);
    const third = app.thirdParty("/third", 500, { status: 200, headers: { "content-type": "text/plain" }, body: "plain" });
    const results = [];
    const url = app.serve("/all", async (context) => {
      const one = await context.run("one", () => `${context.requestPayload}, ${context.headers.get("x-user")}`);
      await context.sleep("nap", 10);
      const [two, , { body, status }] = await Promise.all([
        context.run("two", () => 2),
        context.sleep("group nap", 20),
        context.call("call", { url: third, method: "POST", body: { q: 1 }, retries: 1 }),
      ]);
      await context.run("end", () => void results.push({ one, two, body, status }));
    });
    const { id } = await app.run(url, { body: "begin", headers: { "x-user": "bob" } });
    await clock.runAll();
    assert.equal((await app.look(id)).state, "RUN_SUCCESS");
    assert.deepEqual(results, [{ one: "begin, bob", two: 2, body: "plain", status: 200 }]);
    app.delivered(1 + 2 + 3 + 1 + 3 + 1);
    for (const { headers } of app.deliveries) assert.equal(headers["x-user"], "bob");
    app.deliveries.length = 0;
    await api("POST", `/v2/publish/${url}`, { body: "publish", headers: { "upstash-forward-x-user": "eve" } });
    await clock.runAll();
    assert.equal(results[1].one, "publish, eve");
    app.delivered(1 + 11);
  });

  test("waits, for a notification and in vain", async (t) => {
    const app = await openApp(t, sdk);
    const results = [];
    const url = app.serve("/wait", async (context) => {
      const come = await context.waitForEvent("come", "come", { timeout: "1d" });
      const gone = await context.waitForEvent("gone", "gone", { timeout: "1d" });
      const told = await context.notify("tell", "nobody", "x");
      await context.run("end", () => void results.push(come, gone, told.notifyResponse));
    });
    const { id } = await app.run(url, { headers: { "x-user": "bob" } });
    assert.equal((await sdk.client.getWaiters({ eventId: "come" })).length, 1);
    await sdk.client.notify({ eventId: "come", eventData: { n: 1 } });
    await clock.runAll();
    assert.equal((await app.look(id)).state, "RUN_SUCCESS");
    assert.deepEqual(results, [{ eventData: { n: 1 }, timeout: false }, { eventData: undefined, timeout: true }, []]);
    for (const { headers } of app.deliveries) assert.equal(headers["x-user"], "bob");
    app.delivered(5);
  });

  test("a failure, its failure function and a second chance", async (t) => {
    const app = await openApp(t, sdk);
    const told = [];
    let broken = true;
    const url = app.serve(
      "/fail",
      async (context) => {
        await context.run("fine", () => 1);
        await context.run("boom", () => {
          if (broken) throw new Error("kaboom");
        });
      },
      {
        retries: 1,
        failureFunction: ({ context, failStatus, failResponse }) =>
          void told.push([context.requestPayload, context.headers.get("x-user"), failStatus, failResponse]),
      },
    );
    const { id } = await app.run(url, { body: { p: "ü" }, headers: { "x-user": "bob" } });
    await clock.runAll();
    const { state, log } = await app.look(id);
    assert.equal(state, "RUN_FAILED");
    assert.deepEqual(told, [[{ p: "ü" }, "bob", 500, "kaboom"]]);
    app.delivered(1 + 2 + 1);
    broken = false;
    const again = await newest.client.dlq.resume({ dlqId: log.dlqId });
    await clock.idle();
    assert.equal((await app.look(again.workflowRunId)).state, "RUN_SUCCESS");
    app.delivered(4 + 2);
  });

  test("cancelling, from within and without", async (t) => {
    const app = await openApp(t, sdk);
    const within = await app.run(app.serve("/within", async (context) => {
      await context.run("one", () => 1);
      await context.cancel();
    }));
    assert.equal(within.state, "RUN_CANCELED");
    const without = await app.run(app.serve("/without", async (context) => context.sleep("nap", "1d")));
    assert.deepEqual(await sdk.client.cancel({ ids: without.id }), { cancelled: 1 });
    assert.equal((await clock.runAll()).attempts, 0);
    assert.equal((await app.look(without.id)).state, "RUN_CANCELED");
    app.delivered(2 + 1);
  });
});
