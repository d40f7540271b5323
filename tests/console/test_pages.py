"""``GET /`` and the files of the front end: content types, caching and security headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from qstash_dev.console.routes import PLAIN_TEXT, add_console
from tests.conftest import Client

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = "app-ABCDEFG1.js"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[str]:
    """A console made of a few files, and one that it must not give away."""
    static = tmp_path / "static"
    static.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (static / "index.html").write_text("<!doctype html>the page")
    (static / SCRIPT).write_text("script")
    (static / "licences.txt").write_text("licences ä")
    (static / "leftover.bin").write_text("?")
    app = web.Application()
    add_console(app, static)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(skip_auto_headers=["Accept"]) as session:
        yield session


async def test_a_browser_gets_the_page_and_asks_again_next_time(site: str, session: aiohttp.ClientSession) -> None:
    async with session.get(site + "/", headers=HTML) as response:
        assert await response.text() == "<!doctype html>the page"
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"


async def test_files_with_a_hash_in_their_name_are_kept_for_long(site: str, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{site}/_console/{SCRIPT}") as response:
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert "immutable" in response.headers["Cache-Control"]
    async with session.get(f"{site}/_console/licences.txt") as response:
        assert await response.text() == "licences ä"
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", f"/_console/{SCRIPT}"])
async def test_no_answer_lets_a_payload_do_anything(site: str, session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(site + path, headers=HTML) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "name",
    ["none.js", "index.html", "leftover.bin", "..%2fsecret.txt", "%2e%2e%2fsecret.txt", "..", "%00", "a" * 5_000],
)
async def test_nothing_but_its_own_files_is_given_away(site: str, session: aiohttp.ClientSession, name: str) -> None:
    from yarl import URL

    async with session.get(URL(f"{site}/_console/{name}", encoded=True)) as response:
        assert response.status == 404
        assert "secret" not in await response.text()


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
async def test_programs_get_a_sign_of_life(client: Client, accept: str | None) -> None:
    headers = {"Accept": accept} if accept else {}
    async with client.session.get(client.url + "/", headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/plain")
        assert await response.text() == PLAIN_TEXT
    assert await client.get("/health") == {"status": "ok"}


async def test_a_program_learns_in_json_that_a_file_is_not_there(client: Client) -> None:
    assert (await client.call("GET", "/_console/none.js"))[0] == 404
    assert (await client.call("POST", "/"))[0] == 405


async def test_without_the_files_a_line_says_how_to_get_them(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    app = web.Application()
    add_console(app, tmp_path / "none")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/", headers=HTML) as response:
            text = await response.text()
            assert response.status == 200
            assert response.content_type == "text/html"
            assert "make console" in text
            assert "\n" not in text
    finally:
        await runner.cleanup()


async def visit(client: Client, path: str = "/", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()} | HTML
    async with client.session.get(client.url + path, headers=named) as response:
        return response.status


async def test_a_link_on_another_page_leads_to_the_console_and_nowhere_else(client: Client) -> None:
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert await visit(client, **link) == 200
    assert await visit(client, "/_dev/setup", **link) == 403
    assert await visit(client, "/v2/keys", **link) == 403
    assert await visit(client, **(link | {"Sec_Fetch_Dest": "iframe"})) == 403
    assert await visit(client, **(link | {"Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "script"})) == 403
    assert await visit(client, Host="evil.example", **link) == 403
