"""``Upstash-*`` headers become :class:`DeliveryOptions`.

One parser serves a message and its callbacks: ``Upstash-Callback-Retries`` is ``Upstash-Retries`` of the
callback, so its fields are handed to the same parser again with the prefix cut off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from sys import getsizeof
from typing import Any, TypeVar

from qstash_dev.protocol import errors, option_values, warning
from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.duration import DurationError, is_bare, long_unit, parse_duration_ms
from qstash_dev.protocol.option_values import OPTIONS, Option
from qstash_dev.protocol.publication import Callback, DeliveryOptions, FlowControlOptions, Headers
from qstash_dev.protocol.warning import Warnings

Pairs = Iterable[tuple[str, str]]
Read = TypeVar("Read")

DEFAULT_RETRIES = 3
MAX_HEADERS = 256
MAX_HEADER_BYTES = 128 * 1024
_MAX_CALLBACK_DEPTH = 4
_OF_RUN = OPTIONS | {"delay": OPTIONS["delay"]._replace(read=option_values.sleep_ms)}
_OF_CALLBACK = OPTIONS | {"delay": OPTIONS["delay"]._replace(read=parse_duration_ms)}
_FORWARD = re.compile(r"upstash-((failure-)?callback-)*forward-")
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


canonical_name = BoundedCache[str, str](
    lambda name: "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
).__getitem__
"""A header name in Go's canonical form: ``content-TYPE`` → ``Content-Type``."""


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
    given = {name.lower() for name, value in headers if value.strip() or not _is_option(name.lower())}
    return [*headers, *((name, value) for name, value in query if name.lower() not in given)]


def schedule_fields(pairs: Pairs) -> dict[str, str]:
    """``cron`` and ``schedule-id``, where the headers give them: they are not part of the options of a message."""
    found = {
        rest: value.strip()
        for name, value in pairs
        if (rest := name.lower().removeprefix("upstash-")) in ("cron", "schedule-id") and rest != name.lower()
    }
    # Unlike any other option, an empty cron is there: hosted QStash calls it an empty spec string.
    return {name: value for name, value in found.items() if value or name == "cron"}


def parse_options(pairs: Pairs) -> DeliveryOptions:
    """The options that a publish, a batch item or a schedule carries in its headers.

    Raises:
        Rejection: 400 naming the header and what would be right.
    """
    return _options_of(tuple(pairs))


def _weight(pairs: Headers) -> int:
    return sum(2 * (getsizeof(name) + getsizeof(value)) + 200 for name, value in pairs) + 1_000


# Programs publish with few distinct header sets; sharing the value saves both time and memory.
_remembered = BoundedCache[Headers, DeliveryOptions](
    lambda pairs: _parse(pairs, "Upstash-", DEFAULT_RETRIES, 0), 4_194_304, _weight
)
_options_of = _remembered.__getitem__


def forget_parsed() -> None:
    """Let go of the header sets that are remembered, which may be large."""
    _remembered.clear()


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
    for name, option in fields.options(depth).items():
        if (value := fields.own.get(name)) is not None:
            values[option.field] = fields.read(name, value, option.read)
    if (flow_control := fields.flow_control()) is not None:
        values["flow_control"] = flow_control
    warnings = fields.warnings(depth)
    for kind in ("callback", "failure-callback"):
        if (callback := fields.callback(kind, values["retries"], depth)) is not None:
            # Whoever publishes is told at once, and not again by the callback.
            warnings += callback.options.warnings
            values[kind.replace("-", "_")] = callback._replace(options=callback.options._replace(warnings=()))
    values["warnings"] = warnings
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
        if not value.strip():
            # As good as absent: the Terraform provider sends every option.
            return
        # Repeated header lines mean the same as one line with commas (RFC 9110, 5.3).
        self.own[rest] = f"{self.own[rest]},{value}" if rest in self.own else value

    def read(self, name: str, value: str, parse: Callable[[str], Read]) -> Read:
        field, shown = self._prefix + canonical_name(name), value[:100]
        try:
            return parse(value)
        except option_values.Refused as refused:
            raise refused.error(field=field, value=shown, **refused.values) from None
        except DurationError as error:
            raise errors.INVALID_DURATION(field=field, go=error.go, help=error) from None
        except ValueError as error:
            raise errors.INVALID_HEADER(field=field, reason=error, value=shown) from None

    def options(self, depth: int) -> dict[str, Option]:
        """What its options are called, and what reads each."""
        if depth:
            return _OF_CALLBACK
        return _OF_RUN if "workflow-runid" in self.own else OPTIONS

    def warnings(self, depth: int) -> Warnings:
        """What was accepted that hosted QStash may not take so. ``Upstash-Timeout: 10`` is what an SDK sends."""
        given: dict[str, str] = {name: self.own[name] for name in ("delay", "timeout") if name in self.own and depth}
        for part in self.own.get("flow-control-value", "").split(","):
            key, _, amount = part.partition("=")
            if key.strip() == "period":
                given["flow-control-value"] = amount.strip()
        found = [
            warning.duration_without_unit(self._prefix + canonical_name(name), value)
            for name, value in given.items()
            if is_bare(value)
        ]
        if (unit := long_unit(self.own.get("delay", ""))) is not None:
            found.append(warning.long_unit(f"{self._prefix}Delay", unit))
        return tuple(found)

    def delivered_headers(self) -> Headers:
        """Content-Type and the forwarded headers. A Content-Type is never invented."""
        chosen: dict[str, list[str]] = {}
        forward_all = self.read("header-forward", self.own.get("header-forward", "false"), option_values.boolean)
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
        limits = self.read("flow-control-value", value or "", option_values.flow_control_limits)
        return FlowControlOptions(key=self.read("flow-control-key", key, option_values.flow_control_key), **limits)

    def callback(self, kind: str, retries: int, depth: int) -> Callback | None:
        if (url := self.own.get(kind)) is None:
            return None
        url = self.read(kind, url, option_values.callback_url)
        if depth >= _MAX_CALLBACK_DEPTH:
            raise errors.INVALID_HEADER(
                field=self._prefix + canonical_name(kind),
                reason=f"callbacks of callbacks nest at most {_MAX_CALLBACK_DEPTH} levels",
                value=url[:100],
            )
        prefix = f"{self._prefix}{canonical_name(kind)}-"
        options = _parse(tuple(self._callbacks[kind]), prefix, retries, depth + 1)
        return Callback(url, options)


def _is_option(lowered: str) -> bool:
    return lowered.startswith("upstash-") and not _FORWARD.match(lowered)


def _check_header(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"'{name[:100]}' cannot be the name of a header")
    if _FORBIDDEN_IN_VALUE.search(value):
        raise ValueError("control characters cannot be forwarded")


OPTION_TEXTS = {
    "callback": "URL that is told of each delivery attempt.",
    "failure-callback": "URL that is told when all attempts have failed.",
    "flow-control-key": "Messages with this key share the limits of Flow-Control-Value.",
    "flow-control-value": "parallelism=N, rate=N and period=DURATION, with commas between them.",
    "header-forward": "Forward all headers of this request.",
}
"""The options that are read together with others, and in words what each does."""
OPTION_NAMES = OPTIONS.keys() | OPTION_TEXTS.keys()
"""What may follow ``Upstash-``, besides prefixes such as ``Forward-``."""
