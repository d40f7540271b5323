import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { client, refused } from "./support.mjs";

const A = { name: "first", url: "https://a.internal/hook" };
const B = { url: "http://b.internal:8000/hook?x=1" };
const C = { name: "third one", url: "https://c.internal" };

afterEach(() => client.urlGroups.delete("team"));

const endpoints = async () => (await client.urlGroups.get("team")).endpoints;

test("addEndpoints makes a group and adds to it", async () => {
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [A, B] });
  const group = await client.urlGroups.get("team");
  assert.equal(group.name, "team");
  assert.deepEqual(group.endpoints, [A, B]);
  assert.equal(typeof group.createdAt, "number");
  assert.equal(typeof group.updatedAt, "number");
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [C] });
  const grown = await client.urlGroups.get("team");
  assert.deepEqual(grown.endpoints, [A, B, C]);
  assert.equal(grown.createdAt, group.createdAt);
  assert.ok(grown.updatedAt >= group.updatedAt);
});

test("an endpoint that is added again is replaced, not repeated", async () => {
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [A, B] });
  const moved = { name: A.name, url: "https://moved.internal" };
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [moved, B] });
  assert.deepEqual(await endpoints(), [moved, B]);
});

test("removeEndpoints removes by name and by URL", async () => {
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [A, B, C] });
  await client.urlGroups.removeEndpoints({ name: "team", endpoints: [{ name: A.name }] });
  assert.deepEqual(await endpoints(), [B, C]);
  await client.urlGroups.removeEndpoints({ name: "team", endpoints: [{ url: B.url }, { url: "https://not.there" }] });
  assert.deepEqual(await endpoints(), [C]);
});

test("a group goes with its last endpoint", async () => {
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [A] });
  await client.urlGroups.removeEndpoints({ name: "team", endpoints: [A] });
  await refused(client.urlGroups.get("team"), 404, /team/);
  assert.deepEqual(await client.urlGroups.list(), []);
});

test("list shows every group", async () => {
  assert.deepEqual(await client.urlGroups.list(), []);
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [A] });
  await client.urlGroups.addEndpoints({ name: "_other-1.x", endpoints: [B] });
  const groups = await client.urlGroups.list();
  assert.deepEqual(groups.map(({ name }) => name).sort(), ["_other-1.x", "team"]);
  assert.deepEqual(groups.find(({ name }) => name === "team"), await client.urlGroups.get("team"));
  await client.urlGroups.delete("_other-1.x");
});

test("delete removes a group, and does not mind if there is none", async () => {
  await client.urlGroups.addEndpoints({ name: "team", endpoints: [A] });
  await client.urlGroups.delete("team");
  await refused(client.urlGroups.get("team"), 404);
  await client.urlGroups.delete("team");
});

test("topics is the old name of urlGroups", async () => {
  await client.topics.addEndpoints({ name: "team", endpoints: [A] });
  assert.deepEqual(await client.topics.get("team"), await client.urlGroups.get("team"));
});

test("what cannot be a group is refused", async () => {
  await refused(client.urlGroups.addEndpoints({ name: "team", endpoints: [{ url: "a.internal" }] }), 400);
  await refused(client.urlGroups.addEndpoints({ name: "two words", endpoints: [A] }), 400);
  await refused(client.urlGroups.removeEndpoints({ name: "nobody", endpoints: [A] }), 404);
  assert.deepEqual(await client.urlGroups.list(), []);
});
