// What the builder shows as code does what its button does: each is run, and the destination asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builder, choose, fill, openBuilder, send } from "./builder.mjs";
import { runCurl, runPytest, runPython, runTypeScript } from "./programs.mjs";
import { call, clipboard, detail, idle, publish, setUp } from "./support.mjs";

const it = setUp();
const RUN = { curl: runCurl, Python: runPython, TypeScript: runTypeScript };
const BODY = `{"text":"it's \\"quoted\\" $HOME \`id\` \\\\ 🙂 </script><img src=x onerror=alert(1)>"}`;

async function codeOf(kind) {
  const { page } = it;
  await builder(page).getByRole("tab", { name: kind, exact: true }).click();
  const shown = await page.getByRole("region", { name: `The same in ${kind}` }).innerText();
  await builder(page).getByRole("button", { name: `Copy the ${kind}` }).click();
  await builder(page).getByRole("button", { name: "Copied" }).waitFor();
  assert.equal((await clipboard(page)).trimEnd(), shown.trimEnd());
  return clipboard(page);
}

/** What is the same each time that the same is sent. */
async function told(id) {
  const { message, options } = await detail(id);
  const { messageId, createdAt, notBefore, callerIP, ...same } = message;
  return { same, options };
}

async function newest(count) {
  const { messages } = await call("GET", `_dev/messages?count=${count}`);
  return messages.map(({ messageId }) => messageId);
}

/** Fill the builder with nearly everything that it has: from a message, which is faster than by hand. */
async function writeMessage() {
  const { page, destination } = it;
  const id = await publish(`${destination.url}/a?b=c`, BODY, {
    "Content-Type": "application/json",
    Method: "PATCH",
    Delay: "1h",
    Retries: "1",
    Timeout: "9s",
    "Retry-Delay": "1000 * (1 + retried)",
    Callback: `${destination.url}/done`,
    "Callback-Retries": "0",
    "Callback-Forward-X-Back": "1",
    "Failure-Callback": `${destination.url}/failed`,
    "Failure-Callback-Timeout": "3s",
    "Flow-Control-Key": "key",
    "Flow-Control-Value": "parallelism=2,rate=7,period=2m",
    Label: "a,b",
    "Forward-X-Mine": "it's mine",
  });
  await openBuilder(page, `?from=${id}`);
  await page.getByText("Filled from").waitFor();
  await fill(page, { Delay: "1h", "Headers by name": "X-Mine" });
}

for (const mode of ["Publish", "Enqueue"]) {
  test(`${mode} in each language`, async () => {
    const { page } = it;
    await writeMessage();
    await choose(page, mode);
    if (mode === "Enqueue") await fill(page, { Queue: "q" });
    const [sent] = await send(page, mode);
    for (const [kind, run] of Object.entries(RUN)) {
      await run(await codeOf(kind));
      const [id] = await newest(1);
      assert.notEqual(id, sent);
      assert.deepEqual(await told(id), await told(sent), kind);
    }
  });
}

test("a schedule in each language", async () => {
  const { page } = it;
  await writeMessage();
  await choose(page, "Schedule");
  await fill(page, { "Cron expression": "0 4 * * *", "Time zone": "Europe/Berlin", "Queue (optional)": "q" });
  await send(page, "Schedule");
  const told = async () =>
    (await call("GET", "v2/schedules")).map(({ scheduleId, createdAt, nextScheduleTime, callerIP, ...same }) => same);
  for (const [index, [kind, run]] of Object.entries(RUN).entries()) {
    await run(await codeOf(kind));
    const schedules = await told();
    assert.equal(schedules.length, index + 2);
    assert.deepEqual(schedules.at(-1), schedules[0], kind);
  }
});

test("a batch in each language", async () => {
  const { page } = it;
  await writeMessage();
  await builder(page).getByRole("button", { name: "Add to batch" }).click();
  await choose(page, "Enqueue");
  await fill(page, { Queue: "q", Body: "second" });
  const sent = await Promise.all((await send(page, "Send batch of 2")).map(told));
  for (const [kind, run] of Object.entries(RUN)) {
    await run(await codeOf(kind));
    assert.deepEqual(await Promise.all((await newest(2)).reverse().map(told)), sent, kind);
  }
});

test("as a pytest test, of a message, a batch and a schedule", async () => {
  const { page } = it;
  await writeMessage();
  const message = await codeOf("pytest test");
  await builder(page).getByRole("button", { name: "Add to batch" }).click();
  await fill(page, { Destination: "group", Body: "to a group" });
  const batch = await codeOf("pytest test");
  await builder(page).getByRole("button", { name: "Remove", exact: true }).click();
  await choose(page, "Schedule");
  await fill(page, { "Cron expression": "@daily" });
  const schedule = await codeOf("pytest test");
  // It has to be able to fail.
  const passed = await runPytest({ message, batch, schedule, wrong: message.replace("times=1", "times=2") });
  assert.deepEqual(passed, { message: true, batch: true, schedule: true, wrong: false });
  await idle();
});
