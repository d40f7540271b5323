// The application of the test with a thousand steps. It has a thread of its own because node:test watches every
// promise of the thread it runs in, and half a million replayed steps have many.
import { parentPort, workerData } from "node:worker_threads";

import { ends, openApp } from "./support.mjs";

const closing = [];
const app = await openApp({ after: (close) => closing.push(close) }, ends.find(({ version }) => version === workerData));
const url = app.serve("/thousand", async (context) => {
  let sum = 0;
  for (let n = 1; n <= 1_000; n++) sum += await context.run(`step ${n}`, () => n);
  return sum;
});
parentPort.once("message", async () => {
  parentPort.postMessage(app.deliveries.length);
  for (const close of closing) await close();
});
parentPort.postMessage(url);
