// The application of the test with hundreds of steps. It has a thread of its own because node:test watches every
// promise of the thread it runs in, and tens of thousands of replayed steps have many.
import { parentPort, workerData } from "node:worker_threads";

import { ends, openApp } from "./support.mjs";

const closing = [];
const sdk = ends.find(({ version }) => version === workerData.version);
const app = await openApp({ after: (close) => closing.push(close) }, sdk);
const url = app.serve("/long", async (context) => {
  let sum = 0;
  for (let n = 1; n <= workerData.steps; n++) sum += await context.run(`step ${n}`, () => n);
  return sum;
});
parentPort.once("message", async () => {
  parentPort.postMessage(app.deliveries.length);
  for (const close of closing) await close();
});
parentPort.postMessage(url);
