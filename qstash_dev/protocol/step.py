"""Steps of a workflow: what the SDK submits, and how the log of a run is delivered back to it."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Any

from qstash_dev.protocol.duration import parse_duration_ms
from qstash_dev.protocol.publication import DeliveryOptions

STEP = "step"
TO_CALLBACK = "toCallback"
FROM_CALLBACK = "fromCallback"
_MAX_NUMBER = 100_000
_MAX_ROUNDING_MS = 1_000
_SURROGATE = re.compile("[\ud800-\udfff]")
# What the log of a run shows of a submitted step.
_SHOWN_FIELDS = ("out", "sleepFor", "sleepUntil", "waitEventId", "timeout", "waitTimeout")


@dataclass(frozen=True, slots=True)
class Step:
    """A parsed copy of a step, for the log and for recognising it again; what is delivered are its own bytes.

    ``id`` is 0 in a plan, which announces the parallel step ``target`` of a group of ``concurrent``.
    ``fields`` holds the object that it was read from, as far as it is needed.
    """

    id: int
    name: str
    type: str
    concurrent: int = 1
    target: int | None = None
    fields: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_plan(self) -> bool:
        """Whether it only announces a parallel step."""
        return self.id == 0 and self.target is not None

    @property
    def key(self) -> tuple[int, int | None]:
        """What makes two submissions the same step."""
        return (self.id, self.target if self.is_plan else None)

    @property
    def number(self) -> int:
        """Its place in the workflow, whether it is planned or done."""
        return self.target if self.is_plan and self.target is not None else self.id


def parse_step(body: bytes) -> Step:
    """Reads a submitted step.

    Raises:
        ValueError: naming the field and what would be right.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a step is a JSON object: {error}") from None
    step = step_of(fields)
    return replace(step, fields={name: fields[name] for name in _SHOWN_FIELDS if name in fields})


def step_of(fields: Any) -> Step:
    """The step in an object such as ``{"stepId": 1, "stepName": "a", "stepType": "Run", "concurrent": 1}``.

    Raises:
        ValueError: naming the field and what would be right.
    """
    if not isinstance(fields, dict):
        raise ValueError("a step is a JSON object")
    id = _whole(fields, "stepId", None)
    # Python's SDK sends a targetStep of 0 where there is none.
    target = _whole(fields, "targetStep", 0) or None
    concurrent = _whole(fields, "concurrent", 1)
    for name in ("stepName", "stepType"):
        if not isinstance(fields.get(name), str):
            raise ValueError(f"{name} must be a string")
    return Step(id, fields["stepName"], fields["stepType"], max(1, concurrent), target, fields)


def due_ms(step: Step, options: DeliveryOptions, now_ms: int) -> int:
    """When a step is delivered: never before its sleep is over.

    The SDKs round to whole seconds what they put into the headers, so a sleep could end half a second early.
    """
    due_ms = options.due_ms(now_ms)
    if options.not_before_ms is not None:
        wanted_ms = _milliseconds(step.fields.get("sleepUntil"))
    elif options.delay_ms is not None:
        wanted_ms = now_ms + _milliseconds(step.fields.get("sleepFor"))
    else:
        return due_ms
    return max(due_ms, min(wanted_ms, due_ms + _MAX_ROUNDING_MS))


def raw_step(message_id: str, body: bytes, call_type: str) -> bytes:
    """One entry of the array that is delivered."""
    return b'{"messageId":"%s","body":"%s","callType":"%s"}' % (
        message_id.encode("ascii"),
        b64encode(body),
        call_type.encode("ascii"),
    )


def resumed(step: dict[str, Any], event_id: str, timeout: str, out: str | None) -> bytes:
    """The step that ends a wait: ``out`` is base64, or ``None`` when the time was up."""
    fields = {**step, "waitEventId": event_id, "timeout": timeout, "waitTimeout": out is None}
    if out is not None:
        fields["out"] = out
    return json_text(fields).encode("utf-8")


def returned(step: dict[str, Any], body: str | None, *, cancelled: bool, failed: bool) -> bytes:
    """The step that ends an invoke: ``body`` is what the child returned."""
    out: dict[str, Any] = {} if body is None else {"body": body}
    out |= {"isCanceled": cancelled, "isFailed": failed}
    return json_text({**step, "out": json_text(out)}).encode("utf-8")


def json_text(value: Any, *, allow_nan: bool = True) -> str:
    """The value as JavaScript writes it.

    Raises:
        ValueError: a number is infinite or none, unless that is allowed.
        RecursionError: it is nested too deeply.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=allow_nan)
    # Half a surrogate pair has no UTF-8, and stays the escape that it came as.
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _whole(fields: dict[str, Any], name: str, default: int | None) -> int:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
        raise ValueError(f"{name} must be a whole number")
    return value


def _milliseconds(value: Any) -> int:
    """Seconds as a number, or a duration; 0 for anything else."""
    try:
        return (
            parse_duration_ms(value, long_units=True) if isinstance(value, str) else math.ceil(float(value) * 1_000)
        )
    except (ValueError, TypeError, OverflowError):
        return 0
