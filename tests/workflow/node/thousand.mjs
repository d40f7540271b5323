import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";

import { clock, openApp, succeeded } from "./support.mjs";

/** The test with a thousand steps, in a file of its own for each SDK, which takes the longest of all. */
export const thousandSteps = (sdk) =>
  describe(`SDK ${sdk.version}`, () => {
    test("a thousand steps, one after the other", { timeout: 200_000 }, async (t) => {
      const app = await openApp(t, sdk);
      const worker = new Worker(new URL("thousand.worker.mjs", import.meta.url), { workerData: sdk.version });
      const [url] = await once(worker, "message");
      const { workflowRunId } = await sdk.client.trigger({ url });
      await clock.idle({ timeout: 190 });
      const run = await app.look(workflowRunId);
      succeeded(run, 500_500);
      assert.equal(run.log.steps.length, 1_001);
      worker.postMessage("close");
      const [deliveries] = await once(worker, "message");
      assert.equal(deliveries, 1_001);
      t.diagnostic(`${sdk.version} · ${t.name} · ${deliveries} deliveries`);
    });
  });
