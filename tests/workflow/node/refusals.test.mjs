import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { api, clock, ends, openApp } from "./support.mjs";

const { QSTASH_URL } = process.env;
const token = (user, password) => Buffer.from(JSON.stringify({ UserID: user, Password: password })).toString("base64");
const OTHER_USER = token("testUser1", "testPassword");
/** The environment of an application with the keys of the default user, and another token. */
const withToken = (QSTASH_TOKEN) => ({ ...process.env, QSTASH_URL, QSTASH_TOKEN });
/** The notes of a run of these kinds. */
const notes = ({ log }, ...kinds) => (log.notes ?? []).filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    const failed = (run, ...parts) => {
      const [text, ...more] = notes(run, "failed");
      assert.deepEqual(more, []);
      for (const part of ["refused by this server", ...parts]) assert.ok(text.includes(part), text);
      assert.ok(!text.includes("HTTP status"), text);
    };

    test("a sleep beyond the plan fails by the word of the server, not of the application", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/far", async (context) => {
        await context.run("first", () => 1);
        await context.sleepUntil("far", new Date((await clock.now()) + 400 * 86_400_000));
      }, { retries: 0 });
      const run = await app.run(url, { retries: 0 });
      assert.equal(run.state, "RUN_FAILED");
      failed(run, "412 quota maxDelay exceeded", "the app only passes on");
    });

    test("a call to a wrong address fails by the word of the server", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/call", (context) => context.call("dial", { url: "ftp://nowhere", method: "GET" }), { retries: 0 });
      const run = await app.run(url, { retries: 0 });
      assert.equal(run.state, "RUN_FAILED");
      failed(run, "412 item 0 of the batch: invalid destination url", "ftp://nowhere");
    });

    for (const [what, own, told] of [
      ["one that is nobody's", "nonsense", "belongs to no user of this server"],
      ["one of hosted QStash", token("3f9c", "x"), "is one of hosted QStash, unknown here"],
      ["none", "undefined", "is empty"],
    ]) {
      test(`an application with the wrong token, ${what}, is told so`, async (t) => {
        const app = await openApp(t, sdk);
        const url = app.serve("/token", (context) => context.run("first", () => 1), { env: withToken(own), retries: 0 });
        const run = await app.run(url, { retries: 0 });
        assert.equal(run.state, "RUN_FAILED");
        failed(run, `the app's QSTASH_TOKEN ${told}; the run belongs to defaultUser`, "set QSTASH_TOKEN to that of defaultUser");
      });
    }

    test("an application with the token of another user has a run that does not go on, and the user is named", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/other", (context) => context.run("first", () => 1), { env: withToken(OTHER_USER) });
      const run = await app.run(url);
      assert.equal(run.state, "RUN_STARTED");
      const [text, ...more] = notes(run, "step-refused", "no-next-step");
      assert.deepEqual(more, []);
      assert.ok(text.includes("the app's QSTASH_TOKEN is that of testUser1; the run belongs to defaultUser"), text);
      // The other user learns nothing of the run.
      const { body } = await api("GET", "/v2/workflows/logs", { token: OTHER_USER });
      assert.deepEqual(body.runs, []);
    });

    test("a step that throws is quoted", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/throws", async (context) => {
        await context.run("first", () => 1);
        await context.run("explode", () => {
          throw Object.assign(new Error("card_declined"), { name: "Stripe" });
        });
      }, { retries: 1 });
      const { id } = await app.run(url, { retries: 1 });
      await clock.runAll();
      const run = await app.look(id);
      const step = sdk.since("1.3") ? "explode" : "the step after first";
      assert.deepEqual(notes(run, "failed"), [`the run failed: ${step} failed after 2 attempts: Stripe: card_declined`]);
    });

    test("a call that a step makes itself and that is refused is not taken for the step", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/own", (context) =>
        context.run("send", async () => {
          const response = await fetch(`${QSTASH_URL}/v2/publish/nowhere:1`, {
            method: "POST",
            headers: { authorization: `Bearer ${process.env.QSTASH_TOKEN}` },
          });
          throw new Error(await response.text());
        }), { retries: 0 });
      const run = await app.run(url, { retries: 0 });
      failed(run, "the call POST /v2/publish/nowhere:1 was refused by this server: 400");
    });

    test("an event that was sent just before the wait is told", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.serve("/wait", async (context) => {
        await context.run("start", () => sdk.client.notify({ eventId: "paid", eventData: 1 }));
        await context.waitForEvent("payment", "paid", { timeout: "1h" });
      });
      const run = await app.run(url);
      assert.equal(run.state, "RUN_STARTED");
      assert.deepEqual(notes(run, "waits"), ["payment waits for event paid, 1 h at most"]);
      const [text] = notes(run, "unheard-event");
      assert.match(text, /^paid was sent \d+ ms before the wait and reached no run/);
      await sdk.client.notify({ eventId: "paid", eventData: 2 });
      await clock.idle();
      assert.equal((await app.look(run.id)).state, "RUN_SUCCESS");
      // It has reached a run since, so a later one is told nothing.
      const later = await app.run(app.serve("/later", (context) => context.waitForEvent("payment", "paid", { timeout: "1h" })));
      assert.deepEqual(notes(later, "unheard-event"), []);
    });
  });
}
