"""Requests and answers of the API: what handlers receive, and helpers to read bodies, check values and reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, quote

import msgspec
from aiohttp import web

from qstash_dev.api.http.json_decoder import MAX_ITEMS, decoded
from qstash_dev.api.http.limits import Incoming, Reading
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.shapes.error import Error
from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.config import Config, Limits
from qstash_dev.dev.faults import Faults
from qstash_dev.dev.inboxes import Inboxes
from qstash_dev.dev.mappings import Mappings
from qstash_dev.dev.reset import Reset
from qstash_dev.dev.time_travel import TimeTravel
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import NAME
from qstash_dev.protocol.filters import Query, parse_query
from qstash_dev.protocol.weight import MAX_TEXT_BYTES
from qstash_dev.protocol.wording import json_fault, kind
from qstash_dev.slices import in_slices
from qstash_dev.state.tenant import Tenant

MAX_CONTROL_BODY = 1024 * 1024
_SMALL_BODY_BYTES = 1_024
# Items of a list that are encoded in one pass of the event loop.
_ITEMS_AT_ONCE = 100

Item = TypeVar("Item")
Filled = TypeVar("Filled", bound=msgspec.Struct)


class Services(NamedTuple):
    """The parts of the server that handlers use."""

    broker: Broker
    clock: Clock
    config: Config
    incoming: Incoming
    travel: TimeTravel
    inboxes: Inboxes
    faults: Faults
    mappings: Mappings
    reset: Reset


SERVICES = web.AppKey("services", Services)


class ApiRequest(NamedTuple):
    """One authenticated request."""

    http: web.Request
    #: The user whose token the request carries. Handlers change only the state of this user.
    tenant: Tenant
    broker: Broker
    config: Config
    #: When the request arrived, by the clock of the server.
    now_ms: int

    @property
    def clock(self) -> Clock:
        """The clock, for handlers that work in slices, while which time passes."""
        return self.http.config_dict[SERVICES].clock

    def path(self, name: str) -> str:
        """A percent-decoded segment of the path."""
        return self.http.match_info[name]

    def query(self, known: Collection[str] | None = None) -> Query:
        """The parameters of the query.

        Raises Rejection: 400 for a parameter that is not in ``known``, unless that is ``None``.
        """
        raw = self.http.rel_url.raw_query_string
        return parse_query(parse_qsl(raw, keep_blank_values=True, errors="replace"), known)

    def named(self, known: Mapping[str, Item], label: str, missing: errors.ErrorText) -> Item:
        """The item of ``known`` that the segment ``name`` of the path names.

        Raises Rejection: 400 if it is not a name; 404 with the text ``missing`` if it is unknown.
        """
        name = checked_name(self.path("name"), label, "name")
        if name not in known:
            raise missing(name=name).about("name")
        return known[name]


async def read_json(request: web.Request, limit: int = MAX_CONTROL_BODY, most: int = MAX_ITEMS) -> Any:
    """The body as JSON, or ``None`` for an empty one.

    Raises Rejection: 400 if it is not JSON or an array of more than ``most`` items; 413 if it has more than ``limit``
    bytes; what :meth:`Reading.whole` raises.
    """
    with _reading(request, limit) as reading:
        body = await reading.gathered(limit)
        if len(body) <= _SMALL_BODY_BYTES and not body.strip():
            return None
        try:
            return await decoded(body, most)
        except (ValueError, RecursionError) as error:
            raise errors.NOT_JSON(fault=json_fault(error)) from None


async def read_body(request: web.Request, limit: int) -> bytes:
    """The bytes of the body.

    Raises Rejection: 413 if it has more than ``limit`` bytes, as soon as that is known; what
    :meth:`Reading.whole` raises.
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

    Raises Rejection: 400 if it is not an object; what :func:`read_json` raises.
    """
    body = await read_json(request.http)
    if not isinstance(body, dict):
        what = "an empty body" if body is None else kind(body)
        raise errors.INVALID_JSON(reason=f"send a JSON object, not {what}")
    return body


def checked_name(name: Any, label: str, field: str = "") -> str:
    """The name of a URL group or a queue, or the id of a schedule. ``field`` is the field that holds it, by default
    the one called ``label``.

    Raises Rejection: 400 if it is missing, not a string, or contains other characters than a name may.
    """
    if name is None:
        raise errors.MISSING_NAME(field=label).about(field or label)
    if not isinstance(name, str):
        raise errors.NAME_IS_NO_STRING(field=label, kind=kind(name)).about(field or label)
    if not NAME.fullmatch(name):
        # As the example in https://upstash.com/docs/workflow/howto/schedule has it.
        row = errors.ADDRESS_AS_NAME if "@" in name else errors.INVALID_NAME
        raise row(field=label, name=name[:100]).about(field or label)
    return name


def short_text(text: str, label: str, field: str) -> str:
    """An id or a key that may contain any character. ``field`` is the field that holds it.

    Raises Rejection: 400 if it is longer than 4 KB, since the server keeps it.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        raise errors.TOO_LONG(field=label, limit=MAX_TEXT_BYTES, size=size).about(field)
    return text


