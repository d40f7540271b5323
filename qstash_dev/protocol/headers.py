"""The ``Upstash-*`` headers of a publish (https://upstash.com/docs/qstash/howto/publishing).

The headers of a callback are parsed like those of a message, after ``Callback-`` is removed from their names
(https://upstash.com/docs/qstash/features/callbacks): ``Upstash-Callback-Retries`` sets the retries of the callback.
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
# Surrogates from U+DC80 to U+DCFF stand for bytes that are not UTF-8 (PEP 383), which are delivered unchanged.
_FORBIDDEN_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")

# Headers of one connection or one request (RFC 9110, 7.6.1): forwarded, they would break the delivery.
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
_ONE_CONNECTION = "it is about one connection"
_IN_EVERY_REQUEST = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
# The headers with these names are those of the delivery (https://upstash.com/docs/qstash/howto/receiving).
_OWN_NAMES = frozenset({"upstash-message-id", "upstash-region", "upstash-retried", "upstash-signature"})

canonical_name = BoundedCache[str, str](
    lambda name: "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
).__getitem__
"""The header name in Go's canonical form: ``content-TYPE`` → ``Content-Type``."""


def readable(value: str) -> str:
    """A header value as text. Bytes that are not UTF-8 are decoded as Latin-1, which ``fetch`` sends."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


def option_pairs(query: Sequence[tuple[str, str]], headers: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The headers, and the ``upstash-*`` query parameters that no header replaces."""
    if not query:
        return headers
    given = {name.lower() for name, value in headers if value.strip() or not _is_option(name.lower())}
    return [*headers, *((name, value) for name, value in query if name.lower() not in given)]


def schedule_fields(pairs: Pairs) -> dict[str, str]:
    """``cron`` and ``schedule-id`` from the headers, if they are there: a message has no such options."""
    found = {
        rest: value.strip()
        for name, value in pairs
        if (rest := name.lower().removeprefix("upstash-")) in ("cron", "schedule-id") and rest != name.lower()
    }
    # An empty cron expression is an error of its own in hosted QStash; any other empty option counts as absent.
    return {name: value for name, value in found.items() if value or name == "cron"}


def parse_options(pairs: Pairs) -> DeliveryOptions:
    """The options in the headers of a publish, a batch item or a schedule.

    Raises Rejection: 400 for an invalid header, which the text names.
    """
    return _options_of(tuple(pairs))


def _weight(pairs: Headers) -> int:
    return sum(2 * (getsizeof(name) + getsizeof(value)) + 200 for name, value in pairs) + 1_000


# A program publishes with few different sets of headers. Sharing the parsed options saves time and memory.
_cache = BoundedCache[Headers, DeliveryOptions](
    lambda pairs: _parse(pairs, "Upstash-", DEFAULT_RETRIES, 0), 4_194_304, _weight
)
_options_of = _cache.__getitem__


def clear_cache() -> None:
    """Drop the cached options, which may be large."""
    _cache.clear()


def parse_overrides(pairs: Pairs, base: DeliveryOptions) -> DeliveryOptions:
    """``base`` with the options in ``pairs`` replaced, for a retry from the dead letter queue.

    https://upstash.com/docs/qstash/api-reference/dlq/retry-a-dlq-message: headers override options of the
    message. The Content-Type of the request does not, because some SDKs send one with an empty body.

    Raises Rejection: 400 for an invalid header, which the text names.
    """
    own = tuple((name, value) for name, value in pairs if name.lower().startswith("upstash-"))
    values = _values(own, "Upstash-", base.retries, 0)
    replaced = {name for name, _ in values["headers"]}
    values["headers"] = tuple(pair for pair in base.headers if pair[0] not in replaced) + values["headers"]
    values["dropped"] += tuple(one for one in base.dropped if one[0].removeprefix("Upstash-Forward-") not in replaced)
    return base._replace(**values)


def _parse(pairs: Headers, prefix: str, retries: int, depth: int, *, of_run: bool = False) -> DeliveryOptions:
    return DeliveryOptions(**_values(pairs, prefix, retries, depth, of_run=of_run))


def _values(pairs: Headers, prefix: str, retries: int, depth: int, *, of_run: bool = False) -> dict[str, Any]:
    """The fields of :class:`DeliveryOptions` that the headers set; ``of_run`` for a callback of a workflow run."""
    if depth == 0 and (len(pairs) > MAX_HEADERS or sum(len(n) + len(v) for n, v in pairs) > MAX_HEADER_BYTES):
        raise errors.TOO_MANY_HEADERS(count=MAX_HEADERS, size=MAX_HEADER_BYTES)
    fields = _Fields(pairs, prefix, of_run=of_run)
    values: dict[str, Any] = {"retries": retries, "headers": fields.delivered_headers()}
    for name, option in fields.options(depth).items():
        if (value := fields.own.get(name)) is not None:
            values[option.field] = fields.read(name, value, option.read)
    if (flow_control := fields.flow_control()) is not None:
        values["flow_control"] = flow_control
    warnings, dropped = fields.warnings(depth), fields.dropped_headers()
    for kind in ("callback", "failure-callback"):
        if (callback := fields.callback(kind, values["retries"], depth)) is not None:
            # The message shows the warnings about its callbacks, so the callbacks do not repeat them.
            warnings += callback.options.warnings
            dropped += callback.options.dropped
            options = callback.options._replace(warnings=(), dropped=())
            values[kind.replace("-", "_")] = callback._replace(options=options)
    values["warnings"], values["dropped"] = warnings, dropped
    return values


