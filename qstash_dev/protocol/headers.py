"""``Upstash-*`` headers become :class:`DeliveryOptions`.

One parser serves a message and its callbacks: ``Upstash-Callback-Retries`` is ``Upstash-Retries`` of the
callback, so its fields are handed to the same parser again with the prefix cut off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import NAME, url_fault
from qstash_dev.protocol.duration import parse_duration_ms
from qstash_dev.protocol.expression import parse_expression
from qstash_dev.protocol.publication import Callback, DeliveryOptions, FlowControlOptions, Headers
from qstash_dev.protocol.redaction import parse_redaction

Pairs = Iterable[tuple[str, str]]
Read = TypeVar("Read")

DEFAULT_RETRIES = 3
MAX_FLOW_PERIOD_S = 7 * 86_400
MAX_HEADERS = 256
MAX_HEADER_BYTES = 128 * 1024
_MAX_CALLBACK_DEPTH = 4
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SECONDS = re.compile(r"\d+(\.\d*)?", re.ASCII)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
# Surrogates from U+DC80 to U+DCFF stand for bytes that are not UTF-8 (PEP 383); they are delivered as they came.
_FORBIDDEN_IN_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")

# Headers that belong to one connection or to the framing of one request: forwarding them would corrupt the next.
NEVER_FORWARDED = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


@lru_cache(maxsize=1_024)
def canonical_name(name: str) -> str:
    """A header name in Go's canonical form: ``content-TYPE`` → ``Content-Type``."""
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def readable(value: str) -> str:
    """A header value for people: one with bytes that are not UTF-8 is taken for Latin-1, as ``fetch`` sends it."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


def option_pairs(query: Sequence[tuple[str, str]], headers: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """Headers with the ``upstash-*`` query parameters that no header of the same name overrides."""
    if not query:
        return headers
    given = {name.lower() for name, _ in headers}
    return [*headers, *((name, value) for name, value in query if name.lower() not in given)]


def schedule_fields(pairs: Pairs) -> dict[str, str]:
    """``cron`` and ``schedule-id``, where the headers give them: they are not part of the options of a message."""
    return {
        rest: value.strip()
        for name, value in pairs
        if (rest := name.lower().removeprefix("upstash-")) in ("cron", "schedule-id") and rest != name.lower()
    }


def parse_options(pairs: Pairs) -> DeliveryOptions:
    """The options that a publish, a batch item or a schedule carries in its headers.

    Raises:
        Rejection: 400 naming the header and what would be right.
    """
    return _cached(tuple(pairs))


@lru_cache(maxsize=512)
def _cached(pairs: Headers) -> DeliveryOptions:
    # Programs publish with few distinct header sets; sharing the value saves both time and memory.
    return _parse(pairs, "Upstash-", DEFAULT_RETRIES, 0)


def forget_parsed() -> None:
    """Let go of the header sets that are remembered, which may be large."""
    _cached.cache_clear()


def parse_overrides(pairs: Pairs, base: DeliveryOptions) -> DeliveryOptions:
    """``base`` with whatever the ``Upstash-*`` pairs say instead, as a retry from the dead letter queue does.

    Forwarded headers replace those of the same name; an ordinary Content-Type is the request's own and
    changes nothing, for some SDKs send one with an empty body.
    """
    own = tuple((name, value) for name, value in pairs if name.lower().startswith("upstash-"))
    values = _values(own, "Upstash-", base.retries, 0)
    replaced = {name for name, _ in values["headers"]}
    values["headers"] = tuple(pair for pair in base.headers if pair[0] not in replaced) + values["headers"]
    return base._replace(**values)


def _parse(pairs: Headers, prefix: str, retries: int, depth: int) -> DeliveryOptions:
    return DeliveryOptions(**_values(pairs, prefix, retries, depth))


def _values(pairs: Headers, prefix: str, retries: int, depth: int) -> dict[str, Any]:
    """The fields of :class:`DeliveryOptions` that the headers speak of."""
    if depth == 0 and (len(pairs) > MAX_HEADERS or sum(len(n) + len(v) for n, v in pairs) > MAX_HEADER_BYTES):
        raise errors.TOO_MANY_HEADERS(count=MAX_HEADERS, size=MAX_HEADER_BYTES)
    fields = _Fields(pairs, prefix)
    values: dict[str, Any] = {"retries": retries, "headers": fields.delivered_headers()}
    for name, (attribute, parse) in _OPTIONS.items():
        if (value := fields.own.get(name)) is not None:
            values[attribute] = fields.read(name, value, parse)
    if (flow_control := fields.flow_control()) is not None:
        values["flow_control"] = flow_control
    for kind in ("callback", "failure-callback"):
        if (callback := fields.callback(kind, values["retries"], depth)) is not None:
            values[kind.replace("-", "_")] = callback
    return values


class _Fields:
    """The headers of one parse, sorted by what they are for; names lower-cased, ``upstash-`` cut off."""

    def __init__(self, pairs: Headers, prefix: str) -> None:
        self.own: dict[str, str] = {}
        self._prefix = prefix
        self._forward: list[tuple[str, str]] = []
        self._callbacks: dict[str, list[tuple[str, str]]] = {"callback": [], "failure-callback": []}
        self._plain: list[tuple[str, str]] = []
        for name, value in pairs:
            lowered = name.lower()
            if lowered.startswith("upstash-"):
                self._sort(lowered[8:], name, value)
            else:
                self._plain.append((lowered, value))

    def _sort(self, rest: str, name: str, value: str) -> None:
        if rest.startswith("forward-"):
            self._forward.append((name[len(name) - len(rest) + 8 :], value))
            return
        for kind, group in self._callbacks.items():
            if rest.startswith(kind + "-"):
                group.append(("upstash-" + rest[len(kind) + 1 :], value))
                return
        # Repeated header lines mean the same as one line with commas (RFC 9110, 5.3).
        self.own[rest] = f"{self.own[rest]},{value}" if rest in self.own else value

    def read(self, name: str, value: str, parse: Callable[[str], Read]) -> Read:
        try:
            return parse(value)
        except ValueError as error:
            raise errors.INVALID_HEADER(
                field=self._prefix + canonical_name(name), reason=str(error), value=value[:100]
            ) from None

    def delivered_headers(self) -> Headers:
        """Content-Type and the forwarded headers. A Content-Type is never invented."""
        chosen: dict[str, list[str]] = {}
        forward_all = self.read("header-forward", self.own.get("header-forward", "false"), _boolean)
        dropped = NEVER_FORWARDED | self._connection_names() if forward_all else NEVER_FORWARDED
        for name, value in self._plain:
            if value and (name == "content-type" or (forward_all and name not in dropped)):
                chosen.setdefault(canonical_name(name), []).append(value)
        forwarded: dict[str, list[str]] = {}
        for name, value in self._forward:
            if name.lower() not in NEVER_FORWARDED:
                forwarded.setdefault(canonical_name(name), []).append(value)
        chosen.update(forwarded)
        for name, values in chosen.items():
            for value in values:
                self.read(f"forward-{name}", value, partial(_check_header, name))
        return tuple((name, value) for name, values in chosen.items() for value in values)

    def _connection_names(self) -> frozenset[str]:
        """The headers that the client itself declares to belong to one connection (RFC 9110, 7.6.1)."""
        listed = ",".join(value for name, value in self._plain if name == "connection")
        return frozenset(name.strip().lower() for name in listed.split(","))

    def flow_control(self) -> FlowControlOptions | None:
        key, value = self.own.get("flow-control-key"), self.own.get("flow-control-value")
        if key is None and value is None:
            return None
        if not key:
            raise errors.INVALID_HEADER(
                field=f"{self._prefix}Flow-Control-Key",
                reason="a key is needed with Flow-Control-Value",
                value="",
            )
        limits = self.read("flow-control-value", value or "", _flow_control_limits)
        return FlowControlOptions(key=key, **limits)

    def callback(self, kind: str, retries: int, depth: int) -> Callback | None:
        if (url := self.own.get(kind)) is None:
            return None
        self.read(kind, url, _callback_url)
        if depth >= _MAX_CALLBACK_DEPTH:
            raise errors.INVALID_HEADER(
                field=self._prefix + canonical_name(kind),
                reason=f"callbacks of callbacks nest at most {_MAX_CALLBACK_DEPTH} levels",
                value=url[:100],
            )
        prefix = f"{self._prefix}{canonical_name(kind)}-"
        options = _parse(tuple(self._callbacks[kind]), prefix, retries, depth + 1)
        return Callback(url, options)


def _boolean(value: str) -> bool:
    # The Python SDK sends True and False.
    lowered = value.strip().lower()
    if lowered not in ("true", "false", "1", "0", ""):
        raise ValueError("use true or false")
    return lowered in ("true", "1")


def _method(value: str) -> str:
    method = value.strip().upper()
    if method not in METHODS:
        raise ValueError(f"use one of {', '.join(METHODS)}")
    return method


def _retries(value: str) -> int:
    text = value.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError("use a whole number of 0 or more")
    return int(text)


def _timeout_ms(value: str) -> int:
    milliseconds = parse_duration_ms(value)
    if milliseconds <= 0:
        raise ValueError("use a duration above zero such as '30s'")
    return milliseconds


def _not_before_ms(value: str) -> int:
    seconds = float(value) if _SECONDS.fullmatch(value.strip()) else -1.0
    if not 0 <= seconds < 1e12:
        raise ValueError("use a unix time in seconds such as 1767225600")
    return round(seconds * 1_000)


def _expression(value: str) -> str:
    if not value.strip():
        raise ValueError("use an expression in milliseconds such as 'pow(2, retried) * 1000'")
    parse_expression(value)
    return value


def _labels(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for part in value.split(",") if (label := part.strip())))


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("it must not be empty")
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError("use letters, digits, '-', '_' and '.'")
    return value


def _callback_url(value: str) -> str:
    if fault := url_fault(value):
        raise ValueError(f"use an http:// or https:// URL: {fault}")
    return value


def _check_header(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"'{name[:100]}' cannot be the name of a header")
    if _FORBIDDEN_IN_VALUE.search(value):
        raise ValueError("control characters cannot be forwarded")


def _flow_control_limits(value: str) -> dict[str, int]:
    limits: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, _, amount = (piece.strip() for piece in part.partition("="))
        if name == "period":
            limits["period_s"] = _flow_period_s(amount)
        elif name in ("parallelism", "rate"):
            limits[name] = _positive(name, amount)
        else:
            raise ValueError(f"'{part[:50]}' is not parallelism=N, rate=N or period=DURATION")
    if "parallelism" not in limits and "rate" not in limits:
        raise ValueError("give at least one of parallelism=N and rate=N")
    return limits


def _flow_period_s(amount: str) -> int:
    period_ms = parse_duration_ms(amount)
    if not 1_000 <= period_ms <= MAX_FLOW_PERIOD_S * 1_000:
        raise ValueError("use a period from 1s to 7d")
    return period_ms // 1_000


def _positive(name: str, amount: str) -> int:
    if not (amount.isascii() and amount.isdigit() and len(amount) <= 9 and int(amount) > 0):
        raise ValueError(f"{name} must be a whole number above zero")
    return int(amount)


_OPTIONS: dict[str, tuple[str, Callable[[str], object]]] = {
    "method": ("method", _method),
    "timeout": ("timeout_ms", _timeout_ms),
    "retries": ("retries", _retries),
    "retry-delay": ("retry_delay", _expression),
    "delay": ("delay_ms", parse_duration_ms),
    "not-before": ("not_before_ms", _not_before_ms),
    "label": ("labels", _labels),
    "redact-fields": ("redaction", parse_redaction),
    "deduplication-id": ("deduplication_id", _text),
    "content-based-deduplication": ("content_based_deduplication", _boolean),
    "queue-name": ("queue_name", _name),
}

OPTION_NAMES = frozenset(_OPTIONS) | {
    "callback",
    "failure-callback",
    "flow-control-key",
    "flow-control-value",
    "header-forward",
}
"""What may follow ``Upstash-``, besides prefixes such as ``Forward-``."""
