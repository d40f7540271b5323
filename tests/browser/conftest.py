"""Fixtures: headless Chromium, and a web site under any host name for it to visit."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.environment import give_up

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
VISIT_TIMEOUT_S = 40
ANY_NAME_IS_HERE = "--host-resolver-rules=MAP * 127.0.0.1"


@pytest.fixture
def chromium() -> str:
    """The path of Chromium, without windows where it is installed: that computes a quarter less."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        give_up(
            "Chromium is not installed",
            "sudo apt-get install chromium-headless-shell || sudo apt-get install chromium",
        )
    return found


class Site:
    """One page whose script posts what it found to ``/report``."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.reports: asyncio.Queue[Any] = asyncio.Queue()
        self.port = 0

    async def show(self, _: web.Request) -> web.Response:
        return web.Response(text=f"<!doctype html><body><script>{self.page}</script>", content_type="text/html")

    async def report(self, request: web.Request) -> web.Response:
        await self.reports.put(await request.json())
        return web.Response()


@asynccontextmanager
async def serve(site: Site, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    app = web.Application()
    app.router.add_get("/", site.show)
    app.router.add_post("/report", site.report)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener, ssl_context=tls).start()
    site.port = listener.getsockname()[1]
    try:
        yield site
    finally:
        # Browsers open spare connections: one accepted just now, or whose handshake is under way, or whose farewell
        # nobody answers any more, would be left to the collector.
        asyncio.get_running_loop().remove_reader(listener)
        accepting = [task for task in asyncio.all_tasks() if "_accept_connection" in repr(task.get_coro())]
        await asyncio.gather(*accepting, return_exceptions=True)
        assert runner.server is not None
        for connection in runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await runner.cleanup()


@pytest.fixture
def visit(chromium: str, tmp_path: Path) -> Callable[[Site, str, str], Any]:
    """Open a site under a name of our choice and wait for its report."""

    async def visit(site: Site, origin: str, resolver: str = ANY_NAME_IS_HERE) -> Any:
        flags = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"),
            *("--disable-background-networking", "--disable-component-update", "--ignore-certificate-errors"),
            f"--user-data-dir={tmp_path}",
            resolver,
        ]
        # Without a session of its own, helpers of the browser would outlive it.
        browser = await asyncio.create_subprocess_exec(
            chromium, *flags, origin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            async with asyncio.timeout(VISIT_TIMEOUT_S):
                return await site.reports.get()
        finally:
            os.killpg(browser.pid, 9)
            await browser.wait()

    return visit


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that nobody trusts, which the browser is told to ignore."""
    key, crt = tmp_path / "key.pem", tmp_path / "crt.pem"
    subject = ("-subj", "/CN=console.upstash.com")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, *subject, "-keyout", key, "-out", crt, "-days", "2"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    return context
