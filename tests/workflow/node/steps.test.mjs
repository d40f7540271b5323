import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, ends, everyone, fromBase64, openApp, stepNames, succeeded } from "./support.mjs";

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("steps follow each other, each with one delivery", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      const url = app.serve("/steps", async (context) => {
        const first = await context.run("first", () => (ran.push("first"), { hello: context.requestPayload.name }));
        const second = await context.run("second", async () => (ran.push("second"), `${first.hello}!`));
        await context.run("nothing", () => void ran.push("nothing"));
        return { second };
      });
      const run = await app.run(url, { body: { name: "bob" } });
      succeeded(run, { second: "bob!" });
      app.delivered(4);
      assert.deepEqual(ran, ["first", "second", "nothing"]);
      assert.deepEqual(stepNames(run), ["init", "first", "second", "nothing"]);
    });

    test("a parallel group of run, sleep and call costs a plan and a result for each branch", async (t) => {
      const app = await openApp(t, sdk);
      const third = app.thirdParty("/third", { status: 200, headers: { "content-type": "application/json" }, body: '{"n":3}' });
      const url = app.serve("/group", async (context) => {
        const [one, slept, called] = await Promise.all([
          context.run("one", () => 1),
          context.sleep("nap", 60),
          context.call("third", { url: third }),
        ]);
        const sum = await context.run("sum", () => one + called.body.n);
        return { slept: slept === undefined, sum };
      });
      let run = await app.run(url);
      assert.equal(run.state, "RUN_STARTED");
      // The group, the plans of run and call, the outcome of the call, two results; the sleep and the sum come later.
      assert.equal(app.deliveries.length, 1 + 2 + 1 + 2);
      await clock.advance("1m");
      run = await app.look(run.id);
      succeeded(run, { slept: true, sum: 4 });
      app.delivered(1 + 3 + 1 + 3 + 1);
      assert.equal(app.calls.length, 1);
      assert.deepEqual(stepNames(run), ["init", ["one", "nap", "third"], "sum"]);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("any payload comes as it was sent", async (t) => {
      const app = await openApp(t, sdk);
      const seen = [];
      const url = app.serve("/payload", async (context) => {
        await context.run("see", () => void seen.push(context.requestPayload));
        return context.requestPayload;
      });
      const payloads = [undefined, "text", "“quotes” 🙂 \u0000", { deep: [1, null, { ü: "ß" }] }, [1, 2], 12, true];
      for (const body of payloads) {
        succeeded(await app.run(url, { body }), body);
      }
      assert.deepEqual(seen, payloads);
      app.delivered(2 * payloads.length);
    });

    test("one request triggers many runs", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/many", async (context) => context.run("double", () => 2 * context.requestPayload));
      const triggered = await sdk.client.trigger([1, 2, 3].map((body) => ({ url, body })));
      await clock.idle();
      for (const [at, { workflowRunId }] of triggered.entries()) {
        succeeded(await app.look(workflowRunId), 2 * (at + 1));
      }
      app.delivered(6);
    });

    test("each delivery holds the log up to its own step, and comes with the headers of its run", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/log", async (context) => {
        await Promise.all([context.run("a", () => "A"), context.run("b", () => "B")]);
        await context.run("c", () => "C");
      });
      const run = await app.run(url, { body: "begin", label: "blue", headers: { "x-user": "bob", "content-type": "text/plain" } });
      succeeded(run, undefined);
      app.delivered(6);
      const ids = app.deliveries.map(({ headers }) => headers["upstash-message-id"]);
      const whole = app.deliveries.at(-1).entries;
      assert.equal(fromBase64(whole[0].body), "begin");
      assert.deepEqual(whole.map(({ messageId }) => messageId).toSorted(), ids.toSorted());
      for (const delivery of app.deliveries) {
        const { entries, headers } = delivery;
        assert.equal(entries.at(-1).messageId, headers["upstash-message-id"]);
        assert.deepEqual(entries, whole.slice(0, entries.length));
        assert.equal(headers["upstash-workflow-runid"], run.id);
        assert.equal(headers["upstash-workflow-createdat"], String(run.log.workflowRunCreatedAt));
        assert.equal(headers["upstash-label"], "blue");
        assert.equal(headers["x-user"], "bob");
        assert.equal(headers["upstash-retried"], "0");
        assert.equal(delivery.rawHeaders.filter((name) => name.toLowerCase() === "content-type").length, 1);
      }
    });

    test("fifty branches in parallel end in one place", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/wide", async (context) => {
        const branches = Array.from({ length: 50 }, (_, n) => context.run(`branch ${n}`, () => n));
        const numbers = await Promise.all(branches);
        return context.run("sum", () => numbers.reduce((sum, n) => sum + n));
      });
      succeeded(await app.run(url), 1225);
      app.delivered(1 + 50 + 50 + 1);
    });

    test("groups follow groups and steps", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/groups", async (context) => {
        const [a, b] = await Promise.all([context.run("a", () => 1), context.run("b", () => 2)]);
        const c = await context.run("c", () => a + b);
        const [d, e] = await Promise.all([context.run("d", () => c + 1), context.run("e", () => c + 2)]);
        const [f, g] = await Promise.all([context.run("f", () => d * e), context.sleep("g", 1)]);
        return { f, g };
      });
      const run = await app.run(url);
      await clock.runAll();
      const ended = await app.look(run.id);
      succeeded(ended, { f: 20 });
      assert.deepEqual(stepNames(ended), ["init", ["a", "b"], "c", ["d", "e"], ["f", "g"]]);
      app.delivered(1 + 4 + 1 + 4 + 4);
    });

    test("a step that an endpoint published before it crashed is not published again", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      const url = app.serve("/crash", async (context) => {
        const one = await context.run("one", () => (ran.push("one"), 1));
        const two = await context.run("two", () => (ran.push("two"), one + 1));
        return two;
      });
      let crashes = 1;
      app.crash = (delivery) => delivery.entries.length === 2 && crashes-- > 0;
      const run = await app.run(url);
      // The crash came after step two was published, which went on at once; the retry finds nothing left to do.
      succeeded(run, 2);
      assert.equal(app.deliveries.length, 3);
      await clock.runAll();
      assert.deepEqual(ran, ["one", "two"]);
      app.delivered(3);
    });

    test("a retry after a crash submits its step once more, and nothing comes of it", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      const url = app.serve("/crash", async (context) => {
        await context.run("one", () => void ran.push("one"));
        await context.sleep("nap", "1h");
        return context.run("two", () => (ran.push("two"), 2));
      });
      let crashes = 1;
      app.crash = (delivery) => delivery.entries.length === 1 && crashes-- > 0;
      const run = await app.run(url);
      await clock.runAll();
      succeeded(await app.look(run.id), 2);
      // The retry of the first delivery runs step one again, which the log holds already.
      assert.deepEqual(ran, ["one", "one", "two"]);
      app.delivered(4 + 1);
      assert.deepEqual(app.deliveries.map(({ headers }) => headers["upstash-retried"]).toSorted(), ["0", "0", "0", "0", "1"]);
    });
  });
}
