// Endpoints that break down at any moment: before they do anything, or after they did everything but answer.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, ends, openApp, stepNames, succeeded } from "./support.mjs";

const SEEDS = [3, 4, 8];

/** Numbers from 0 to 1, the same for a seed whenever they are asked for (mulberry32). */
function dice(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    for (const seed of SEEDS) {
      test(`a run survives breakdowns at any moment (${seed})`, async (t) => {
        const app = await openApp(t, sdk);
        const roll = dice(seed);
        const ran = {};
        const step = (name, value) => () => {
          ran[name] = (ran[name] ?? 0) + 1;
          return value;
        };
        const third = app.thirdParty("/third", { status: 200, headers: { "content-type": "application/json" }, body: '"C"' });
        const options = { retries: 5, retryDelay: "1000" };
        const child = sdk.createWorkflow(async (context) => {
          await context.run("child", step("child", 1));
          await context.sleep("child nap", 5);
          return "I";
        }, options);
        const main = sdk.createWorkflow(async (context) => {
          const first = await context.run("first", step("first", "F"));
          const [a, b, called] = await Promise.all([
            context.run("a", step("a", "A")),
            context.run("b", step("b", "B")),
            context.call("call", { url: third }),
            context.sleep("nap", 60),
          ]);
          const { timeout } = await context.waitForEvent("wait", "never", { timeout: 30 });
          const { body } = await context.invoke("invoke", { workflow: child, body: 1, workflowRunId: `child-${seed}`, ...options });
          await context.run("last", step("last", "L"));
          return [first, a, b, called.body, timeout, body].join("");
        }, options);
        // Each message breaks down four times at most, and is tried six times.
        const breakdowns = new Map();
        const breaks = (headers) => {
          const id = headers["upstash-message-id"];
          const before = breakdowns.get(id) ?? 0;
          if (before === 4 || roll() < 0.5) return false;
          breakdowns.set(id, before + 1);
          return true;
        };
        app.before = ({ headers }) => {
          if (headers["upstash-workflow-runid"] && breaks(headers)) throw new Error("broke down before");
        };
        app.crash = ({ headers }) => headers["upstash-workflow-runid"] && breaks(headers);
        const { main: url } = app.serveMany("/chaos", { main, child });
        const { id } = await app.run(url, options);
        await clock.runAll();
        const run = await app.look(id);
        succeeded(run, "FABCtrueI");
        assert.deepEqual(stepNames(run), ["init", "first", ["a", "b", "call", "nap"], "wait", "invoke", "last"]);
        assert.equal((await app.look(`wfr_child-${seed}`)).state, "RUN_SUCCESS");
        assert.equal(app.calls.length, 1);
        // Whatever ran more than once did so in a delivery that broke down.
        const again = Object.values(ran).reduce((sum, times) => sum + times - 1, 0);
        const broken = [...breakdowns.values()].reduce((sum, times) => sum + times, 0);
        assert.ok(again <= broken, `${again} steps ran again after ${broken} breakdowns`);
        // One message for each delivery that there would be without breakdowns: 14 for the parent, 3 for the child.
        const messages = new Set(app.deliveries.map(({ headers }) => headers["upstash-message-id"]));
        assert.equal(messages.size, 1 + 1 + 4 + 1 + 4 + 1 + 1 + 1 + 3);
        app.delivered(messages.size + app.deliveries.filter(({ headers }) => headers["upstash-retried"] !== "0").length);
      });
    }
  });
}
