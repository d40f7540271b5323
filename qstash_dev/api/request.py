"""What a handler is given, and the small things every handler does with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from qstash_dev.api.http.json_decoder import MAX_ITEMS, decoded
from qstash_dev.api.http.limits import Incoming, Reading
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.config import Config, Limits
from qstash_dev.dev.control import Control
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import NAME
from qstash_dev.protocol.filters import Query, parse_query
from qstash_dev.protocol.weight import MAX_TEXT_BYTES
from qstash_dev.protocol.wording import json_fault, kind
from qstash_dev.state.tenant import Tenant

MAX_CONTROL_BODY = 1024 * 1024
_LITTLE = 1_024

Item = TypeVar("Item")
_encode = msgspec.json.Encoder().encode


class Services(NamedTuple):
    """What all handlers share."""

    broker: Broker
    clock: Clock
    config: Config
    control: Control
    incoming: Incoming


SERVICES = web.AppKey("services", Services)


class ApiRequest(NamedTuple):
    """One authenticated request: handlers reach state only through ``tenant``."""

    http: web.Request
    tenant: Tenant
    broker: Broker
    config: Config
    now_ms: int

    @property
    def clock(self) -> Clock:
        """For handlers that take turns with others: ``now_ms`` is when the request came."""
        return self.http.config_dict[SERVICES].clock

    def path(self, name: str) -> str:
        """A percent-decoded segment of the path."""
        return self.http.match_info[name]

    def query(self, known: Collection[str] | None = None) -> Query:
        """The query string; ``known`` makes any other parameter an error."""
        raw = self.http.rel_url.raw_query_string
        return parse_query(parse_qsl(raw, keep_blank_values=True, errors="replace"), known)

    def named(self, known: Mapping[str, Item], field: str, missing: errors.ErrorText) -> Item:
        """What the ``name`` in the path names.

        Raises:
            Rejection: 400 if it is no name, 404 as ``missing`` says if nothing is called so.
        """
        name = checked_name(self.path("name"), field)
        if name not in known:
            raise missing(name=name)
        return known[name]

    async def json(self, limit: int = MAX_CONTROL_BODY) -> Any:
        """The body as JSON, or ``None`` for an empty one.

        Raises:
            Rejection: 400 for anything else, 413 for more than ``limit`` bytes.
        """
        return await read_json(self.http, limit)


async def read_json(request: web.Request, limit: int = MAX_CONTROL_BODY, most: int = MAX_ITEMS) -> Any:
    """The body as JSON, or ``None`` for an empty one; ``most`` is how many items it may have if it is an array.

    Raises:
        Rejection: 400 for anything else, 413 for more than ``limit`` bytes; what :meth:`Reading.whole` raises.
    """
    with _reading(request, limit) as reading:
        body = await reading.gathered(limit)
        if len(body) <= _LITTLE and not body.strip():
            return None
        try:
            return await decoded(body, most)
        except (ValueError, RecursionError) as error:
            raise errors.INVALID_JSON(reason=f"not JSON: {json_fault(error)}") from None


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body, as it came.

    Raises:
        Rejection: 413 as soon as it proves larger than ``limit`` bytes; what :meth:`Reading.whole` raises.
    """
    with _reading(request, limit) as reading:
        return await reading.whole(limit)


def _reading(request: web.Request, limit: int) -> Reading:
    if request.content_length is not None and request.content_length > limit:
        raise errors.BODY_TOO_LARGE(limit=limit)
    reader, content = request.protocol, request.content
    reading = Reading(request.config_dict[SERVICES].incoming, content)
    if isinstance(reader, RequestReader) and not content.is_eof():
        if reader.refusal is not None:
            raise reader.refusal
        reader.reading = reading
    return reading


async def json_object(request: ApiRequest) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        Rejection: 400 for anything else.
    """
    body = await request.json()
    if not isinstance(body, dict):
        raise errors.INVALID_JSON(reason=f"send a JSON object, not {_what(body)}")
    return body


def checked_name(name: Any, field: str) -> str:
    """The name of a URL group, a queue or a schedule.

    Raises:
        Rejection: 400 naming the field.
    """
    if name is None:
        raise errors.MISSING_NAME(field=field)
    if not isinstance(name, str):
        raise errors.NAME_IS_NO_STRING(field=field, kind=kind(name))
    if not NAME.fullmatch(name):
        # A page of the documentation puts an e-mail address into the id of a schedule.
        row = errors.ADDRESS_AS_NAME if "@" in name else errors.INVALID_NAME
        raise row(field=field, name=name[:100])
    return name


def _what(body: Any) -> str:
    return "an empty body" if body is None else kind(body)


def short_text(text: str, field: str) -> str:
    """An id or a key of any form, which is kept for as long as the client wants it to be.

    Raises:
        Rejection: 400 if it is longer than 4 KB.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        raise errors.TOO_LONG(field=field, limit=MAX_TEXT_BYTES, size=size)
    return text


def header_pairs(headers: Any) -> list[tuple[str, str]]:
    """A JSON object of headers, whose values are strings or arrays of strings, as pairs.

    Raises:
        Rejection: 400 for anything else.
    """
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise errors.INVALID_FIELD(field="headers", reason="use an object of strings")
    pairs = []
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str):
                raise errors.INVALID_FIELD(field="headers", reason=f"the value of {name[:100]} must be a string")
            pairs.append((name, one))
    return pairs


def page_of(
    found: Iterable[Item], count: int, weight: Callable[[Item], int], limits: Limits
) -> tuple[list[Item], bool]:
    """The first ``count``, or fewer if they are heavy, and whether more follow."""
    page: list[Item] = []
    size = 0
    for item in found:
        if len(page) == count or (page and size + weight(item) > limits.page_bytes):
            return page, True
        page.append(item)
        size += weight(item)
    return page, False


def own_url(request: web.Request) -> str:
    """Where the client has found this server, which is what its ``QSTASH_URL`` should be."""
    return f"{request.scheme}://{request.host}"


def with_head(method: str) -> tuple[str, ...]:
    """The methods of a route: whatever can be got can be asked about (RFC 9110, 9.3.2)."""
    return ("GET", "HEAD") if method == "GET" else (method,)


def encoded(payload: Any) -> bytes:
    """The payload, shapes or plain values, as JSON."""
    try:
        return _encode(payload)
    except UnicodeEncodeError:
        # A header may hold bytes that are not UTF-8, which JSON cannot say.
        plain = msgspec.to_builtins(payload)
        return json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def reply(payload: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=encoded(payload), status=status, content_type="application/json")
