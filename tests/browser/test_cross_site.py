"""Requests of web pages to the server, in a real browser: allowed and refused."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.browser.conftest import Site, serve
from tests.conftest import Client

pytestmark = pytest.mark.timeout(120)

# Each way a page has to make a browser send a request; none may reach the queue.
ATTACKS = """
const [target, rebound, token] = %s;
const publish = (base) => `${base}/v2/publish/http://127.0.0.1:9/hook?qstash_token=${token}`;
const results = {};
async function attempt(name, send) {
  try { results[name] = String(await send()); } catch (error) { results[name] = `blocked: ${error}`; }
}
function load(element, attributes) {
  return new Promise((resolve) => {
    const made = Object.assign(document.createElement(element), attributes);
    made.onload = () => resolve("loaded");
    made.onerror = () => resolve("failed");
    document.body.append(made);
  });
}
function submit() {
  return new Promise((resolve) => {
    const frame = Object.assign(document.createElement("iframe"), {name: "sink"});
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"),
      {method: "POST", action: publish(target), target: "sink", enctype: "text/plain"});
    document.body.append(form);
    frame.onload = () => resolve("answered");
    form.submit();
  });
}
const bearer = {Authorization: `Bearer ${token}`};
(async () => {
  await attempt("simple request", async () =>
    (await fetch(publish(target), {method: "POST", mode: "no-cors", body: "x"})).type);
  await attempt("request with the token", async () =>
    (await fetch(`${target}/v2/keys`, {headers: bearer})).status);
  await attempt("cancel everything", async () =>
    (await fetch(`${target}/v2/messages`, {method: "DELETE", headers: bearer})).status);
  await attempt("beacon", () => navigator.sendBeacon(publish(target), "x"));
  await attempt("form", submit);
  await attempt("image", () => load("img", {src: `${target}/v2/keys?qstash_token=${token}`}));
  await attempt("script", () => load("script", {src: `${target}/v2/keys?qstash_token=${token}`}));
  await attempt("rebinding", async () =>
    (await fetch(publish(rebound), {method: "POST", mode: "no-cors", body: "x"})).type);
  await attempt("rebinding, read", async () => (await fetch(`${rebound}/v2/keys?qstash_token=${token}`)).text());
  await fetch("/report", {method: "POST", body: JSON.stringify(results)});
})();
"""

CONSOLE = """
const [target, token] = %s;
const headers = {Authorization: `Bearer ${token}`, "Content-Type": "application/json"};
(async () => {
  const results = {};
  try {
    results.keys = (await (await fetch(`${target}/v2/keys`, {headers})).json()).current;
    const url = `${target}/v2/publish/http://127.0.0.1:9/hook`;
    const options = {method: "POST", headers: {...headers, "Upstash-Delay": "1h"}, body: "{}"};
    results.message = (await (await fetch(url, options)).json()).messageId;
    results.missing = (await fetch(`${target}/v2/messages/none`, {headers})).status;
  } catch (error) { results.error = String(error); }
  await fetch("/report", {method: "POST", body: JSON.stringify(results)});
})();
"""


async def test_a_foreign_page_can_neither_publish_nor_read(
    server: Server, client: Client, visit: Callable[..., Any]
) -> None:
    rebound = f"http://evil.test:{server.port}"
    path = f"/v2/publish/http://127.0.0.1:9/hook?qstash_token={client.token}"
    kept, _ = await client.call("POST", path, data=b"x", headers={"Upstash-Delay": "1h", "Authorization": ""})
    assert kept == 201, "the attacks must be able to succeed without a browser"
    page = ATTACKS % json.dumps([server.url, rebound, client.token])
    async with serve(Site(page)) as site:
        results = await visit(site, f"http://evil.test:{site.port}")
    assert len((await client.get("/v2/events"))["events"]) == 1, results
    assert results["request with the token"].startswith("blocked")
    assert results["cancel everything"].startswith("blocked")
    assert results["rebinding, read"].startswith("blocked")
    assert results["image"] == results["script"] == "failed"
    # The browser sends these without asking; it is the server that refuses them.
    assert results["simple request"] == results["rebinding"] == "opaque"
    assert results["form"] == "answered"


@pytest.mark.parametrize("port", ["port", "log_port"])
async def test_the_upstash_console_is_let_in(
    clock: FrozenClock, visit: Callable[..., Any], certificate: ssl.SSLContext, port: str
) -> None:
    server = Server(Config(port=0, log_port=0, shutdown_grace_s=0), clock=clock)
    await server.start()
    try:
        await _let_in(server, getattr(server, port), visit, certificate)
    finally:
        await server.stop()


async def _let_in(server: Server, port: int, visit: Callable[..., Any], certificate: ssl.SSLContext) -> None:
    [tenant, *_] = server.broker.tenants.all()
    target = f"http://127.0.0.1:{port}"
    async with serve(Site(CONSOLE % json.dumps([target, tenant.user.token])), certificate) as site:
        resolver = f"--host-resolver-rules=MAP console.upstash.com 127.0.0.1:{site.port}"
        results = await visit(site, "https://console.upstash.com", resolver)
    [message] = tenant.messages
    assert results == {"keys": tenant.keys.current, "message": message, "missing": 404}
