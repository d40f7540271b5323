"""The steps of a workflow: how the SDK submits one and how the endpoint receives them.

https://upstash.com/docs/workflow/basics/how: each step is executed in its own HTTP call, which brings the results of
the steps before it.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Any

from qstash_dev.protocol.duration import parse_duration_ms
from qstash_dev.protocol.publication import DeliveryOptions
from qstash_dev.protocol.weight import json_weight, texts_weight
from qstash_dev.protocol.wording import json_fault

STEP = "step"
TO_CALLBACK = "toCallback"
FROM_CALLBACK = "fromCallback"
WEBHOOK = "WaitForWebhook"
"""The type of a step that waits for a webhook."""
_MAX_NUMBER = 100_000
_MAX_ROUNDING_MS = 1_000
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# The fields of a submitted step that the log of its run shows.
_SHOWN_FIELDS = ("out", "sleepFor", "sleepUntil", "waitEventId", "timeout", "waitTimeout")


@dataclass(frozen=True, slots=True)
class Step:
    """A parsed step, for the log and to find repeated steps. The endpoint receives the bytes that the SDK sent.

    A plan announces one step of a parallel group (https://upstash.com/docs/workflow/features/parallel-steps).
    """

    id: int  #: position in the workflow; 0 in a plan
    name: str
    type: str  #: such as ``Run``, ``SleepFor`` or ``Call``
    concurrent: int = 1  #: number of steps in its parallel group
    target: int | None = None  #: position of the step that a plan announces
    fields: dict[str, Any] = field(default_factory=dict, compare=False)  #: the JSON object, or a part of it
    weight: int = field(default=0, compare=False)  #: bytes that the parsed step keeps

    @property
    def is_plan(self) -> bool:
        """Whether it only announces a parallel step."""
        return self.id == 0 and self.target is not None

    @property
    def key(self) -> tuple[int, int | None]:
        """Equal for two submissions of the same step."""
        return (self.id, self.target if self.is_plan else None)

    @property
    def number(self) -> int:
        """The position in the workflow of the step, planned or done."""
        return self.target if self.is_plan and self.target is not None else self.id


def parse_step(body: bytes) -> Step:
    """Parse a submitted step. Raises ValueError: it is not a step; names the field."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a step is a JSON object: {json_fault(error)}") from None
    step = step_of(fields)
    shown = {name: fields[name] for name in _SHOWN_FIELDS if name in fields}
    return replace(step, fields=shown, weight=json_weight(shown) + texts_weight(step.name, step.type))


def step_of(fields: Any) -> Step:
    """The step in an object such as ``{"stepId": 1, "stepName": "a", "stepType": "Run", "concurrent": 1}``.

    Raises ValueError: it is not a step; names the field.
    """
    if not isinstance(fields, dict):
        raise ValueError("a step is a JSON object")
    id = _whole(fields, "stepId", None)
    # The Python SDK sends a targetStep of 0 if there is none.
    target = _whole(fields, "targetStep", 0) or None
    concurrent = _whole(fields, "concurrent", 1)
    for name in ("stepName", "stepType"):
        if not isinstance(fields.get(name), str):
            raise ValueError(f"{name} must be a string")
    name, type = fields["stepName"], fields["stepType"]
    return Step(id, name, type, max(1, concurrent), target, fields, json_weight(fields))


def due_ms(step: Step, options: DeliveryOptions, now_ms: int) -> int:
    """The unix time at which a step is delivered.

    The delay in the headers is rounded to seconds by the SDKs, so the sleep in the body of the step counts if it is
    up to a second longer.
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
    """One entry of the JSON array that the endpoint receives."""
    return b'{"messageId":"%s","body":"%s","callType":"%s"}' % (
        message_id.encode("ascii"),
        b64encode(body),
        call_type.encode("ascii"),
    )


def wait_result(step: dict[str, Any], event_id: str, timeout: str, out: str | None) -> bytes:
    """The step that ends a wait (https://upstash.com/docs/workflow/steps/waitForEvent). ``out`` is the data of the
    event in base64, or ``None`` after the timeout."""
    fields = {**step, "waitEventId": event_id, "timeout": timeout, "waitTimeout": out is None}
    if out is not None:
        fields["out"] = out
    return json_text(fields).encode("utf-8")


def invoke_result(step: dict[str, Any], body: str | None, *, cancelled: bool, failed: bool) -> bytes:
    """The step that ends an invoke (https://upstash.com/docs/workflow/steps/invoke). ``body`` is what the invoked
    workflow returned."""
    out: dict[str, Any] = {} if body is None else {"body": body}
    out |= {"isCanceled": cancelled, "isFailed": failed}
    return json_text({**step, "out": json_text(out)}).encode("utf-8")


def json_text(value: Any, *, allow_nan: bool = True) -> str:
    """The value as ``JSON.stringify`` writes it.

    Raises ValueError: a number is infinite or NaN, and ``allow_nan`` is false.
    Raises RecursionError: the value is nested too deeply.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=allow_nan)
    # A lone surrogate cannot be encoded as UTF-8, so it is written as an escape.
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _whole(fields: dict[str, Any], name: str, default: int | None) -> int:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
        raise ValueError(f"{name} must be a whole number")
    return value


def _milliseconds(value: Any) -> int:
    """Milliseconds from a number of seconds or a duration; 0 for anything else."""
    try:
        return (
            parse_duration_ms(value, long_units=True) if isinstance(value, str) else math.ceil(float(value) * 1_000)
        )
    except (ValueError, TypeError, OverflowError):
        return 0
