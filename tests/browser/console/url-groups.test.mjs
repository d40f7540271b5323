// URL groups against a real server: who gets what is published, and what each action does there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./axe.mjs";
import { confirm, listed, pane, told, typeFirst } from "./lists.mjs";
import { call, open, publish, setUp } from "./support.mjs";

const it = setUp();
const shown = () => pane(it.page, "URL group");
const group = (name) => call("GET", `v2/topics/${name}`);
const make = (name, ...endpoints) => call("POST", `v2/topics/${name}/endpoints`, { json: { endpoints } });
const two = () => make("subscribers", { name: "first", url: `${it.destination.url}/a` }, { url: `${it.destination.url}/b` });

test("without any, the page shows the command that makes the first one", async () => {
  const { page } = it;
  await open(page, "#/url-groups");
  await page.getByRole("heading", { name: "No URL groups yet" }).waitFor();
  await page.getByRole("region", { name: "Command to run" }).getByText("/v2/topics/subscribers/endpoints").waitFor();
  await check(page, "no groups");
});

test("a group is made with its first endpoint, and opened", async () => {
  const { page, destination } = it;
  await open(page, "#/url-groups");
  await page.getByRole("button", { name: "New URL group" }).click();
  await typeFirst(page, "Name of the group", "alerts");
  const form = page.getByRole("form", { name: "New URL group" });
  await form.getByLabel("URL", { exact: true }).fill(`${destination.url}/pager`);
  await form.getByLabel("Its name (optional)").fill("pager");
  await check(page, "new group", ["light"]);
  await form.getByRole("button", { name: "Create" }).click();
  await shown().getByRole("heading", { name: "alerts" }).waitFor();
  assert.deepEqual((await group("alerts")).endpoints, [{ url: `${destination.url}/pager`, name: "pager" }]);
});

test("an endpoint that is added gets what is published", async () => {
  const { page, destination } = it;
  await two();
  await open(page, "#/url-groups/subscribers");
  const form = shown().getByRole("form", { name: "Add an endpoint" });
  await form.getByLabel("URL", { exact: true }).fill(`${destination.url}/c`);
  await form.getByRole("button", { name: "Add endpoint" }).click();
  await shown().getByText("3 endpoints").waitFor();
  assert.equal(await form.getByLabel("URL", { exact: true }).inputValue(), "");
  await check(page, "a group");
  await publish("subscribers");
  const requests = await destination.received(3);
  assert.deepEqual(requests.map(({ url }) => url).sort(), ["/a", "/b", "/c"]);
});

test("what is no URL is not taken, and said to be none", async () => {
  const { page } = it;
  await two();
  await open(page, "#/url-groups/subscribers");
  const form = shown().getByRole("form", { name: "Add an endpoint" });
  await form.getByLabel("URL", { exact: true }).fill("localhost:3000");
  await form.getByRole("button", { name: "Add endpoint" }).click();
  await form.getByRole("alert").getByText(/http/).waitFor();
  assert.equal((await group("subscribers")).endpoints.length, 2);
  it.expect(/status of 400/);
});

test("endpoints are removed by name or by URL, and the group goes with the last one", async () => {
  const { page, destination } = it;
  await two();
  await open(page, "#/url-groups/subscribers");
  await shown().getByRole("button", { name: "Remove first" }).click();
  await check(page, "remove an endpoint", ["dark"]);
  await confirm(page, "Remove");
  await told(page, "The endpoint is removed.");
  assert.deepEqual((await group("subscribers")).endpoints, [{ url: `${destination.url}/b` }]);
  await shown().getByRole("button", { name: `Remove ${destination.url}/b` }).click();
  await page.getByRole("dialog").getByText("It is the last endpoint: the group is deleted with it.").waitFor();
  await confirm(page, "Remove");
  await page.getByRole("heading", { name: "No URL groups yet" }).waitFor();
  assert.deepEqual(await call("GET", "v2/topics"), []);
  assert.match(page.url(), /#\/url-groups$/);
});

test("deleting a group asks first", async () => {
  const { page } = it;
  await two();
  await open(page, "#/url-groups/subscribers");
  await shown().getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await group("subscribers")).endpoints.length, 2);
  await shown().getByRole("button", { name: "Delete" }).click();
  await confirm(page, "Delete");
  await page.getByRole("heading", { name: "No URL groups yet" }).waitFor();
  assert.deepEqual(await call("GET", "v2/topics"), []);
});

test("groups are found by what is in them, and their messages are one click away", async () => {
  const { page, destination } = it;
  await two();
  await make("others", { url: "http://127.0.0.1:1/elsewhere" });
  await publish("subscribers");
  await open(page, "#/url-groups?search=elsewhere");
  await listed(page, "others").waitFor();
  assert.equal(await listed(page, "subscribers").count(), 0);
  await page.getByRole("searchbox").fill("FIRST");
  await listed(page, "subscribers").click();
  await shown().getByRole("link", { name: "Show messages" }).click();
  await page.getByRole("button", { name: "URL group: subscribers" }).waitFor();
  await page.locator(".message-list tbody tr").getByText("/a").waitFor();
  await destination.received(2);
});

test("hostile names and URLs are text", async () => {
  const { page } = it;
  const url = "http://127.0.0.1:1/<img src=x onerror=alert(1)>";
  await make("hostile", { name: '"><script>alert(1)</script>', url: encodeURI(url) }, { url: `http://127.0.0.1:1/${"x".repeat(2000)}` });
  await page.setViewportSize({ width: 320, height: 700 });
  await open(page, "#/url-groups");
  await listed(page, "hostile").getByRole("link").click();
  await shown().getByText('"><script>alert(1)</script>').waitFor();
  await check(page, "a hostile group", ["light"]);
});
