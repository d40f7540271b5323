import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ends, openApp, succeeded } from "./support.mjs";

const KILOBYTE = 1_024;

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("a payload of more than a megabyte, results and answers of the same size", async (t) => {
      const app = await openApp(t, sdk);
      const large = "ü€".repeat(300 * KILOBYTE);
      // The SDK needs two characters and more for each byte of an answer, and a step may have ten megabytes.
      const answer = "ü€".repeat(75 * KILOBYTE);
      const third = app.thirdParty("/third", { status: 200, headers: { "content-type": "text/plain" }, body: answer });
      const url = app.serve("/large", async (context) => {
        const own = await context.run("own", () => context.requestPayload + "!");
        const { body } = await context.call("call", { url: third, method: "POST", body: large });
        return [own.length, body.length, body === answer];
      });
      const run = await app.run(url, { body: large });
      succeeded(run, [large.length + 1, answer.length, true]);
      assert.equal(app.calls[0].bytes.length, Buffer.byteLength(large) + (sdk.since("1.0") ? 0 : 2));
      app.delivered(4);
    });
  });
}
