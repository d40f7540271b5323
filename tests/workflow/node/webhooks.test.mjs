import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { clock, everyone, newest, openApp, succeeded } from "./support.mjs";

const { QSTASH_URL } = process.env;

/** Call a webhook as a stranger would: without any token. */
async function callHook(url, { method = "POST", ...options } = {}) {
  const response = await fetch(url, { method, ...options });
  return { status: response.status, body: method === "HEAD" ? null : await response.json() };
}

/** What a workflow can tell of the request that its webhook got. */
async function told({ timeout, request }) {
  if (timeout) return { timeout };
  const { method, url, headers } = request;
  return { method, url, sent: headers.get("x-sent"), body: await request.text() };
}

/** A workflow that makes a webhook, lends its address and waits for so many calls, with a nap before the first. */
const hooked = (lend, { calls = 1, timeout = "1d", nap } = {}) => async (context) => {
  const webhook = await context.createWebhook("create");
  await context.run("lend", () => void lend(webhook.webhookUrl));
  if (nap) await context.sleep("nap", nap);
  const all = [];
  for (let n = 0; n < calls; n++) {
    const called = await context.waitForWebhook(`wait ${n}`, webhook, timeout);
    all.push(await context.run(`read ${n}`, () => told(called)));
  }
  return all;
};

for (const sdk of (await everyone()).filter((sdk) => sdk.since("1.0"))) {
  describe(`SDK ${sdk.version}`, () => {
    test("a call of a webhook resumes the run that waits for it", async (t) => {
      const app = await openApp(t, sdk);
      let webhook;
      const run = await app.run(app.serve("/hooked", hooked((url) => (webhook = url))));
      assert.ok(webhook.startsWith(`${QSTASH_URL}/v2/workflows/hooks/defaultUser/${run.id}/evt_`), webhook);
      const { status, body } = await callHook(webhook, { body: '{"paid":true}', headers: { "x-sent": "yes" } });
      assert.equal(status, 200);
      assert.equal(body.workflowRunId, run.id);
      await clock.idle();
      succeeded(await app.look(run.id), [{ method: "POST", url: webhook, sent: "yes", body: '{"paid":true}' }]);
      // The two steps before the wait, the one that it resumes with, and the reading.
      app.delivered(5);
    });

    test("a call that comes before the wait is kept for it", async (t) => {
      const app = await openApp(t, sdk);
      let webhook;
      const run = await app.run(app.serve("/hooked", hooked((url) => (webhook = url), { nap: "1h" })));
      const put = { method: "PUT", body: "ü", headers: { "x-sent": "early" } };
      assert.equal((await callHook(`${webhook}?a=1&b=%20`, put)).status, 200);
      await clock.advance("1h");
      succeeded(await app.look(run.id), [{ method: "PUT", url: `${webhook}?a=1&b=%20`, sent: "early", body: "ü" }]);
      app.delivered(6);
    });

    test("a wait for a webhook ends when its time is up", async (t) => {
      const app = await openApp(t, sdk);
      let webhook;
      const run = await app.run(app.serve("/hooked", hooked((url) => (webhook = url), { timeout: "1m" })));
      await clock.advance(59);
      assert.equal(app.deliveries.length, 3);
      await clock.advance(1);
      succeeded(await app.look(run.id), [{ timeout: true }]);
      app.delivered(5);
      assert.equal((await callHook(webhook)).status, 404);
    });
  });
}

describe(`SDK ${newest.version}`, () => {
  test("one webhook may be awaited again and again, each call once and in their order", async (t) => {
    const app = await openApp(t, newest);
    let webhook;
    const run = await app.run(app.serve("/hooked", hooked((url) => (webhook = url), { calls: 4, timeout: "1h" })));
    await callHook(webhook, { body: "first" });
    await clock.idle();
    await callHook(webhook, { body: "second" });
    await callHook(webhook, { body: "third" });
    await clock.idle();
    assert.equal((await app.look(run.id)).state, "RUN_STARTED");
    await clock.advance("1h");
    const { result } = await app.look(run.id);
    assert.deepEqual(result.map(({ body, timeout }) => body ?? timeout), ["first", "second", "third", true]);
    app.delivered(3 + 4 * 2);
  });

  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]) {
    test(`a webhook may be called with ${method}`, async (t) => {
      const app = await openApp(t, newest);
      let webhook;
      const run = await app.run(app.serve("/hooked", hooked((url) => (webhook = url))));
      assert.equal((await callHook(webhook, { method })).status, 200);
      await clock.idle();
      succeeded(await app.look(run.id), [{ method, url: webhook, sent: null, body: "" }]);
      app.delivered(5);
    });
  }

  test("two webhooks of one run are two", async (t) => {
    const app = await openApp(t, newest);
    const urls = {};
    const url = app.serve("/two", async (context) => {
      const [left, right] = await Promise.all([context.createWebhook("left"), context.createWebhook("right")]);
      await context.run("lend", () => void Object.assign(urls, { left: left.webhookUrl, right: right.webhookUrl }));
      const calls = await Promise.all([context.waitForWebhook("l", left, "1d"), context.waitForWebhook("r", right, "1d")]);
      return context.run("read", () => Promise.all(calls.map(({ request }) => request.text())));
    });
    const run = await app.run(url);
    await callHook(urls.right, { body: "to the right" });
    await callHook(urls.left, { body: "to the left" });
    await clock.idle();
    succeeded(await app.look(run.id), ["to the left", "to the right"]);
    app.delivered(1 + 4 + 1 + 4 + 1);
  });

  test("strangers make nothing of runs and users that are not there", async (t) => {
    const app = await openApp(t, newest);
    let webhook;
    const { id } = await app.run(app.serve("/hooked", hooked((url) => (webhook = url))));
    const event = webhook.split("/").at(-1);
    for (const path of [`defaultUser/wfr_nobody/${event}`, `testUser1/${id}/${event}`, `nobody/${id}/${event}`]) {
      const { status, body } = await callHook(`${QSTASH_URL}/v2/workflows/hooks/${path}`);
      assert.equal(status, 404);
      assert.match(body.error, /no workflow run/);
    }
    app.delivered(3);
  });
});