def header_pairs(headers: Any) -> list[tuple[str, str]]:
    """The pairs of name and value in a JSON object of headers. A value is a string or an array of strings.

    Raises Rejection: 400 if it is not such an object.
    """
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise errors.INVALID_FIELD(field="headers", reason="use an object of strings")
    pairs = []
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str):
                reason = f"the value of {name[:100]} must be a string"
                raise errors.INVALID_FIELD(field="headers", reason=reason).about(f"headers.{name[:100]}")
            pairs.append((name, one))
    return pairs


def filled(shape: type[Filled], *sources: object, **fields: Any) -> Filled:
    """A shape with these fields; each other one is the attribute of its name of the first source that has one."""
    for name in shape.__struct_fields__:
        source = next((one for one in sources if hasattr(one, name)), None)
        if name not in fields and source is not None:
            fields[name] = getattr(source, name)
    return shape(**fields)


def page_of(
    found: Iterable[Item], count: int, weight: Callable[[Item], int], limits: Limits
) -> tuple[list[Item], bool]:
    """The first ``count`` items, or fewer if they exceed ``limits.page_bytes`` by ``weight``, and whether more
    follow."""
    page: list[Item] = []
    size = 0
    for item in found:
        if len(page) == count or (page and size + weight(item) > limits.page_bytes):
            return page, True
        page.append(item)
        size += weight(item)
    return page, False


def own_url(request: web.Request) -> str:
    """The URL by which the client has reached this server, the right value of its ``QSTASH_URL``."""
    return f"{request.scheme}://{request.host}"


def with_head(method: str) -> tuple[str, ...]:
    """The methods of a route: a route for GET also answers HEAD (RFC 9110, 9.3.2)."""
    return ("GET", "HEAD") if method == "GET" else (method,)


def _plain(value: object) -> object:
    """Texts and numbers of classes of their own, such as names of headers, as what they are."""
    for plain in (str, int, float):
        if isinstance(value, plain):
            return plain(value)
    raise NotImplementedError(f"{type(value).__name__} is not JSON")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def encoded(payload: Any) -> bytes:
    """The payload, shapes or plain values, as JSON."""
    try:
        return _encode(payload)
    except UnicodeEncodeError:
        # JSON cannot contain lone surrogates, which stand for bytes of headers that are not UTF-8.
        plain = msgspec.to_builtins(payload, enc_hook=_plain)
        return json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def reply(payload: Any, status: int = 200) -> web.Response:
    """An answer with the payload as JSON."""
    return web.Response(body=encoded(payload), status=status, content_type="application/json")


async def reply_list(items: Iterable[Item], shown: Callable[[Item], Any]) -> web.Response:
    """An answer with a JSON array of all items as ``shown``, which thousands of items do not delay others by."""
    portions = in_slices(list(items), _ITEMS_AT_ONCE)
    parts = [encoded([shown(item) for item in portion])[1:-1] async for portion in portions]
    return web.Response(body=b"[%s]" % b",".join(parts), content_type="application/json")


class RefusedCall(web.Response):
    """An error answer, and the ``rejection`` that it tells."""

    def __init__(self, rejection: errors.Rejection) -> None:
        body, fields = encoded(Error(rejection.text)), field_header(rejection)
        super().__init__(body=body, status=rejection.status, headers=fields, content_type="application/json")
        self.rejection = rejection


def refused(rejection: errors.Rejection, path: str = "") -> web.Response:
    """An error answer. Below ``/_dev/`` its body tells the field at fault; elsewhere a header does, for the body is
    that of hosted QStash, and the official SDKs make all of it the text of their exceptions."""
    if path.startswith("/_dev/"):
        return reply(Error(**rejection.shown()), rejection.status)
    return RefusedCall(rejection)


def field_header(rejection: errors.Rejection) -> dict[str, str]:
    """The field at fault as a response header, percent-encoded where it is not plain; none without a field."""
    field = rejection.field[:200]
    return {"Qstash-Dev-Error-Field": quote(field, "[]", errors="replace")} if field else {}
