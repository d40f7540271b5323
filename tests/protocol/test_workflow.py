"""``Upstash-Workflow-*`` headers, and the options and headers that messages of a run inherit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import FlowControlOptions
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable
from qstash_dev.protocol.workflow import (
    ALL_FEATURES,
    NOT_A_WORKFLOW,
    OLD_SDK,
    RunSettings,
    WorkflowHeaders,
    created_at,
    invoke_depth,
    run_message_options,
    run_settings,
    trigger_result,
    workflow_headers,
)
from tests.protocol.properties import ANY_TEXT, PROPERTY

RUN = {"Upstash-Workflow-RunId": "wfr_1", "Upstash-Workflow-Init": "false"}
TRIGGER = (
    ("Content-Type", "text/plain"),
    ("Upstash-Retries", "1"),
    ("Upstash-Retry-Delay", "1000"),
    ("Upstash-Flow-Control-Key", "key"),
    ("Upstash-Flow-Control-Value", "parallelism=2"),
    ("Upstash-Failure-Callback", "https://example.com/failed"),
    ("Upstash-Label", "l1,l2"),
    ("Upstash-Redact-Fields", "body"),
    ("Upstash-Forward-Upstash-Label", "l1,l2"),
    ("Upstash-Forward-X-User", "uv"),
    ("Upstash-Forward-Upstash-Workflow-Sdk-Version", "1"),
)
NAMES = st.sampled_from(
    [
        *RUN,
        "Upstash-Workflow-CallType",
        "Upstash-Workflow-CreatedAt",
        "Upstash-Workflow-Invoke",
        "Upstash-Workflow-Url",
        "upstash-workflow-trigger-by-sdk",
        "Upstash-Feature-Set",
        "Upstash-Failure-Callback-Feature-Set",
        "Upstash-Retries",
        "Upstash-Callback-Retries",
        "X-Other",
    ]
)


def read(**given: str) -> WorkflowHeaders:
    """The headers of a step, and more: ``Upstash_Retries`` stands for the header with a dash."""
    found = workflow_headers((RUN | {name.replace("_", "-"): value for name, value in given.items()}).items())
    assert found is not None
    return found


def settings_of(features: frozenset[str] = ALL_FEATURES) -> RunSettings:
    return run_settings(parse_options(TRIGGER), WorkflowHeaders("wfr_1", True, features=features))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upstash-Retries": "3"},
        {"Upstash-Workflow-RunId": "wfr_1"},
        {"Upstash-Workflow-Init": "true"},
        {"Upstash-Forward-Upstash-Workflow-RunId": "wfr_1", "Upstash-Forward-Upstash-Workflow-Init": "true"},
        {"Workflow-RunId": "wfr_1", "Workflow-Init": "true"},
    ],
)
def test_without_both_marks_it_is_an_ordinary_message(headers: dict[str, str]) -> None:
    assert workflow_headers(headers.items()) is None


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("Upstash-Workflow-Init", "true", "init", True),
        ("upstash-workflow-init", "True", "init", True),
        ("Upstash-Workflow-Init", "1", "init", False),
        ("UPSTASH-WORKFLOW-RUNID", "wfr_ü", "run_id", "wfr_ü"),
        ("Upstash-Workflow-Url", "https://example.com/w", "url", "https://example.com/w"),
        ("Upstash-Workflow-CallType", "toCallback", "call_type", "toCallback"),
        ("Upstash-Workflow-CallType", "", "call_type", "step"),
        ("Upstash-Workflow-RunId", "", "run_id", ""),
        ("Upstash-Retries", "", "settings", frozenset()),
        ("Upstash-Workflow-Invoke", " true ", "invoke", True),
        ("Upstash-Workflow-CreatedAt", "1767268800000", "created_ms", 1_767_268_800_000),
        ("Upstash-Workflow-CreatedAt", "soon", "created_ms", None),
        ("upstash-workflow-trigger-by-sdk", "true", "by_sdk", True),
        ("Upstash-Feature-Set", "LazyFetch, InitialBody,,", "features", frozenset({"LazyFetch", "InitialBody"})),
        ("Upstash-Failure-Callback-Feature-Set", "InitialBody", "failure_features", frozenset({"InitialBody"})),
        ("Upstash-Retries", "0", "settings", frozenset({"retries"})),
        ("Upstash-Retry-Delay", "5", "settings", frozenset({"retry-delay"})),
        ("Upstash-Flow-Control-Key", "k", "settings", frozenset({"flow-control-key"})),
        ("Upstash-Timeout", "5s", "settings", frozenset()),
        ("Upstash-Callback-Retries", "0", "callback_settings", frozenset({"retries"})),
        ("Upstash-Callback-Retries", "0", "settings", frozenset()),
    ],
)
def test_a_header_and_what_it_says(name: str, value: str, field: str, expected: object) -> None:
    others = [(known, text) for known, text in RUN.items() if known.lower() != name.lower()]
    found = workflow_headers([*others, (name, value)])
    assert getattr(found, field) == expected


def test_the_first_of_two_headers_counts() -> None:
    found = workflow_headers([*RUN.items(), ("upstash-workflow-runid", "wfr_2")])
    assert found is not None
    assert found.run_id == "wfr_1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1767268800000", 1_767_268_800_000),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("١", None),
        ("9" * 16, None),
    ],
)
def test_an_instance_is_named_by_a_whole_number(text: str, expected: int | None) -> None:
    assert created_at(text) == expected


@PROPERTY
@given(st.lists(st.tuples(st.one_of(NAMES, ANY_TEXT), ANY_TEXT)))
def test_hostile_headers_say_something_or_nothing(pairs: list[tuple[str, str]]) -> None:
    found = workflow_headers(pairs)
    assert (found is None) == (
        {"upstash-workflow-runid", "upstash-workflow-init"} - {n.lower() for n, _ in pairs} != set()
    )


def test_the_trigger_fixes_settings_and_headers_for_the_run() -> None:
    settings = settings_of()
    assert settings.headers == (("Upstash-Label", "l1,l2"), ("X-User", "uv"))
    assert (settings.retries, settings.retry_delay) == (1, "1000")
    assert settings.flow_control == FlowControlOptions("key", parallelism=2)
    assert settings.failure_callback is not None
    assert settings.labels == ("l1", "l2")
    assert settings.on_config
    assert not settings_of(frozenset({"InitialBody"})).on_config


@pytest.mark.parametrize(
    "name",
    [
        "Upstash-Workflow-Sdk-Version",
        "Upstash-Workflow-Unknown-Sdk",
        "Upstash-Workflow-Invoke-Count",
        "Upstash-Signature",
        "Upstash-Message-Id",
        "Upstash-Retried",
        "Upstash-Caller-Ip",
        "Upstash-Region",
        "Content-Type",
        "Host",
        "Content-Length",
        "Connection",
        "Transfer-Encoding",
    ],
)
def test_a_header_of_one_delivery_is_not_kept_for_the_run(name: str) -> None:
    """A first invocation forwards all that it received."""
    options = parse_options([(f"Upstash-Forward-{name}", "x")])
    assert run_settings(options, WorkflowHeaders("wfr_1", True)).headers == ()


@pytest.mark.parametrize("name", ["X-User", "Authorization", "Upstash-Label", "Cookie", "User-Agent"])
def test_a_header_of_the_user_is_kept_for_the_run(name: str) -> None:
    options = parse_options([(f"Upstash-Forward-{name}", "x")])
    assert run_settings(options, WorkflowHeaders("wfr_1", True)).headers == ((name, "x"),)


def message_options(run: RunSettings, *pairs: tuple[str, str]) -> Any:
    headers = workflow_headers([*RUN.items(), *pairs])
    assert headers is not None
    return run_message_options(parse_options(pairs), run, headers.settings)


def test_a_message_has_the_headers_of_the_run_and_its_own_win() -> None:
    options = message_options(
        settings_of(),
        ("Upstash-Forward-X-User", "mine"),
        ("Upstash-Forward-Upstash-Workflow-Sdk-Version", "1"),
        ("Upstash-Forward-Upstash-Signature", "stale"),
        ("Content-Type", "application/json; charset=utf-8"),
    )
    assert dict(options.headers) == {
        "Upstash-Label": "l1,l2",
        "X-User": "mine",
        "Upstash-Workflow-Sdk-Version": "1",
        "Content-Type": "application/json; charset=utf-8",
    }
    assert len(options.headers) == 4


def test_a_message_without_a_content_type_is_json() -> None:
    assert [pair for pair in message_options(RunSettings()).headers] == [("Content-Type", "application/json")]


@pytest.mark.parametrize(
    ("features", "pairs", "expected"),
    [
        (ALL_FEATURES, {}, (1, "1000", "key")),
        (ALL_FEATURES, {"Upstash-Retries": "5"}, (5, "1000", "key")),
        (ALL_FEATURES, {"Upstash-Retries": "0", "Upstash-Retry-Delay": "7"}, (0, "7", "key")),
        (
            ALL_FEATURES,
            {"Upstash-Flow-Control-Key": "own", "Upstash-Flow-Control-Value": "rate=1"},
            (1, "1000", "own"),
        ),
        (frozenset(), {}, (3, None, None)),
        (frozenset(), {"Upstash-Retries": "5", "Upstash-Retry-Delay": "7"}, (5, "7", None)),
    ],
)
def test_settings_are_its_own_else_the_triggers_else_the_defaults(
    features: frozenset[str], pairs: dict[str, str], expected: tuple[int, str | None, str | None]
) -> None:
    options = message_options(settings_of(features), *pairs.items())
    key = options.flow_control.key if options.flow_control else None
    assert (options.retries, options.retry_delay, key) == expected


def test_a_message_reports_to_nobody_but_its_run() -> None:
    options = message_options(
        settings_of(), ("Upstash-Callback", "https://a.example"), ("Upstash-Failure-Callback", "https://b.example")
    )
    assert (options.callback, options.failure_callback) == (None, None)


def test_a_message_has_its_own_labels_and_hides_what_its_run_hides_as_well() -> None:
    inherited = message_options(settings_of())
    assert inherited.labels == ("l1", "l2")
    assert inherited.redaction == settings_of().redaction
    own = message_options(settings_of(), ("Upstash-Label", "mine"), ("Upstash-Redact-Fields", "header"))
    assert own.labels == ("mine",)
    assert own.redaction is not None
    assert (own.redaction.body, own.redaction.all_headers) == (True, True)


def test_a_callback_does_not_take_the_retries_of_its_call_for_its_own() -> None:
    """``Upstash-Callback-Retries`` was not sent: the parser fills in those of the call."""
    options = parse_options([("Upstash-Retries", "0"), ("Upstash-Callback", "https://example.com")])
    assert options.callback is not None
    assert run_message_options(options.callback.options, RunSettings(), frozenset()).retries == 3


SDK = ("Upstash-Workflow-Sdk-Version", "1")
VERSION = ("Upstash-Workflow-Sdk", "v1.3.2")


def ok(*headers: tuple[str, str], status: int = 200) -> Responded:
    return Responded(status, headers, b"", 1)


@pytest.mark.parametrize(
    ("result", "features", "rest", "fault"),
    [
        (ok(), ALL_FEATURES, False, NOT_A_WORKFLOW),
        (ok(status=204), ALL_FEATURES, False, NOT_A_WORKFLOW),
        (ok(), ALL_FEATURES, True, OLD_SDK),
        (ok(SDK), ALL_FEATURES, False, None),
        (ok(SDK), ALL_FEATURES, True, OLD_SDK),
        (ok(SDK, VERSION), ALL_FEATURES, True, None),
        (ok(), frozenset(), False, None),
        (ok(), frozenset(), True, OLD_SDK),
    ],
)
def test_only_an_endpoint_with_the_sdk_accepts_a_trigger(
    result: Responded, features: frozenset[str], rest: bool, fault: str | None
) -> None:
    found = trigger_result(result, features, rest_trigger=rest)
    assert isinstance(found, Responded)
    assert (found.fault, found.final, found.succeeded) == (fault, fault is not None, fault is None)


@pytest.mark.parametrize(
    "result",
    [
        ok(status=500),
        ok(status=400),
        ok(status=302),
        Unreachable("refused", 1, FailureReason.CONNECTION_REFUSED),
        ok()._replace(fault="too large"),
    ],
)
def test_a_failure_is_what_it_is(result: DeliveryResult) -> None:
    assert trigger_result(result, ALL_FEATURES, rest_trigger=True) is result


@pytest.mark.parametrize(
    ("value", "depth"),
    [(None, 0), ("0", 0), ("7", 7), ("101", 101), ("-1", 0), ("x", 0), ("²", 0), ("9" * 10, 0)],
)
def test_the_depth_of_invocations_is_what_the_sdk_counts(value: str | None, depth: int) -> None:
    pairs = [] if value is None else [("Upstash-Forward-Upstash-Workflow-Invoke-Count", value)]
    assert invoke_depth(parse_options(pairs)) == depth
