// The builder as its tests use it.

import assert from "node:assert/strict";
import { eventually, open } from "./support.mjs";

export const builder = (page) => page.getByRole("form", { name: "Request builder" });
export const field = (page, name) => builder(page).getByLabel(name, { exact: true });
export const answerOf = (page) => page.getByRole("region", { name: "Answer of the server" });

/** Show the builder with every group of options open. */
export async function openBuilder(page, query = "") {
  await open(page, `#/builder${query}`);
  for (const group of ["Callbacks", "Flow control, deduplication, labels and redaction"]) await unfold(page, group);
}

export async function unfold(page, group) {
  const details = builder(page).locator("details").filter({ has: page.getByRole("heading", { name: group }) });
  if (!(await details.evaluate((element) => element.open))) await details.locator("> summary").click();
}

/** Names of fields and what to write into them. */
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) await field(page, name).fill(value);
}

export async function addHeader(page, group, name, value) {
  const rows = builder(page).getByRole("group", { name: group, exact: true });
  await rows.getByRole("button", { name: "Add a header" }).click();
  // The new row takes the focus when it shows; what is typed before that ends up there.
  await rows.getByLabel(/^Name of header/).last().and(page.locator(":focus")).fill(name);
  await rows.getByLabel(/^Value of header/).last().fill(value);
}

export const choose = (page, mode) => builder(page).getByRole("radio", { name: mode }).check();

/** Press the button and wait for the server to have taken it; the ids of what came of it. */
export async function send(page, button = "Publish") {
  await builder(page).getByRole("button", { name: button, exact: true }).click();
  return accepted(page);
}

export async function accepted(page) {
  await answerOf(page).getByText("Accepted").waitFor();
  return answerOf(page).locator(".receipts .id").allTextContents();
}

/** The text that is read out with a field. */
export async function describedBy(input) {
  return input.evaluate((element) =>
    (element.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent ?? `nothing has the id ${id}`)
      .join("\n"),
  );
}

export async function wrong(page, name, pattern) {
  const input = field(page, name);
  await eventually(async () => (await input.getAttribute("aria-invalid")) === "true", `${name} is not wrong`);
  assert.match(await describedBy(input), pattern);
}
