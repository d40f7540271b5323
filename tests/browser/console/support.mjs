// What every test of the console needs: the browser, a destination that records, and the server's own word.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach } from "node:test";

// The console's own development dependencies.
export const fromUi = createRequire(new URL("../../../qstash_dev/console/ui/package.json", import.meta.url));
const { chromium } = fromUi("playwright-core");

export const SERVER = process.env.QSTASH_URL;
export const TOKEN = process.env.QSTASH_TOKEN;
/** For a machine that is busy with other things: nothing takes as long that works. */
export const TIMEOUT_MS = 45_000;
/** Where a page is when it is nowhere. */
export const BLANK = "about:blank";
/** Of the reader, and not of the server. */
const TIME_ZONE = "Asia/Tokyo";
const VIEWPORT = { width: 1400, height: 900 };
const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"];

/** JSON from the server; an answer that is not 2xx fails the test. */
export async function call(method, path, { json, body, headers = {}, token = TOKEN } = {}) {
  const response = await fetch(`${SERVER}/${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(json && { "Content-Type": "application/json" }), ...headers },
    body: json ? JSON.stringify(json) : body,
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Publish and return the id; `options` are the names and values of Upstash headers. */
export async function publish(destination, body = "", options = {}, { token } = {}) {
  const headers = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name === "Content-Type" ? name : `Upstash-${name}`, value]),
  );
  const { messageId } = await call("POST", `v2/publish/${destination}`, { body, headers, token });
  return messageId;
}

/** Everything the server knows about a message. */
export const detail = (id) => call("GET", `_dev/messages/${id}`);
export const stateOf = async (id) => (await detail(id)).summary.state;

/** Wait until nothing is in flight and nothing is due. */
export const idle = () => call("POST", "_dev/idle", { json: { timeout: TIMEOUT_MS / 1000 } });

/** Let time pass, `by` a duration or `to` a time, and wait for all that is due on the way. */
export const advance = (way) => call("POST", "_dev/clock/advance", { json: { ...way, timeout: TIMEOUT_MS / 1000 } });

/** Wait for something to be true that nobody announces. */
export async function eventually(check, what = check.toString()) {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const found = await check();
    if (found) return found;
    assert.ok(Date.now() < deadline, `still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A destination on a real socket: answers from a list, the last entry for ever, and remembers every request. */
export class Destination {
  requests = [];
  script = [200];

  async start() {
    this.server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      this.requests.push({ ...request, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      const entry = this.script.length > 1 ? this.script.shift() : this.script[0];
      const { status, body = "", headers = {} } = typeof entry === "number" ? { status: entry } : entry;
      response.writeHead(status, headers).end(body);
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  answers(...script) {
    this.script = script;
  }

  async received(count) {
    await eventually(() => this.requests.length >= count, `${count} requests, there were ${this.requests.length}`);
    return this.requests;
  }
}

/** A destination that takes every request and answers none of them. */
export const hangingServer = () => server(() => undefined);

/** A destination with a handler of its own. */
export async function server(handler) {
  const server = http.createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  after(stop);
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

/** What the tests share. */
class Shared {
  /** What the page or the browser complained about. */
  faults = [];
  /** Whether something stays in the page: a page was shown that keeps it, or the test changes the document. */
  kept = false;
  #expected = [];

  /** The test is about something that the browser complains about: it will, or has already. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  startOver() {
    this.kept = false;
    this.faults = [];
    this.#expected = [];
  }

  /** Complaints come a moment after what they are about. */
  async check() {
    for (const pattern of this.#expected) {
      await eventually(() => this.faults.some((fault) => pattern.test(fault)), `no complaint like ${pattern}`);
    }
    const others = this.faults.filter((fault) => !this.#expected.some((pattern) => pattern.test(fault)));
    assert.deepEqual(others, []);
  }
}

let shared;

/**
 * One browser and one page for all tests of all files that a process runs, for a fresh page costs more than a test does; a
 * destination for each test. The server starts over before each, and the page is left after it with nothing in it.
 *
 * A test fails if the page had an error, or the browser refused something that it tried.
 */
export function setUp() {
  shared ??= prepare(new Shared());
  return shared;
}

function prepare(test) {
  before(async () => {
    test.browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: CHROMIUM_FLAGS });
    const context = await test.browser.newContext({ viewport: VIEWPORT, timezoneId: TIME_ZONE, reducedMotion: "reduce" });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: SERVER });
    test.page = await context.newPage();
    watch(test);
  });
  after(() => test.browser.close());
  beforeEach(async () => {
    await call("POST", "_dev/reset", { json: { clock: "real" } });
    test.destination = new Destination();
    await test.destination.start();
    test.startOver();
  });
  afterEach(async () => {
    await forget(test);
    test.destination.stop();
    await test.check();
  });
  return test;
}

/** Pages that keep what was written or chosen in them, for as long as the console is not loaded again. */
const KEEPING = /#\/(builder|dlq|setup)/;

/** Counts how often the console was loaded; it is in the address, so that another number loads it once more. */
let life = 0;

/** The next page that is shown begins as in a new tab. */
export const beginAnew = () => (life += 1);

/**
 * Leave what is shown and all that it asks the server for. To load the console takes thrice as long as to go to another
 * page of it, so this is done only where something stays behind.
 */
async function forget(test) {
  const { page } = test;
  // A blank page may not even ask for its storage.
  const clean = page.url() !== BLANK && (await page.evaluate(leave));
  if (!clean || test.kept) beginAnew();
  await page.unrouteAll();
  await page.emulateMedia({ colorScheme: null, reducedMotion: "reduce" });
  await page.setViewportSize(VIEWPORT);
}

/** In the page: go to where nothing is shown; whether nothing else stays behind. */
function leave() {
  for (const button of document.querySelectorAll(".toast button")) button.click();
  const clean = localStorage.length === 0 && !document.querySelector("dialog[open], [role=dialog]");
  localStorage.clear();
  location.hash = "#/nowhere";
  return clean;
}

function watch(test) {
  test.page.setDefaultTimeout(TIMEOUT_MS);
  test.page.on("pageerror", (error) => test.faults.push(`error in the page: ${error.message}`));
  test.page.on("dialog", async (dialog) => {
    test.faults.push(`a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  test.page.on("console", (message) => {
    if (message.type() === "error") test.faults.push(`console: ${message.text()}`);
  });
  test.page.on("framenavigated", (frame) => {
    if (KEEPING.test(frame.url())) test.kept = true;
  });
  test.page.on("request", (request) => {
    if (!request.url().startsWith(`${test.base ?? SERVER}/`)) test.faults.push(`left the server: ${request.url()}`);
  });
}

/** Go to a page of the console. */
export const visit = (page, hash, base = SERVER) => page.goto(`${base}/?${life}${hash}`, { waitUntil: "commit" });

/** Show a page of the console and wait until it follows what happens. */
export async function open(page, hash = "#/messages", base = SERVER) {
  await visit(page, hash, base);
  await page.getByRole("status").filter({ hasText: /^Live$/ }).waitFor();
}

/** The row of a message, whatever its place. */
export const row = (page, id) => page.locator(".message-list tbody tr").filter({ hasText: id });

/** The open message. */
export const panel = (page) => page.getByRole("region", { name: "Message", exact: true });

/** The verdict in a pane. */
export const verdict = (pane) => pane.getByRole("region", { name: "Verdict" });

/** Open a message and wait until it is there. */
export async function openMessage(page, id, query = "") {
  await open(page, `#/messages/${id}${query}`);
  await panel(page).locator(".what").waitFor();
  return panel(page);
}

export const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
