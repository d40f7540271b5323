import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, ends, everyone, openApp, succeeded } from "./support.mjs";

const JSON_TYPE = { "content-type": "application/json" };
const FAILED = { status: 500, headers: { ...JSON_TYPE, "fail-header-foo": "bar" }, body: '{"why":"broken"}' };

/** A workflow that makes one call, and what came of it. */
async function call(app, settings, options) {
  const url = app.serve("/call", async (context) => {
    const { status, body, header } = await context.call("call", settings);
    return { status, body, header };
  });
  return app.run(url, options);
}

for (const sdk of await everyone()) {
  describe(`SDK ${sdk.version}`, () => {
    test("a call sends its own headers and body, and its answer is a step", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.thirdParty("/third", { status: 201, headers: { ...JSON_TYPE, "x-third": "yes" }, body: '{"n":1}' });
      const settings = { url, method: "PUT", body: sdk.json({ q: "ü" }), headers: { "x-call": "v" } };
      const run = await call(app, settings, { headers: { "x-user": "secret" }, label: "blue" });
      assert.equal(run.state, "RUN_SUCCESS");
      assert.equal(run.result.status, 201);
      assert.deepEqual(run.result.body, { n: 1 });
      assert.deepEqual(run.result.header["X-Third"], ["yes"]);
      app.delivered(3);
      assert.equal(app.calls.length, 1);
      const { method, headers, bytes } = app.calls[0];
      assert.equal(method, "PUT");
      assert.equal(bytes.toString(), '{"q":"ü"}');
      assert.equal(headers["x-call"], "v");
      assert.equal(headers["content-type"], "application/json");
      // What belongs to the run is no business of a third party.
      assert.equal(headers["x-user"], undefined);
      assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith("upstash-workflow")), []);
      assert.match(headers["upstash-signature"], /^ey/);
    });

    test("a call sends an object as its JSON text, as the AI SDK and agents have it do", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.thirdParty("/llm", { headers: JSON_TYPE, body: "{}" });
      const body = { model: "m", messages: [{ role: "user", content: "ü" }], stream: false };
      const run = await call(app, { url, method: "POST", body });
      assert.equal(run.state, "RUN_SUCCESS");
      assert.deepEqual(JSON.parse(app.calls[0].bytes.toString()), body);
    });

    test("a call that fails is retried, and only the last answer is told", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.thirdParty("/third", FAILED);
      const { id } = await call(app, { url, retries: 2, retryDelay: "1000 * (1 + retried)" });
      assert.equal(app.calls.length, 1);
      assert.equal(app.deliveries.length, 1);
      await clock.advance(1);
      assert.equal(app.calls.length, 2);
      assert.equal(app.deliveries.length, 1);
      await clock.advance(2);
      const run = await app.look(id);
      assert.equal(run.state, "RUN_SUCCESS");
      assert.equal(run.result.status, 500);
      assert.deepEqual(run.result.body, { why: "broken" });
      assert.deepEqual(run.result.header["Fail-Header-Foo"], ["bar"]);
      assert.deepEqual(app.calls.map(({ headers }) => headers["upstash-retried"]), ["0", "1", "2"]);
      app.delivered(3);
    });
  });
}