class _Fields:
    """The headers of one message or callback, sorted by purpose. Names are in lower case, without ``upstash-``."""

    def __init__(self, pairs: Headers, prefix: str, *, of_run: bool) -> None:
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
        self._of_run = of_run or "workflow-runid" in self.own

    def _sort(self, rest: str, name: str, value: str) -> None:
        if rest.startswith("forward-"):
            self._forward.append((name[len(name) - len(rest) + 8 :], value))
            return
        for kind, group in self._callbacks.items():
            if rest.startswith(kind + "-"):
                group.append(("upstash-" + rest[len(kind) + 1 :], value))
                return
        if not value.strip():
            # Absent: the Terraform provider sends all options, unset ones empty.
            return
        # Repeated lines of a header are one line with commas (RFC 9110, 5.3).
        self.own[rest] = f"{self.own[rest]},{value}" if rest in self.own else value

    def read(self, name: str, value: str, parse: Callable[[str], Read]) -> Read:
        field, shown = self._prefix + canonical_name(name), value[:100]
        try:
            return parse(value)
        except option_values.InPart as error:
            raise _rejection(error.error, field, shown).about(f"{field}.{error.part}") from None
        except ValueError as error:
            raise _rejection(error, field, shown) from None

    def options(self, depth: int) -> dict[str, Option]:
        """The options that are allowed here, as in :data:`OPTIONS`."""
        if depth:
            return _OF_CALLBACK
        return _OF_RUN if self._of_run else OPTIONS

    def warnings(self, depth: int) -> Warnings:
        """Warnings about durations that hosted QStash may refuse; not ``Upstash-Timeout: 10``, which an SDK sends."""
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
        """The Content-Type, if there is one, and the forwarded headers."""
        chosen: dict[str, list[str]] = {}
        forward_all = self._forwards_all()
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

    def dropped_headers(self) -> Headers:
        """The headers that are not forwarded although the publish asks for it, each with the reason."""
        found: dict[str, str] = {}
        if self._forwards_all():
            listed = (NEVER_FORWARDED | self._connection_names()) - _IN_EVERY_REQUEST
            found |= {canonical_name(name): _ONE_CONNECTION for name, _ in self._plain if name in listed}
        hides = self.read("hide-headers", self.own.get("hide-headers", "false"), option_values.boolean)
        # The SDK of workflows forwards all headers of the request that it got.
        usual = _IN_EVERY_REQUEST | _OWN_NAMES if self._of_run else frozenset[str]()
        for name, _ in self._forward:
            why = _why_dropped(name.lower(), hides=hides and not self._of_run)
            if why and name.lower() not in usual:
                found[f"{self._prefix}Forward-{canonical_name(name)}"] = why
        return tuple(found.items())

    def _forwards_all(self) -> bool:
        return self.read("header-forward", self.own.get("header-forward", "false"), option_values.boolean)

    def _connection_names(self) -> frozenset[str]:
        """The headers that the ``Connection`` header of the request names (RFC 9110, 7.6.1)."""
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
        options = _parse(tuple(self._callbacks[kind]), prefix, retries, depth + 1, of_run=self._of_run)
        return Callback(url, options)


def _why_dropped(lowered: str, *, hides: bool) -> str:
    """Why a header is not forwarded, empty if it is; ``hides`` with ``Upstash-Hide-Headers``."""
    if lowered in NEVER_FORWARDED:
        return _ONE_CONNECTION
    if lowered in _OWN_NAMES:
        return "QStash sets it"
    return "Upstash-Hide-Headers leaves it out" if hides and lowered.startswith("upstash-") else ""


def _rejection(error: ValueError, field: str, value: str) -> errors.Rejection:
    if isinstance(error, option_values.Refused):
        return error.error(field=field, value=value, **error.values)
    if isinstance(error, option_values.NotListed):
        return errors.INVALID_HEADER(error.expected, field=field, value=value)
    if isinstance(error, DurationError):
        return errors.INVALID_DURATION(field=field, go=error.go, help=error)
    return errors.INVALID_HEADER(field=field, reason=error, value=value)


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
"""The options that are read together with others, and what each does."""
OPTION_NAMES = OPTIONS.keys() | OPTION_TEXTS.keys()
"""The option names that may follow ``Upstash-``, without prefixes such as ``Forward-``."""
