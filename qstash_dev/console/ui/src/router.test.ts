import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRoute, href, hrefHere, parseRoute, route } from "./router";

test("an empty address is the first page", () => {
  assert.deepEqual(parseRoute(""), { page: "messages", rest: [], query: {} });
  assert.deepEqual(parseRoute("#/"), { page: "messages", rest: [], query: {} });
});

test("an address with any characters is parsed as it was formatted", () => {
  const odd = { page: "flow-control", rest: ["a/b?c#d", "ü %"], query: { search: "a&b=c #1", state: "FAILED,RETRY" } };
  assert.deepEqual(parseRoute(formatRoute(odd)), odd);
});

test("values that are empty are not in the address", () => {
  assert.equal(formatRoute({ page: "messages", rest: [], query: { search: "", state: "FAILED" } }), "#/messages?state=FAILED");
});

test("an address that is not well encoded does no harm", () => {
  assert.deepEqual(parseRoute("#/messages/%E0%A4%A").rest, ["%E0%A4%A"]);
});

test("the user stays on other pages, filters do not", () => {
  route.value = parseRoute("#/messages?user=testUser1&search=x");
  assert.equal(href("queues"), "#/queues?user=testUser1");
  assert.equal(href("queues", [], { user: "" }), "#/queues");
});

test("filters stay when a message is opened", () => {
  route.value = parseRoute("#/messages?search=x");
  assert.equal(hrefHere(["msg_1"]), "#/messages/msg_1?search=x");
});
