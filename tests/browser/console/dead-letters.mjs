// What tests of the dead letter queue share: how its page is found, and how messages die.

import { call, idle, publish } from "./support.mjs";

export const NOBODY = "http://127.0.0.1:1/nobody";

export const letters = async (query = "") => (await call("GET", `_dev/dlq?count=500${query}`)).letters;
export const rows = (page) => page.locator(".letter-list tbody tr:not(.gap)");
export const group = (page, text) => page.locator(".letter-group").filter({ hasText: text });
export const entry = (page) => page.getByRole("region", { name: "Dead letter", exact: true });
export const button = (page, name) => page.locator(".bulk").getByRole("button", { name, exact: true });

/** What fills the queue of the test that `it` stands for. */
export function deadLetters(it) {
  /** Messages that die of a 500, each with its number in the body; the destination answers 200 from then on. */
  async function died(count, path = "/orders", options = {}) {
    const { destination } = it;
    destination.answers({ status: 500, body: '{"error":"<b>database</b> is locked"}' });
    for (let number = 0; number < count; number++) {
      await publish(`${destination.url}${path}?n=${number}`, `body ${number}`, { Retries: "0", ...options });
      // One after the other, so that they die in this order.
      await idle();
    }
    destination.answers(200);
    destination.requests.length = 0;
  }

  /** So many messages that nobody answers, published at once. */
  async function unreachable(count) {
    const item = { destination: NOBODY, headers: { "Upstash-Retries": "0" }, body: "x" };
    for (let left = count; left > 0; left -= 500) {
      await call("POST", "v2/batch", { json: Array(Math.min(left, 500)).fill(item) });
    }
    await idle();
  }

  return { died, unreachable };
}
