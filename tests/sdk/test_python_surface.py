"""Every method of the Python SDK is tested, and both of its clients offer the same."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qstash import AsyncQStash, QStash
from qstash.dlq import DlqFilter
from qstash.flow_control_api import PinFlowControlOptions, UnpinFlowControlOptions
from qstash.log import LogFilter
from qstash.message import BatchJsonRequest, BatchRequest, FlowControl, Redact
from qstash.url_group import RemoveEndpointRequest, UpsertEndpointRequest

HERE = Path(__file__)
TESTS = "\n".join(path.read_text() for path in sorted(HERE.parent.glob("test_python_*.py")) if path != HERE)
DICTIONARIES = (
    *(BatchRequest, BatchJsonRequest, FlowControl, Redact, LogFilter, DlqFilter, UpsertEndpointRequest),
    *(RemoveEndpointRequest, PinFlowControlOptions, UnpinFlowControlOptions),
)


def methods(client: QStash | AsyncQStash) -> Iterator[tuple[str, inspect.Signature]]:
    for part, api in vars(client).items():
        if part != "http":
            for name, method in inspect.getmembers(api, inspect.ismethod):
                if not name.startswith("_"):
                    yield f"{part}.{name}", inspect.signature(method)


def parameters(signature: inspect.Signature) -> dict[str, Any]:
    return {name: (parameter.kind, parameter.default) for name, parameter in signature.parameters.items()}


METHODS = dict(methods(QStash("token")))
OPTIONS = sorted(
    {
        name
        for signature in METHODS.values()
        for name, one in signature.parameters.items()
        if one.kind == one.KEYWORD_ONLY
    }
    | {name for dictionary in DICTIONARIES for name in dictionary.__annotations__}
)


def test_both_clients_offer_the_same() -> None:
    blocking = {name: parameters(signature) for name, signature in METHODS.items()}
    awaitable = {name: parameters(signature) for name, signature in methods(AsyncQStash("token"))}
    assert blocking == awaitable


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_is_called_by_these_tests(method: str) -> None:
    assert re.search(rf"qstash\.{re.escape(method)}\b", TESTS)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_used_by_these_tests(option: str) -> None:
    assert re.search(rf'\b{option}=|"{option}":', TESTS)
