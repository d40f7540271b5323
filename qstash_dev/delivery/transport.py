"""Sends one request and says what came of it, in words a person understands when nothing did."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import Protocol
from urllib.parse import quote, urlsplit

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from qstash_dev.clock import Clock
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable

_NOT_INVENTED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_CHUNK = 65_536


class Transport(Protocol):
    """The way to the destinations."""

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request; every failure is a value, not an exception."""
        ...

    async def close(self) -> None:
        """Drop all connections."""
        ...


class HttpTransport:
    """One keep-alive session of aiohttp for all destinations."""

    def __init__(
        self, clock: Clock, max_body_bytes: int, *, verify_tls: bool = True, ca_file: str | None = None
    ) -> None:
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._session: aiohttp.ClientSession | None = None
        self._tls = _tls(verify_tls, ca_file)

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request; redirects are not followed and nothing is added to the headers."""
        started_s = self._clock.monotonic_s()
        try:
            async with asyncio.timeout(request.timeout_s):
                status, headers, body, fault = await self._exchange(request)
        except Exception as error:
            # Whatever a destination does must end in the event log, not in the server.
            return Unreachable(describe_failure(error, request), self._elapsed_ms(started_s))
        return Responded(status, headers, body, self._elapsed_ms(started_s), fault)

    async def close(self) -> None:
        """Drop all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _exchange(self, request: OutgoingRequest) -> tuple[int, Headers, bytes, str | None]:
        async with self._open_session().request(
            request.method,
            _wire_url(request.url),
            headers=CIMultiDict(request.headers),
            data=request.body or None,
            allow_redirects=False,
            ssl=self._tls,
        ) as response:
            body = await self._read(response)
            headers = tuple((canonical_name(name), value) for name, value in response.headers.items())
            fault = None
            if len(body) > self._max_body_bytes:
                body = body[: self._max_body_bytes]
                fault = f"HTTP status {response.status}, but its body is larger than {self._max_body_bytes} bytes"
                response.close()
            return response.status, headers, body, fault

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks, size = [], 0
        async for chunk in response.content.iter_chunked(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._max_body_bytes:
                break
        return b"".join(chunks)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NOT_INVENTED,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                max_line_size=65_536,
                max_field_size=65_536,
            )
        return self._session

    def _elapsed_ms(self, started_s: float) -> int:
        return round((self._clock.monotonic_s() - started_s) * 1_000)


def describe_failure(error: Exception, request: OutgoingRequest) -> str:
    """Why there is no answer, and what to look at."""
    where = _where(request.url)
    if isinstance(error, TimeoutError):
        return f"no answer from {where} within {request.timeout_s:g} s"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return f"the TLS certificate of {where} is not trusted: start qstash-dev with --ca-file or --insecure"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return f"TLS with {where} failed: does it speak https? ({error})"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _describe_connect_error(error.os_error, where)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return f"{where} closed the connection without answering"
    if isinstance(error, aiohttp.ClientPayloadError):
        return f"{where} broke off its answer"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{where} did not answer in HTTP: {error.message}"
    if isinstance(error, OSError):
        return _describe_connect_error(error, where)
    return f"the request to {where} could not be sent: {error or type(error).__name__}"


def _describe_connect_error(error: OSError, where: str) -> str:
    if isinstance(error, socket.gaierror):
        return f"cannot resolve the host of {where}: is the name right, and known on this machine?"
    # aiohttp wraps several failed addresses (IPv4 and IPv6) into one error whose text names each errno.
    if (
        error.errno == errno.ECONNREFUSED
        or f"Errno {errno.ECONNREFUSED}" in str(error)
        or "Connect call failed" in str(error)
    ):
        return f"connection refused by {where}: is your app running?"
    if error.errno in (errno.ECONNRESET, errno.EPIPE):
        return f"{where} reset the connection"
    return f"cannot connect to {where}: {error.strerror or error}"


def _where(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{port}"


def _wire_url(url: str) -> URL:
    # `encoded=True` keeps every byte the publisher wrote; only what HTTP cannot carry is escaped.
    if url.isascii():
        return URL(quote(url, safe=_URL_SAFE), encoded=True)
    return URL(url)


def _tls(verify: bool, ca_file: str | None) -> ssl.SSLContext | bool:
    if not verify:
        return False
    if ca_file is None:
        return True
    return ssl.create_default_context(cafile=ca_file)
