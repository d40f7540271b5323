// What is copied does the same again: each snippet is run, and the destination asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runCurl, runPytest, runPython, runTypeScript } from "./programs.mjs";
import { beginAnew, clipboard, eventually, openMessage, publish, setUp, stateOf } from "./support.mjs";

const it = setUp();
const BODY = `{"text":"it's \\"quoted\\" $HOME \`id\` \\\\ 🙂 </script>"}`;

/** Publish something with many options, wait for its end, and copy it. */
async function copied(kind, { body = BODY, ...options } = {}) {
  const { page, destination } = it;
  const id = await publish(`${destination.url}/a/[b]?c=d&e={f}`, body, {
    "Content-Type": "application/json",
    "Forward-X-Mine": "it's mine",
    Method: "PUT",
    Retries: "1",
    "Retry-Delay": "1",
    Label: "copied",
    ...options,
  });
  await eventually(async () => ["DELIVERED", "FAILED"].includes(await stateOf(id)));
  const shown = await openMessage(page, id);
  await shown.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: kind }).click();
  await page.getByText(`Copied as ${kind}.`).waitFor();
  return clipboard(page);
}

async function sameAgain(count = 2) {
  const requests = await it.destination.received(count);
  const told = ({ method, url, body, headers }) => ({
    method,
    url,
    body,
    mine: headers["x-mine"],
    type: headers["content-type"],
  });
  assert.deepEqual(told(requests.at(-1)), told(requests[0]));
}

test("as curl", async () => {
  await runCurl(await copied("curl"));
  await sameAgain();
});

test("as curl, with bytes that are no text", async () => {
  await runCurl(await copied("curl", { body: Buffer.from([0xff, 0x00, 0xfe, 0x0a]) }));
  await sameAgain();
});

test("as Python", async () => {
  await runPython(await copied("Python"));
  await sameAgain();
});

test("as TypeScript", async () => {
  await runTypeScript(await copied("TypeScript"));
  await sameAgain();
});

test("as a pytest test, of what was delivered and of what was given up", async () => {
  const { destination } = it;
  destination.answers(500, 200);
  const delivered = await copied("pytest test");
  // So that the news of the second copy is not that of the first.
  beginAnew();
  destination.answers(500, 503);
  const givenUp = await copied("pytest test");
  // It has to be able to fail.
  const passed = await runPytest({ delivered, wrong: delivered.replace("times=2", "times=3"), given_up: givenUp });
  assert.deepEqual(passed, { delivered: true, wrong: false, given_up: true });
});
