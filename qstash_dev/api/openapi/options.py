"""The ``Upstash-*`` headers as parameters, derived from the table of options that the parser reads them by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qstash_dev.protocol import option_values
from qstash_dev.protocol.destination import NAME
from qstash_dev.protocol.headers import OPTION_TEXTS, canonical_name
from qstash_dev.protocol.option_values import METHODS, OPTIONS
from qstash_dev.protocol.weight import MAX_TEXT_BYTES

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_DURATION: Json = {"type": "string", "examples": ["10s", "1h30m", "2d"]}
_OF_VALUES: dict[Callable[[str], object], Json] = {
    option_values.method: {"type": "string", "enum": list(METHODS)},
    option_values.timeout_ms: _DURATION,
    option_values.delay_ms: _DURATION,
    option_values.retries: {"type": "string", "pattern": "^[0-9]{1,9}$"},
    option_values.expression: {"type": "string", "examples": ["1000", "pow(2, retried) * 1000"]},
    option_values.boolean: {"type": "string", "enum": ["true", "false"]},
    option_values.name: {"type": "string", "pattern": f"^{NAME.pattern}$"},
}
_OF_OTHERS: dict[str, Json] = {
    "flow-control-key": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": MAX_TEXT_BYTES},
    "header-forward": {"type": "string", "enum": ["true", "false"]},
}
_PREFIXES = {
    "forward-*": "Forward this header, without the prefix.",
    "callback-*": "Any of these headers, for the delivery of the callback.",
    "failure-callback-*": "Any of these headers, for the delivery of the failure callback.",
}


def option_headers() -> list[Json]:
    """Every header that says how a message is delivered."""
    rows = [(name, option.text, _OF_VALUES.get(option.read, _TEXT)) for name, option in OPTIONS.items()]
    rows += [(name, text, _OF_OTHERS.get(name, _TEXT)) for name, text in (OPTION_TEXTS | _PREFIXES).items()]
    content_type = _header("Content-Type", "Content type of the body; none is invented.", _TEXT)
    return [content_type, *(_header(f"Upstash-{canonical_name(name)}", text, schema) for name, text, schema in rows)]


def _header(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": schema}
