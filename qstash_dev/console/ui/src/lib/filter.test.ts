import assert from "node:assert/strict";
import { test } from "node:test";
import { type FilterChoice, filterRows, sortByName } from "./filter";

interface Thing {
  name: string;
  label?: string;
  paused?: boolean;
}

const THINGS: Thing[] = [{ name: "Orders", label: "eu" }, { name: "orders-old", paused: true }, { name: "mails", label: "eu" }];
const searched = ({ name, label = "" }: Thing) => [name, label];
const choices: FilterChoice<Thing>[] = [{ id: "paused", text: "Paused", matches: ({ paused = false }) => paused }];
const found = (query: Record<string, string>) => filterRows(THINGS, query, searched, choices).map(({ name }) => name);

test("every word must be found somewhere, in upper or lower case", () => {
  assert.deepEqual(found({ search: "ORDERS" }), ["Orders", "orders-old"]);
  assert.deepEqual(found({ search: " eu  or " }), ["Orders"]);
  assert.deepEqual(found({ search: "eu nothing" }), []);
});

test("no words run over from one text into the next", () => {
  assert.deepEqual(found({ search: "orderseu" }), []);
});

test("a choice goes with a search, and one that is not known is none", () => {
  assert.deepEqual(found({ only: "paused" }), ["orders-old"]);
  assert.deepEqual(found({ only: "paused", search: "mails" }), []);
  assert.equal(found({ only: "nonsense" }).length, 3);
});

test("without any filter the rows are the same ones", () => {
  assert.equal(filterRows(THINGS, { user: "testUser1" }, searched), THINGS);
});

test("names come in the order in which people look for them", () => {
  const sorted = sortByName([{ name: "q10" }, { name: "Q2" }, { name: "a" }], ({ name }) => name);
  assert.deepEqual(sorted.map(({ name }) => name), ["a", "Q2", "q10"]);
});
