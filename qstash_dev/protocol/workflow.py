"""The ``Upstash-Workflow-*`` headers and the settings of a run (https://upstash.com/docs/workflow/basics/how).

The server does not interpret workflows. It appends the steps that the SDK submits to the log of the run, delivers the
log to the endpoint, and reads only these headers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.publication import (
    Callback,
    DeliveryOptions,
    FlowControlOptions,
    Headers,
    Redaction,
    callback_weight,
)
from qstash_dev.protocol.redaction import combined
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.weight import pairs_weight, texts_weight

LAZY_FETCH = "LazyFetch"
INITIAL_BODY = "InitialBody"
DETECT_TRIGGER = "WF_DetectTrigger"
TRIGGER_ON_CONFIG = "WF_TriggerOnConfig"
ALL_FEATURES = frozenset({LAZY_FETCH, INITIAL_BODY, DETECT_TRIGGER, TRIGGER_ON_CONFIG})

CREATED_AT = "Upstash-Workflow-CreatedAt"
MAX_INVOKE_DEPTH = 100
NOT_A_WORKFLOW = (
    "detected a non-workflow destination for trigger/invoke. "
    "make sure you are sending the request to the correct endpoint"
)
OLD_SDK = "trigger rest api is only usable with sdk versions after v1.0.0 major version"

_PREFIX = "upstash-workflow-"
OF_TRIGGER = ("retries", "retry_delay", "flow_control", "failure_callback", "labels")
"""The fields of :class:`DeliveryOptions` and of :class:`RunSettings` that a trigger sets."""
_SETTINGS = {"retries": "retries", "retry-delay": "retry_delay", "flow-control-key": "flow_control"}


class WorkflowHeaders(NamedTuple):
    run_id: str
    init: bool  #: whether it starts a run; otherwise it appends to one
    url: str | None = None  #: the workflow endpoint
    call_type: str = "step"  #: ``step`` or ``toCallback``
    invoke: bool = False  #: whether another run invokes this one
    created_ms: int | None = None  #: the creation time of the run, in unix milliseconds
    by_sdk: bool = False  #: whether the SDK repeats a trigger that came from another client
    features: frozenset[str] = frozenset()  #: the feature set of the SDK
    settings: frozenset[str] = frozenset()  #: which of retries, retry-delay and flow-control-key it has
    callback_settings: frozenset[str] = frozenset()  #: the same for its callback
    failure_features: frozenset[str] = frozenset()  #: the feature set for its failure callback


class RunSettings(NamedTuple):
    """The settings of a run, which its trigger gives (https://upstash.com/docs/workflow/howto/configure)."""

    headers: Headers = ()  #: the user's headers, delivered with every message of the run
    features: frozenset[str] = frozenset()
    failure_features: frozenset[str] = frozenset()
    retries: int = 3
    retry_delay: str | None = None
    flow_control: FlowControlOptions | None = None
    failure_callback: Callback | None = None
    labels: tuple[str, ...] = ()
    redaction: Redaction | None = None

    @property
    def on_config(self) -> bool:
        """Whether later messages without settings of their own use those of the trigger."""
        return TRIGGER_ON_CONFIG in self.features

    @property
    def weight(self) -> int:
        """Bytes that the settings keep."""
        texts = texts_weight(*self.features, *self.failure_features, *self.labels, self.retry_delay)
        return texts + pairs_weight(self.headers) + callback_weight(self.failure_callback)


def workflow_headers(pairs: Iterable[tuple[str, str]]) -> WorkflowHeaders | None:
    """The workflow headers of a publish; ``None`` if it belongs to no run."""
    given: dict[str, str] = {}
    for name, value in pairs:
        lowered = name.lower()
        # Empty options count as absent, but an empty workflow header is an error, not a message without a run.
        if lowered.startswith(_PREFIX) or (lowered.startswith("upstash-") and value.strip()):
            given.setdefault(lowered, value)
    run_id, init = given.get("upstash-workflow-runid"), given.get("upstash-workflow-init")
    if run_id is None or init is None:
        return None
    return WorkflowHeaders(
        run_id=run_id,
        init=_true(init),
        url=given.get("upstash-workflow-url"),
        call_type=given.get("upstash-workflow-calltype") or "step",
        invoke=_true(given.get("upstash-workflow-invoke", "")),
        created_ms=created_at(given.get(CREATED_AT.lower(), "")),
        by_sdk=_true(given.get("upstash-workflow-trigger-by-sdk", "")),
        features=_listed(given.get("upstash-feature-set", "")),
        settings=_settings(given, ""),
        callback_settings=_settings(given, "callback-"),
        failure_features=_listed(given.get("upstash-failure-callback-feature-set", "")),
    )


def created_at(text: str) -> int | None:
    """The unix milliseconds in ``Upstash-Workflow-CreatedAt``, or ``None`` if it has none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def run_settings(options: DeliveryOptions, headers: WorkflowHeaders) -> RunSettings:
    return RunSettings(
        headers=tuple(pair for pair in options.headers if _persists(pair[0])),
        features=headers.features,
        failure_features=headers.failure_features,
        redaction=options.redaction,
        **{name: getattr(options, name) for name in OF_TRIGGER},
    )


def run_message_options(options: DeliveryOptions, run: RunSettings, given: frozenset[str]) -> DeliveryOptions:
    """The options of one message of a run. ``given`` are the settings that its publish has itself.

    Other settings are those of the trigger, or the defaults. The user's headers of the run are added, unless the
    message has headers of the same name. The message has no callbacks, because its result goes to the run.
    """
    own = tuple(pair for pair in options.headers if is_delivered(pair[0]))
    names = {name for name, _ in own}
    inherited = tuple(pair for pair in run.headers if pair[0] not in names)
    changes: dict[str, Any] = {
        "labels": options.labels or run.labels,
        "redaction": combined(options.redaction, run.redaction),
    }
    if run.on_config:
        changes |= {field: getattr(run, field) for name, field in _SETTINGS.items() if name not in given}
    elif "retries" not in given:
        changes["retries"] = DeliveryOptions().retries
    return with_json_content_type(options, (*inherited, *own))._replace(
        callback=None, failure_callback=None, **changes
    )


def with_json_content_type(options: DeliveryOptions, headers: Headers) -> DeliveryOptions:
    """The options with these headers, and with ``Content-Type: application/json`` if they have no Content-Type."""
    if not any(name == "Content-Type" for name, _ in headers):
        headers = (("Content-Type", "application/json"), *headers)
    return options._replace(headers=headers)


def trigger_result(result: DeliveryResult, features: frozenset[str], *, rest_trigger: bool) -> DeliveryResult:
    """The result of the first delivery of a run: it has failed if the endpoint serves no workflow.

    https://upstash.com/docs/workflow/troubleshooting/general: "Non-workflow Destination Error". It is not retried.
    """
    if not isinstance(result, Responded) or not result.succeeded:
        return result
    names = {name for name, _ in result.headers}
    if rest_trigger and "Upstash-Workflow-Sdk" not in names:
        return result._replace(fault=OLD_SDK, final=True, reason=FailureReason.SDK_TOO_OLD)
    if DETECT_TRIGGER in features and "Upstash-Workflow-Sdk-Version" not in names:
        return result._replace(fault=NOT_A_WORKFLOW, final=True, reason=FailureReason.NOT_A_WORKFLOW)
    return result


def invoke_depth(options: DeliveryOptions) -> int:
    """The number of runs above this one that invoked each other, as the SDK counts them."""
    counts = [value for name, value in options.headers if name == "Upstash-Workflow-Invoke-Count"]
    return int(counts[0]) if counts and counts[0].isascii() and counts[0].isdigit() and len(counts[0]) < 10 else 0


def _true(value: str) -> bool:
    return value.strip().lower() == "true"


def _listed(value: str) -> frozenset[str]:
    return frozenset(part.strip() for part in value.split(",") if part.strip())


def _settings(given: dict[str, str], prefix: str) -> frozenset[str]:
    return frozenset(name for name in _SETTINGS if f"upstash-{prefix}{name}" in given)


def is_delivered(name: str) -> bool:
    """Whether a forwarded header comes from the user or the SDK. The first delivery forwards all headers that it
    received, and those of the server are no longer right."""
    lowered = name.lower()
    return not lowered.startswith("upstash-") or lowered == "upstash-label" or lowered.startswith(_PREFIX)


def _persists(name: str) -> bool:
    return is_delivered(name) and not name.lower().startswith(_PREFIX) and name != "Content-Type"
