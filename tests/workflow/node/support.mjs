// What the test files share: the SDKs side by side, applications that serve workflows over plain HTTP and remember
// every delivery, and the hands of the server's clock. Time stands still unless a test moves it: nothing here sleeps.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

const { QSTASH_URL, QSTASH_TOKEN, QSTASH_DEV_PORT } = process.env;
const TRAVEL_TIMEOUT_S = 45;
export const DAY_MS = 86_400_000;

// The SDKs tell the terminal of each error that they answer with. What a test wants to know it asks the server.
console.error = console.warn = () => {};

/** One version of the SDK. */
class Sdk {
  constructor(version, module, platform) {
    this.version = version;
    Object.assign(this, { ...module, ...platform, serveRoute: module.serve, serveMany: platform.serveMany });
    this.client = new module.Client({ baseUrl: QSTASH_URL, token: QSTASH_TOKEN });
  }

  since(version) {
    const [major, minor] = version.split(".").map(Number);
    const [ownMajor, ownMinor] = this.version.split(".").map(Number);
    return ownMajor > major || (ownMajor === major && ownMinor >= minor);
  }

  /** A body as `context.call` wants it: versions before 1.0 write the JSON themselves. */
  json(value) {
    return this.since("1.0") ? JSON.stringify(value) : value;
  }

  /** What a trigger needs for the failure function of the workflow to be told. */
  get failureFunction() {
    return this.since("1.0") ? {} : { useFailureFunction: true };
  }
}

async function load(version) {
  return new Sdk(version, await import(`workflow-${version}`), await import(`workflow-${version}/cloudflare`));
}

const loadAll = (...versions) => Promise.all(versions.map(load));

/** The oldest and the newest, which run every scenario that they know; all of them, which run the core. */
export const ends = await loadAll("0.2", "1.3");
export const [oldest, newest] = ends;
export const everyone = async () => {
  const between = await loadAll("1.0", "1.2");
  return [oldest, ...between, newest];
};

/** One that is older still, which knows little of what the others have in common. */
export const loadFirst = () => load("0.2.1");

/** Those of the ends that know what came with a version. */
export const since = (version) => ends.filter((sdk) => sdk.since(version));

