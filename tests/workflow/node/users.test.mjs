import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";

import { Client } from "workflow-1.3";

import { api, clock, newest as sdk, openApp, succeeded } from "./support.mjs";

const { QSTASH_URL, QSTASH_DEV_PORT } = process.env;
const token = Buffer.from('{"UserID":"testUser1","Password":"testPassword"}').toString("base64");
const OTHER_USER = {
  QSTASH_URL,
  QSTASH_TOKEN: token,
  QSTASH_CURRENT_SIGNING_KEY: "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM",
  QSTASH_NEXT_SIGNING_KEY: "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua",
};

describe(`SDK ${sdk.version}`, () => {
  test("the runs, events, webhooks and failures of one user are not another's", async (t) => {
    const app = await openApp(t, sdk);
    const other = new Client({ baseUrl: QSTASH_URL, token });
    let webhook;
    const url = app.serve("/other", async (context) => {
      const made = await context.createWebhook("create");
      await context.run("lend", () => void (webhook = made.webhookUrl));
      const { request } = await context.waitForWebhook("hook", made, "1d");
      const { eventData } = await context.waitForEvent("wait", "shared", { timeout: "1d" });
      await context.run("boom", () => {
        throw new sdk.WorkflowNonRetryableError(`${request.method} ${eventData}`);
      });
    }, { env: OTHER_USER });
    const { workflowRunId } = await other.trigger({ url });
    await clock.idle();
    assert.match(webhook, /\/hooks\/testUser1\/wfr_/);
    assert.deepEqual((await sdk.client.logs()).runs, []);
    assert.equal((await api("GET", `/v2/workflows/runs/${workflowRunId}`)).status, 404);
    assert.deepEqual(await sdk.client.cancel({ all: true }), { cancelled: 0 });
    assert.equal((await fetch(webhook, { method: "POST" })).status, 200);
    await clock.idle();
    assert.deepEqual(await sdk.client.getWaiters({ eventId: "shared" }), []);
    assert.deepEqual(await sdk.client.notify({ eventId: "shared", eventData: "wrong" }), []);
    assert.equal((await other.notify({ eventId: "shared", eventData: "right" })).length, 1);
    await clock.idle();
    assert.deepEqual((await sdk.client.dlq.list()).messages, []);
    const { messages } = await other.dlq.list();
    assert.equal(JSON.parse(messages[0].responseBody).message, "POST right");
    await assert.rejects(sdk.client.dlq.resume(messages[0].dlqId), { status: 404 });
    // Init, four steps, and the failure callback.
    app.delivered(6);
  });

  test("deliveries are signed with the keys of the user, over what is delivered and where", async (t) => {
    const app = await openApp(t, sdk);
    const url = app.serve("/signed", async (context) => context.run("one", () => 1), { env: OTHER_USER });
    await new Client({ baseUrl: QSTASH_URL, token }).trigger({ url });
    await clock.idle();
    app.delivered(2);
    for (const { headers } of app.deliveries) {
      const [header, payload, signature] = headers["upstash-signature"].split(".");
      const key = OTHER_USER.QSTASH_CURRENT_SIGNING_KEY;
      assert.equal(createHmac("sha256", key).update(`${header}.${payload}`).digest("base64url"), signature);
      assert.equal(JSON.parse(Buffer.from(payload, "base64url")).sub, url);
    }
  });

  test("a program that knows nothing but QSTASH_DEV finds the server", async (t) => {
    const app = await openApp(t, sdk);
    const names = ["QSTASH_URL", "QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"];
    const before = names.map((name) => [name, process.env[name]]);
    for (const name of names) delete process.env[name];
    process.env.QSTASH_DEV = "true";
    try {
      assert.equal(process.env.QSTASH_DEV_PORT, QSTASH_DEV_PORT);
      const url = app.serve("/dev", async (context) => {
        const { webhookUrl } = await context.createWebhook("create");
        return context.run("one", () => webhookUrl.split("/").at(-3));
      });
      const { workflowRunId } = await new Client().trigger({ url });
      await clock.idle();
      succeeded(await app.look(workflowRunId), "defaultUser");
      app.delivered(3);
    } finally {
      delete process.env.QSTASH_DEV;
      Object.assign(process.env, Object.fromEntries(before));
    }
  });
});
