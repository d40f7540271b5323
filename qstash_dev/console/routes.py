"""The routes of the console: ``GET /`` and its files, which the build of the front end writes to ``static``.

If they are missing, ``GET /`` says how to build them. The pages use the routes under ``/_dev/`` and ``/v2``.
"""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
MISSING = (
    "The console is not part of this installation. Install qstash-dev from its wheel, or with Node 20 on the PATH; "
    "in a clone, run: make console"
)
PLAIN_TEXT = (
    "This is qstash-dev. Its API is under /v2 and described in /openapi.json. Browsers get the console here.\n"
)
_INDEX = "index.html"
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
# Files with a hash of their content in their name.
_HASHED = re.compile(r".+-[A-Z0-9]{8}\.(css|js)")
# The pages show payloads: no script in one may run, and no link in one may load or send data.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def add_console(app: web.Application, directory: Path = STATIC) -> None:
    """Serve the console from the files in ``directory``."""
    pages = _Pages(directory)
    app.router.add_get("/", pages.index)
    app.router.add_get("/_console/{name}", pages.asset)


class _Pages:
    """The files, read at each request, so that the server starts faster and serves a new build at once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def index(self, request: web.Request) -> web.Response:
        """``GET /``: the console for browsers, a line of text for other clients, which use this route as a health
        check."""
        if "text/html" not in request.headers.get("Accept", ""):
            return web.Response(text=PLAIN_TEXT, headers=_HEADERS)
        html = self._read(_INDEX)
        if html is None:
            text = f"<!doctype html><title>qstash-dev</title><p>{MISSING}</p>"
            return web.Response(text=text, content_type="text/html", headers=_HEADERS)
        return _file(_INDEX, html, "no-cache")

    async def asset(self, request: web.Request) -> web.Response:
        """``GET /_console/{name}``."""
        name = request.match_info["name"]
        content = self._read(name) if name != _INDEX else None
        if content is None:
            raise web.HTTPNotFound
        lasting = "public, max-age=31536000, immutable"
        return _file(name, content, lasting if _HASHED.fullmatch(name) else "no-cache")

    def _read(self, name: str) -> bytes | None:
        # Only names of existing files, so that a name from a request never becomes a path.
        known = {file.name: file for file in self._directory.iterdir()} if self._directory.is_dir() else {}
        file = known.get(name)
        return file.read_bytes() if file is not None and file.suffix in _TYPES else None


def _file(name: str, content: bytes, caching: str) -> web.Response:
    return web.Response(
        body=content,
        content_type=_TYPES[Path(name).suffix],
        charset="utf-8",
        headers={**_HEADERS, "Cache-Control": caching},
    )
