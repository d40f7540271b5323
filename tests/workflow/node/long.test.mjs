import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";

import { clock, ends, openApp, succeeded } from "./support.mjs";

// Each delivery replays all steps before it: what a thousand of them prove is proven of the server alone.
const STEPS = 200;

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("hundreds of steps, one after the other", async (t) => {
      const app = await openApp(t, sdk);
      const workerData = { version: sdk.version, steps: STEPS };
      const worker = new Worker(new URL("long.worker.mjs", import.meta.url), { workerData });
      const [url] = await once(worker, "message");
      const { workflowRunId } = await sdk.client.trigger({ url });
      await clock.idle();
      const run = await app.look(workflowRunId);
      succeeded(run, (STEPS * (STEPS + 1)) / 2);
      assert.equal(run.log.steps.length, STEPS + 1);
      worker.postMessage("close");
      const [deliveries] = await once(worker, "message");
      assert.equal(deliveries, STEPS + 1);
      t.diagnostic(`${sdk.version} · ${t.name} · ${deliveries} deliveries`);
    });
  });
}
