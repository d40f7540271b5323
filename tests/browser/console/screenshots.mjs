// `make screenshots`: every page of the console with the day of a small shop in it, light and dark, wide and narrow.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";
import readline from "node:readline";

const FOLDER = process.env.SCREENSHOTS ?? "build/screenshots";
const SHOP = "https://shop.example.com";
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 780 } };

const server = spawn(process.env.PYTHON ?? "python3", ["-m", "qstash_dev", "dev", "--port", "0", "--json", "--quiet"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [line] = await once(readline.createInterface({ input: server.stdout }), "line");
Object.assign(process.env, JSON.parse(line).env);
const { SERVER, call, eventually, fromUi, publish } = await import("./support.mjs");
const { WorkflowApp, trigger, waitsFor } = await import("./workflow-app.mjs");
const { Client } = createRequire(new URL("../../workflow/node/package.json", import.meta.url))("workflow-1.3");

const shop = http.createServer(async (request, response) => {
  for await (const chunk of request) void chunk;
  const [status, body] = answerTo(request.url);
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
});

/** The mail service is down, and there is no such page as the third. */
function answerTo(path) {
  if (path.startsWith("/mail")) return [503, { error: "the mail service is down" }];
  if (path.startsWith("/reports")) return [404, { error: "no such route" }];
  return [200, { ok: true }];
}

async function fill() {
  shop.listen(0, "127.0.0.1");
  await once(shop, "listening");
  const target = `http://127.0.0.1:${shop.address().port}`;
  await call("POST", "_dev/mappings", { json: { pattern: `${SHOP}/*`, target: `${target}/*` } });
  const json = { "Content-Type": "application/json" };
  const opened = await publish(`${SHOP}/mail/receipt`, '{"order":1041}', { ...json, Label: "receipt", Callback: `${SHOP}/told` });
  for (const order of [1042, 1043]) await publish(`${SHOP}/orders`, `{"order":${order},"total":"59.90"}`, { ...json, Label: "order" });
  for (const order of [1039, 1040]) {
    await publish(`${SHOP}/mail/receipt`, `{"order":${order}}`, { ...json, Retries: "0", Label: "receipt", "Failure-Callback": `${SHOP}/told` });
  }
  await publish(`${SHOP}/reports/daily`, "", { Retries: "0" });
  await fetch(`${SERVER}/v2/publish/localhost:3000`, { method: "POST", headers: { Authorization: `Bearer ${process.env.QSTASH_TOKEN}` } });
  await publish("http://localhost:1/nobody", "{}", { ...json, Retries: "0" });
  await publish(`${SHOP}/reminders`, '{"order":1042}', { ...json, Delay: "7d", Label: "reminder" });
  await lists(json);
  await inbox(json);
  await workflows();
  return opened;
}

async function lists(json) {
  await call("POST", `v2/schedules/${SHOP}/reports/nightly`, { headers: { "Upstash-Cron": "CRON_TZ=Europe/Berlin 0 4 * * *", "Upstash-Schedule-Id": "nightly-report" } });
  await call("POST", `v2/schedules/${SHOP}/carts/sweep`, { headers: { "Upstash-Cron": "*/15 * * * *", "Upstash-Schedule-Id": "sweep-carts" } });
  await call("POST", "v2/queues", { json: { queueName: "invoices", parallelism: 2 } });
  await call("POST", "v2/queues/invoices/pause");
  for (let order = 1040; order < 1046; order += 1) await call("POST", `v2/enqueue/invoices/${SHOP}/invoices`, { json: { order } });
  await call("POST", `v2/enqueue/parcels/${SHOP}/parcels`, { json: { order: 1042 } });
  await call("POST", "v2/topics/new-order/endpoints", { json: { endpoints: [{ name: "stock", url: `${SHOP}/stock` }, { name: "billing", url: `${SHOP}/billing` }] } });
  await publish("new-order", '{"order":1042}', json);
  for (let order = 0; order < 8; order += 1) {
    await publish(`${SHOP}/tax`, `{"order":${order}}`, { ...json, "Flow-Control-Key": "tax-service", "Flow-Control-Value": "rate=3, period=1h, parallelism=2" });
  }
}

async function inbox(json) {
  await call("PUT", "_dev/inboxes/webhooks/script", { json: { script: [500, { status: 429, headers: { "Retry-After": "60" } }, 200] } });
  for (const order of [1042, 1043]) await publish(`${SERVER}/_dev/inbox/webhooks`, `{"paid":${order}}`, json);
  await call("POST", "_dev/faults", { json: { match: `${SHOP}/billing*`, error: "timeout", times: 2 } });
}

async function workflows() {
  const app = new WorkflowApp();
  await app.start();
  shop.once("close", () => app.stop());
  let tries = 0;
  app.third("/charge", () => Response.json({ charged: 129 }, { status: (tries += 1) < 2 ? 503 : 200 }));
  app.serve("/order", async (context) => {
    const order = await context.run("load order", () => ({ id: 1042, items: 3 }));
    await Promise.all([
      context.run("reserve stock", () => "reserved"),
      context.call("charge card", { url: `${app.url}/charge`, method: "POST", body: JSON.stringify(order), retries: 2, retryDelay: "400" }),
      context.sleep("grace period", 1),
    ]);
    await context.run("print label", () => "label-77.pdf");
    await context.waitForEvent("wait for parcel", `packed-${order.id}`, { timeout: "2d" });
    return context.run("say thanks", () => "sent");
  });
  app.serve("/import", async (context) => context.run("parse", () => { throw new Error("row 118: unexpected end of line"); }), { retries: 0 });
  app.serve("/newsletter", async (context) => {
    await context.run("choose readers", () => 412);
    await context.sleep("until Monday", "5d");
  });
  const client = new Client({ baseUrl: SERVER, token: process.env.QSTASH_TOKEN });
  await client.trigger({ url: `${app.url}/order`, label: "order", body: { order: 1042 } });
  await trigger(`${app.url}/import`, {}, { "Upstash-Retries": "0" });
  await waitsFor(await trigger(`${app.url}/newsletter`), "sleep");
}

const run = () => eventually(async () => (await call("GET", "_dev/runs")).runs.find(({ workflowUrl, url }) => (workflowUrl ?? url).endsWith("/order")), "the order runs");

async function pages(message) {
  const id = (await run()).workflowRunId;
  await waitsFor(id, "event");
  return {
    messages: "messages",
    message: `messages/${message}`,
    builder: `builder?from=${message}`,
    schedules: "schedules/nightly-report",
    queues: "queues/invoices",
    "url-groups": "url-groups/new-order",
    "flow-control": "flow-control/tax-service",
    dlq: "dlq",
    refused: "refused/defaultUser-1",
    workflows: "workflows",
    run: `workflows/${id}`,
    inbox: "inbox/webhooks",
    clock: "clock",
    setup: "setup",
  };
}

async function shoot(shown) {
  await mkdir(FOLDER, { recursive: true });
  const browser = await fromUi("playwright-core").chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
      for (const [name, hash] of Object.entries(shown)) {
        const page = await context.newPage();
        await page.goto(`${SERVER}/#/${hash}`);
        await page.getByText("Live", { exact: true }).first().waitFor();
        await page.waitForTimeout(400);
        await page.screenshot({ path: `${FOLDER}/${name}-${size}-${colorScheme}.png` });
        await page.close();
      }
      await context.close();
    }
  }
  await browser.close();
}

try {
  const message = await fill();
  await shoot(await pages(message));
  console.log(`${FOLDER}/ has every page in both schemes`);
} finally {
  shop.close();
  shop.closeAllConnections();
  server.kill();
}
process.exit();