/** A request to the server under test, answered in JSON. */
export async function api(method, path, { body, headers, token = QSTASH_TOKEN } = {}) {
  const response = await fetch(QSTASH_URL + path, {
    method,
    body,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  return { status: response.status, body: await response.json() };
}

async function dev(method, path, fields) {
  const body = fields && JSON.stringify(fields);
  const response = await fetch(`http://127.0.0.1:${QSTASH_DEV_PORT}/_dev/${path}`, { method, body });
  const answer = await response.json();
  assert.equal(response.status, 200, answer.error);
  return answer;
}

const timeout = TRAVEL_TIMEOUT_S;
export const clock = {
  now: async () => (await dev("GET", "clock")).now,
  /** Until nothing is in flight and nothing is due; `pending` is what waits for later. */
  idle: (fields) => dev("POST", "idle", { timeout, ...fields }),
  /** Forward by a duration such as `7d`, or by seconds. */
  advance: (by) => dev("POST", "clock/advance", { by, timeout }),
  to: (to) => dev("POST", "clock/advance", { to, timeout }),
  /** To whatever is due next. */
  next: () => dev("POST", "clock/next", { timeout }),
  /** Until nothing is left to happen. */
  runAll: () => dev("POST", "clock/run-all", { timeout }),
};
await dev("POST", "clock/pause");

/** One request that an application got. */
class Delivery {
  constructor(request, bytes) {
    this.method = request.method;
    this.path = request.url;
    this.headers = request.headers;
    this.rawHeaders = request.rawHeaders;
    this.bytes = bytes;
  }

  /** The log of the run that was delivered; undefined for anything else. */
  get entries() {
    const entries = this.headers["upstash-workflow-sdk-version"] && this.bytes.length && JSON.parse(this.bytes);
    return Array.isArray(entries) ? entries : undefined;
  }

  get json() {
    return JSON.parse(this.bytes);
  }

  toString() {
    const last = this.entries?.at(-1);
    const body = last ? Buffer.from(last.body, "base64") : this.bytes;
    return `${this.method} ${this.path} ${this.entries?.length ?? "-"} ${body.toString().slice(0, 80)} → ${this.status}`;
  }
}

/** An application: an HTTP server whose paths are workflows of one SDK, or third parties. */
class App {
  deliveries = [];
  calls = [];
  /** How many requests were under way at once, at most. */
  most = 0;
  #now = 0;
  #paths = new Map();
  #arrivals = new EventEmitter();

  constructor(test, sdk) {
    this.test = test;
    this.sdk = sdk;
    this.server = createServer((request, response) => {
      this.most = Math.max(this.most, ++this.#now);
      this.#handle(request, response)
        .catch((error) => response.destroy(error))
        .finally(() => (this.#now -= 1));
    });
  }

  /** Serve a workflow at a path; the address of it. */
  serve(path, route, options) {
    const { handler } = this.sdk.serveRoute(route, options);
    return this.#add(path, (request) => handler(request));
  }

  /** Serve workflows that invoke each other below a path; addresses by name. */
  serveMany(path, workflows, options) {
    const { fetch } = this.sdk.serveMany(workflows, options);
    return Object.fromEntries(
      Object.keys(workflows).map((name) => [name, this.#add(`${path}/${name}`, (request) => fetch(request, process.env))]),
    );
  }

  /** A third party, which answers by script, the last entry for ever: {status, headers, body}, a status, or a promise. */
  thirdParty(path, ...script) {
    return this.#add(path, async () => {
      const entry = await (script.length > 1 ? script.shift() : script[0]);
      const { status, headers, body } = typeof entry === "number" ? { status: entry } : entry;
      return new Response(body, { status, headers });
    }, this.calls);
  }

  /** A third party that does something with each request before it answers with 200. */
  thirdPartyThat(path, does) {
    return this.#add(path, async (request) => {
      await does(request);
      return new Response("", { status: 200 });
    }, this.calls);
  }

  #add(path, answer, log = this.deliveries) {
    this.#paths.set(path, { answer, log });
    return this.origin + path;
  }

  async #handle(request, response) {
    const bytes = await buffer(request);
    const found = this.#paths.get(new URL(request.url, this.origin).pathname);
    if (found === undefined) {
      response.writeHead(404).end();
      return;
    }
    const delivery = new Delivery(request, bytes);
    found.log.push(delivery);
    this.#arrivals.emit("delivery");
    await this.before?.(delivery);
    const answer = await found.answer(this.#request(request, bytes), delivery);
    delivery.status = answer.status;
    delivery.answer = Buffer.from(await answer.arrayBuffer());
    if (this.crash?.(delivery)) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(delivery.answer);
  }

  #request({ url, method, headers }, bytes) {
    const body = method === "GET" || method === "HEAD" ? undefined : bytes;
    return new Request(this.origin + url, { method, headers, body });
  }

  /** Trigger a workflow, let everything happen that is due, and see what became of it. */
  async run(url, options) {
    const { workflowRunId } = await this.sdk.client.trigger({ url, ...options });
    await clock.idle();
    return this.look(workflowRunId);
  }

  /** A run as the log shows it, with its result. */
  async look(workflowRunId) {
    const { client } = this.sdk.client.logs ? this.sdk : newest;
    const { runs } = await client.logs({ workflowRunId });
    const [log] = runs;
    const response = log.workflowRunResponse;
    return { id: workflowRunId, log, state: log.workflowState, result: response && JSON.parse(response) };
  }

  /** Wait until so many deliveries have come. */
  async received(count) {
    while (this.deliveries.length < count) await once(this.#arrivals, "delivery");
  }

  /** Wait for a delivery to the workflow of this name. */
  async reached(name) {
    while (!this.deliveries.some(({ path }) => path.endsWith(`/${name}`))) await once(this.#arrivals, "delivery");
  }

  /** Assert how many requests the workflows got, all told. */
  delivered(count) {
    if (this.deliveries.length !== count) {
      const seen = this.deliveries.map((delivery, number) => `${number + 1}. ${delivery}`);
      assert.fail(`${seen.length} deliveries instead of ${count}:\n${seen.join("\n")}\n`);
    }
    this.test.diagnostic(`${this.sdk.version} · ${this.test.name} · ${count} deliveries`);
  }

  async open() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    this.test.after(() => this.#close());
    return this;
  }

  async #close() {
    const attempts = this.deliveries.map(({ headers }) => `${headers["upstash-message-id"]} ${headers["upstash-retried"]}`);
    await dev("POST", "reset");
    this.server.close();
    this.server.closeAllConnections();
    assert.equal(new Set(attempts).size, attempts.length, "an attempt was made twice");
  }
}

/** An application for one test, gone with all of its runs when the test is over. */
export const openApp = (test, sdk) => new App(test, sdk).open();

// Notes of runs that do what they were asked to.
const WAITING = ["waits", "timed-out"];

/** Assert that a run succeeded with this result, and that there was nothing to complain about. */
export function succeeded(run, result) {
  assert.equal(run.state, "RUN_SUCCESS", JSON.stringify(run.log, null, 1));
  assert.deepEqual((run.log.notes ?? []).filter(({ kind }) => !WAITING.includes(kind)), []);
  assert.deepEqual(run.result, result);
}

/** The names of the steps of a run, groups as arrays. */
export const stepNames = ({ log }) =>
  log.steps.map(({ type, steps }) => (type === "parallel" ? steps.map(({ stepName }) => stepName) : steps[0].stepName));

export const fromBase64 = (text) => Buffer.from(text, "base64").toString();