for (const sdk of ends) {
  describe(`SDK ${sdk.version}`, () => {
    test("a call is not retried unless asked for", async (t) => {
      const app = await openApp(t, sdk);
      const run = await call(app, { url: app.thirdParty("/third", FAILED) });
      assert.equal(run.result.status, 500);
      assert.equal(app.calls.length, 1);
      app.delivered(3);
    });

    test("a retried call that succeeds in the end has failed for nobody", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.thirdParty("/third", FAILED, 503, { status: 200, headers: JSON_TYPE, body: '"fine"' });
      const { id } = await call(app, { url, retries: 5 });
      await clock.runAll();
      const run = await app.look(id);
      assert.deepEqual([run.result.status, run.result.body], [200, "fine"]);
      assert.equal(app.calls.length, 3);
      app.delivered(3);
    });

    for (const [what, answer, body] of [
      ["no answer", { status: 200 }, ""],
      ["empty JSON", { status: 200, headers: JSON_TYPE, body: "" }, ""],
      ["JSON beyond ASCII", { status: 200, headers: JSON_TYPE, body: '{"ü":"ß 🙂 “”"}' }, { ü: "ß 🙂 “”" }],
      ["text beyond ASCII", { status: 200, headers: { "content-type": "text/plain" }, body: "naïve 日本" }, "naïve 日本"],
    ]) {
      test(`${what} comes as it is`, async (t) => {
        const app = await openApp(t, sdk);
        const run = await call(app, { url: app.thirdParty("/third", answer) });
        assert.deepEqual(run.result.body, body);
        app.delivered(3);
      });
    }

    test("a binary answer comes as its bytes", async (t) => {
      const app = await openApp(t, sdk);
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
      const answer = { status: 200, headers: { "content-type": "application/octet-stream" }, body: bytes };
      const run = await call(app, { url: app.thirdParty("/third", answer) });
      assert.deepEqual(Buffer.from(run.result.body, "latin1"), bytes);
      app.delivered(3);
    });

    for (const status of [300, 301, 302, 303, 304, 307, 400, 401, 404, 429, 503]) {
      test(`a ${status} comes back plain`, async (t) => {
        const app = await openApp(t, sdk);
        const elsewhere = app.thirdParty("/elsewhere", 200);
        const answer = { status, headers: { location: elsewhere } };
        const run = await call(app, { url: app.thirdParty("/third", answer) });
        assert.deepEqual([run.result.status, run.result.body], [status, ""]);
        assert.deepEqual(run.result.header.Location, [elsewhere]);
        assert.equal(app.calls.length, 1);
        app.delivered(3);
      });
    }

    test("a host that cannot be reached has status -1", async (t) => {
      const app = await openApp(t, sdk);
      const { id } = await call(app, { url: "http://127.0.0.1:1/nobody", retries: 1 });
      await clock.runAll();
      const run = await app.look(id);
      assert.equal(run.state, "RUN_SUCCESS");
      assert.deepEqual(run.result, { status: -1, body: "", header: {} });
      app.delivered(3);
    });

    test("a 489 ends a call at once, and the run goes on", async (t) => {
      const app = await openApp(t, sdk);
      const answer = { status: 489, headers: { "upstash-nonretryable-error": "true" }, body: "no" };
      const run = await call(app, { url: app.thirdParty("/third", answer), retries: 5 });
      assert.deepEqual([run.result.status, run.result.body], [489, "no"]);
      assert.equal(app.calls.length, 1);
      app.delivered(3);
    });

    test("a call that is not answered in time has status -1", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.thirdParty("/third", new Promise(() => {}));
      const run = await call(app, { url, timeout: 0.1 });
      assert.equal(run.result.status, -1);
      app.delivered(3);
    });

    test("the run's retries, delay and flow control are not those of its calls", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.thirdParty("/third", FAILED);
      const flowControl = { key: "of-the-call", parallelism: 2 };
      const options = { retries: 5, retryDelay: "10", flowControl: { key: "of-the-run", parallelism: 7 } };
      const { id } = await call(app, { url, retries: 1, flowControl }, options);
      // The call waits for twelve seconds, as calls do that do not say how long.
      await clock.advance(11);
      assert.equal(app.calls.length, 1);
      await clock.advance(1);
      assert.equal(app.calls.length, 2);
      assert.equal((await app.look(id)).state, "RUN_SUCCESS");
      app.delivered(3);
    });

    test("a call of a workflow starts it, and tells its id", async (t) => {
      const app = await openApp(t, sdk);
      const other = sdk.createWorkflow(async (context) => {
        await context.run("other", () => context.requestPayload);
        return { got: context.requestPayload, by: context.headers.get("x-call") };
      });
      const main = sdk.createWorkflow(async (context) => {
        const body = sdk.json({ n: 1 });
        const { body: started } = await context.call("start", { workflow: other, body, headers: { "x-call": "main" } });
        return started.workflowRunId;
      });
      const urls = app.serveMany("/flows", { main, other });
      const run = await app.run(urls.main);
      assert.equal(run.state, "RUN_SUCCESS");
      const started = await app.look(run.result);
      succeeded(started, { got: { n: 1 }, by: "main" });
      assert.equal(started.log.workflowUrl, urls.other);
      // Two for main and one for the outcome; the call itself is the first invocation of the other, then init and step.
      app.delivered(3 + 1 + 2);
    });

    test("many calls side by side are told once each", async (t) => {
      const app = await openApp(t, sdk);
      const good = app.thirdParty("/good", { status: 200, headers: JSON_TYPE, body: "1" });
      const bad = app.thirdParty("/bad", { status: 500, headers: JSON_TYPE, body: "2" });
      const url = app.serve("/calls", async (context) => {
        const calls = Array.from({ length: 10 }, (_, n) => context.call(`call ${n}`, { url: n % 2 ? good : bad, retries: n % 3 }));
        const answers = await Promise.all(calls);
        return answers.map(({ body }) => body).join("");
      });
      const { id } = await app.run(url);
      await clock.runAll();
      succeeded(await app.look(id), "2121212121");
      app.delivered(1 + 10 + 10 + 10);
      assert.equal(app.calls.length, 5 + (1 + 3 + 2 + 1 + 3));
    });

    test("a call that a crashed endpoint makes once more is made once", async (t) => {
      const app = await openApp(t, sdk);
      const url = app.thirdParty("/third", { status: 200, headers: JSON_TYPE, body: "1" });
      let crashes = 1;
      app.crash = (delivery) => delivery.entries?.length === 1 && crashes-- > 0;
      const { id, state } = await call(app, { url });
      assert.equal(state, "RUN_SUCCESS");
      await clock.runAll();
      assert.equal((await app.look(id)).result.body, 1);
      assert.equal(app.calls.length, 1);
      app.delivered(3);
    });
  });
}
