// `make soak`: 100,000 messages in the server and 500 events a second for half a minute, with the console open.
// Says what the tab and the server made of it, and fails if either lags or grows without end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import readline from "node:readline";

const MESSAGES = 100_000;
const EVENTS_PER_S = 500;
const SECONDS = Number(process.env.SOAK_SECONDS ?? 30);
// Each message makes three events: created, active, delivered.
const BATCH_MS = 100;
const BATCH = Math.round(EVENTS_PER_S / 3 / (1000 / BATCH_MS));
const MOST_TAB_MB = 80;
const MOST_LAG_MS = 1_000;
const RACE_TURNS = 5;
const RACE_MESSAGES = 5_000;
// What the page costs the server of all that it can deliver.
const MOST_COST = 1.1;

const server = spawn(process.env.PYTHON ?? "python3", ["-m", "qstash_dev", "dev", "--port", "0", "--json", "--quiet"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [line] = await once(readline.createInterface({ input: server.stdout }), "line");
const ready = JSON.parse(line);
Object.assign(process.env, ready.env, { CHROMIUM: process.env.CHROMIUM ?? "/usr/bin/chromium" });
const { call, fromUi } = await import("./support.mjs");
const inbox = `${ready.url}/_dev/inbox/soak`;

const batch = (destination, count, headers) =>
  call("POST", "v2/batch", { json: Array.from({ length: count }, () => ({ destination, headers })) });

async function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

async function cpuS(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** As many deliveries as fast as they go: how many a second, and what of the server's core each takes, in µs. */
async function race() {
  const before = { cpu: await cpuS(server.pid), at: performance.now() };
  for (let made = 0; made < RACE_MESSAGES; made += 500) await batch(inbox, 500, {});
  await call("POST", "_dev/idle", { json: { timeout: 60 } });
  const seconds = (performance.now() - before.at) / 1000;
  return { perS: RACE_MESSAGES / seconds, cpu: (((await cpuS(server.pid)) - before.cpu) * 1e6) / RACE_MESSAGES };
}

/** The same by turns with the page away and the page open. */
async function compare(page) {
  const turns = { away: [], open: [] };
  for (let turn = 0; turn < RACE_TURNS; turn += 1) {
    await page.goto("about:blank");
    turns.away.push(await race());
    await page.goto(`${ready.url}/#/messages`);
    await page.locator(".message-list tbody tr:not(.gap)").first().waitFor();
    turns.open.push(await race());
  }
  const of = (name, what) => median(turns[name].map((turn) => turn[what]));
  const [cost, rate] = [of("open", "cpu") / of("away", "cpu"), of("open", "perS") / of("away", "perS")];
  console.log(`delivered with the page     ${of("open", "cpu").toFixed(0)} µs of the server each, without ${of("away", "cpu").toFixed(0)}: ${cost.toFixed(2)}`);
  console.log(`the browser beside it       ${of("open", "perS").toFixed(0)} a second, without ${of("away", "perS").toFixed(0)}: ${rate.toFixed(2)}`);
  return cost;
}

const browser = await fromUi("playwright-core").chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--enable-precise-memory-info"],
});
try {
  for (let made = 0; made < MESSAGES; made += 1_000) await batch(inbox, 1_000, { "Upstash-Delay": "1d" });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const opened = performance.now();
  await page.goto(`${ready.url}/#/messages`);
  await page.locator(".message-list tbody tr:not(.gap)").first().waitFor();
  console.log(`first row after ${Math.round(performance.now() - opened)} ms with ${MESSAGES} messages`);
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return page.evaluate(() => performance.memory.usedJSHeapSize / 1024 / 1024);
  };
  const before = { heap: await heap(), cpu: await cpuS(server.pid) };
  const lags = [];
  const end = performance.now() + SECONDS * 1000;
  let published = 0;
  while (performance.now() < end) {
    const due = performance.now() + BATCH_MS;
    await batch(inbox, BATCH, {});
    published += BATCH;
    const asked = performance.now();
    await page.evaluate(() => new Promise(requestAnimationFrame));
    lags.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  lags.sort((a, b) => a - b);
  const after = { heap: await heap(), cpu: await cpuS(server.pid) };
  const nodes = await page.evaluate(() => document.getElementsByTagName("*").length);
  const lag = lags[Math.floor(lags.length * 0.99)];
  console.log(`events a second             ${((published * 3) / SECONDS).toFixed(0)}`);
  console.log(`heap of the tab             ${before.heap.toFixed(1)} MB, then ${after.heap.toFixed(1)} MB`);
  console.log(`elements in the page        ${nodes}`);
  console.log(`frame of the page, 50 %     ${lags[Math.floor(lags.length / 2)].toFixed(0)} ms, 99 % ${lag.toFixed(0)} ms`);
  console.log(`server                      ${(((after.cpu - before.cpu) / SECONDS) * 100).toFixed(0)} % of a core, ${(await residentMb(server.pid)).toFixed(0)} MB`);
  const answered = performance.now();
  await page.getByRole("searchbox").fill("nothing has this in it");
  await page.getByText("No message matches").waitFor({ timeout: 60_000 });
  console.log(`a search through all of it  ${Math.round(performance.now() - answered)} ms`);
  const cost = await compare(page);
  assert.ok(after.heap < MOST_TAB_MB, "the tab has grown");
  assert.ok(cost < MOST_COST, "the server delivers less with the page open");
  assert.ok(nodes < 2_000, "too much is drawn");
  assert.ok(lag < MOST_LAG_MS, "the page lags");
} finally {
  await browser.close();
  server.kill();
}
