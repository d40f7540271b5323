// The server of this file is started with --lazy-fetch-bytes 2000.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, ends, openApp, succeeded } from "./support.mjs";

const LIMIT = 2_000;
const LARGE = "ü".repeat(LIMIT);

const empty = (delivery) => delivery.bytes.length === 0;

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("a log beyond the limit is sent empty, and fetched by the SDK", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/grow", async (context) => {
        const sizes = [];
        for (let n = 0; n < 5; n++) sizes.push(await context.run(`step ${n}`, () => "x".repeat(300 * n)));
        return sizes.map((size) => size.length);
      });
      succeeded(await app.run(url), [0, 300, 600, 900, 1200]);
      assert.deepEqual(app.deliveries.map(empty), [false, false, false, false, true, true]);
      for (const { bytes } of app.deliveries) assert.ok(bytes.length <= LIMIT);
      app.delivered(6);
    });

    test("a payload beyond the limit is fetched from the first delivery on", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/large", async (context) => {
        await context.run("one", () => 1);
        return context.requestPayload.length;
      });
      succeeded(await app.run(url, { body: LARGE }), LARGE.length);
      assert.deepEqual(app.deliveries.map(empty), [true, true]);
      app.delivered(2);
    });

    test("each branch of a group fetches the log up to its own step", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      const url = app.serve("/group", async (context) => {
        const branches = [1, 2, 3, 4].map((n) => context.run(`${n}`, () => (ran.push(n), LARGE.slice(0, 300 * n))));
        const texts = await Promise.all(branches);
        return texts.map((text) => text.length);
      });
      succeeded(await app.run(url, { body: LARGE }), [300, 600, 900, 1200]);
      assert.deepEqual(ran.toSorted(), [1, 2, 3, 4]);
      assert.ok(app.deliveries.every(empty));
      app.delivered(9);
    });

    test("the outcome of a call is sent whatever its size", async (t) => {
      const app = await openApp(t, sdk);
      const third = app.thirdParty("/third", { status: 200, headers: { "content-type": "text/plain" }, body: LARGE });
      const url = app.serve("/call", async (context) => {
        const { body } = await context.call("call", { url: third });
        return body;
      });
      succeeded(await app.run(url), LARGE);
      const [first, outcome, last] = app.deliveries;
      assert.deepEqual([first, outcome, last].map(empty), [false, false, true]);
      assert.equal(Buffer.from(outcome.json.body, "base64").toString(), LARGE);
      app.delivered(3);
    });

    test("a delivery that is too late to fetch its log does nothing", async (t) => {
      const app = await openApp(t, sdk);
      const ran = [];
      const url = app.serve("/late", async (context) => {
        await context.run("large", () => LARGE);
        await context.run("second", () => void ran.push("second"));
      });
      let id;
      app.before = async (delivery) => {
        id = delivery.headers["upstash-workflow-runid"];
        if (empty(delivery)) await sdk.client.cancel(sdk.since("1.2") ? id : { ids: id });
      };
      await app.run(url);
      assert.equal((await app.look(id)).state, "RUN_CANCELED");
      assert.deepEqual(ran, []);
      assert.equal(app.deliveries.at(-1).status, 200);
      assert.match(app.deliveries.at(-1).answer.toString(), /workflow-already-ended|workflowRunId/);
      await clock.runAll();
      app.delivered(2);
    });

    test("a failure report is sent whatever its size", async (t) => {
      const app = await openApp(t, sdk);
      const told = [];
      const failureFunction = ({ context }) => void told.push(context.requestPayload);
      const url = app.serve("/fail", async (context) => {
        await context.run("large", () => LARGE);
        await context.run("boom", () => {
          throw new sdk.WorkflowNonRetryableError("no");
        });
      }, { failureFunction });
      const { state } = await app.run(url, { body: LARGE, ...sdk.failureFunction });
      assert.equal(state, "RUN_FAILED");
      assert.deepEqual(told, [LARGE]);
      app.delivered(3);
    });
  });
}
