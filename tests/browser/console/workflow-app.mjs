// An application that serves workflows with the real SDK, for tests to look at in the console.

import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import { buffer } from "node:stream/consumers";
import { after, before, beforeEach } from "node:test";
import { call, eventually, idle } from "./support.mjs";

const require = createRequire(new URL("../../workflow/node/package.json", import.meta.url));
const { serve, WorkflowNonRetryableError } = require("workflow-1.3");
const { createWorkflow, serveMany } = require("workflow-1.3/cloudflare");
export const HOSTILE = '<img src=x onerror="alert(1)">';

// The SDK tells the terminal of each error that it answers with.
console.error = console.warn = () => {};

/** Serves workflows by path; `ran` are the names that they put there, in order. */
export class WorkflowApp {
  ran = [];
  state = {};
  #paths = new Map();

  async start() {
    this.server = http.createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  reset() {
    this.ran.length = 0;
    this.state = {};
  }

  serve(path, route, options) {
    const { handler } = serve(route, options);
    this.#paths.set(path, handler);
  }

  /** Workflows that invoke each other, by name below a path. */
  serveMany(path, workflows) {
    const { fetch } = serveMany(workflows);
    for (const name of Object.keys(workflows)) this.#paths.set(`${path}/${name}`, (request) => fetch(request, process.env));
  }

  createWorkflow(route) {
    return createWorkflow(route);
  }

  third(path, handler) {
    this.#paths.set(path, handler);
  }

  async #answer(request, response) {
    const body = await buffer(request);
    const { method, headers } = request;
    const handler = this.#paths.get(request.url);
    const bodyless = method === "GET" || method === "HEAD";
    const asked = new Request(this.url + request.url, { method, headers, ...(bodyless ? {} : { body }) });
    const answer = handler ? await handler(asked) : new Response("", { status: 404 });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  }
}

let shared;

/** One application for all files of tests that a process runs, with all workflows that they need. */
export function setUpApp() {
  shared ??= prepare(new WorkflowApp());
  return shared;
}

function prepare(app) {
  before(async () => {
    await app.start();
    define(app);
  });
  after(() => app.stop());
  beforeEach(() => app.reset());
  return app;
}

/** Start a run and return its id. */
export async function trigger(url, body = {}, headers = {}) {
  const { workflowRunId } = await call("POST", `v2/trigger/${url}`, { json: body, headers });
  return workflowRunId;
}

/** Everything the server knows about a run. */
export const lookAt = (id) => call("GET", `_dev/runs/${id}`);
export const allRuns = async () => (await call("GET", "_dev/runs")).runs;

export const inState = (id, state) =>
  eventually(async () => (await lookAt(id)).run.workflowState === `RUN_${state}`, `${id} is ${state}`);

/** Wait until a run waits for something of this kind. */
export const waitsFor = (id, kind) =>
  eventually(async () => (await lookAt(id)).waits.find((wait) => wait.kind === kind), `${id} waits for ${kind}`);

/** Start a run, and wait until it waits for something of this kind. */
export async function startedRun(app, path, kind, body = {}) {
  const id = await trigger(app.url + path, body);
  await waitsFor(id, kind);
  return id;
}

/** A run that has failed, and whose failure function has failed as well. */
export async function failedRun(app) {
  const id = await trigger(`${app.url}/fails`, {}, { "Upstash-Retries": "0" });
  await inState(id, "FAILED");
  await idle();
  return id;
}

function define(app) {
  app.third("/charge", () => Response.json({ charged: 129 }));
  app.serve("/sleeps", async (context) => {
    await context.run("before", () => app.ran.push("before") && { hello: HOSTILE });
    await context.sleep("nap", "8h");
    return context.run("after", () => app.ran.push("after") && "awake");
  });
  app.serve("/waits", async (context) => {
    const { eventData } = await context.waitForEvent("packed", "parcel-1", { timeout: "2d" });
    return eventData;
  });
  app.serve("/group", async (context) => {
    await Promise.all([
      context.run("stock", () => "reserved"),
      context.call("charge", { url: `${app.url}/charge`, method: "POST", body: "{}" }),
      context.run("score", () => {
        if (!app.state.mended) throw new Error("scorer timed out");
        return 0.07;
      }),
      context.sleep("pause", "1h"),
    ]);
    return context.waitForEvent("packed", "parcel-2");
  });
  app.serve(
    "/fails",
    async (context) => {
      await context.run("download", () => app.ran.push("download"));
      return context.run("parse", () => {
        app.ran.push("parse");
        if (!app.state.mended) throw new WorkflowNonRetryableError("row 118: unexpected end");
        return "parsed";
      });
    },
    {
      failureFunction: () => {
        app.ran.push("told");
        if (!app.state.listens) throw new Error("the pager did not answer");
      },
      retries: 0,
    },
  );
  app.serve("/hook", async (context) => {
    const webhook = await context.createWebhook(`make ${HOSTILE}`);
    const { request } = await context.waitForWebhook("paid", webhook, "1h");
    return request.text();
  });
  const child = app.createWorkflow(async (context) => {
    await context.sleep("deliver", "1h");
    return "delivered";
  });
  const parent = app.createWorkflow(async (context) => (await context.invoke("ship", { workflow: child, body: {} })).body);
  app.serveMany("/family", { parent, child });
}
