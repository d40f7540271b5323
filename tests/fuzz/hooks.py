"""Hooks that make schemathesis use existing ids and local destinations."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

_DESTINATION = os.environ["FUZZ_DESTINATION"]
_MAX_WAIT_S = 1
_KNOWN = ("one", "two", "three")


def _often(text: str) -> bool:
    return len(text) % 3 != 2


def _destination(text: str) -> str:
    return f"{_DESTINATION}/{text}" if _often(text) else text


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    for name, value in (path_parameters or {}).items():
        if not isinstance(value, str) or path_parameters is None:
            continue
        if name == "destination":
            path_parameters[name] = _destination(value)
        elif name in ("name", "queue", "key", "id") and _often(value):
            path_parameters[name] = _KNOWN[len(value) % len(_KNOWN)]
    return path_parameters


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    for item in body if isinstance(body, list) else [body]:
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("destination"), str):
            item["destination"] = _destination(item["destination"])
        if isinstance(item.get("queueName"), str) and _often(item["queueName"]):
            item["queueName"] = _KNOWN[len(item["queueName"]) % len(_KNOWN)]
    return body


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Whoever asks to wait for minutes is made to, which is no news."""
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("timeout"), int | float):
        body["timeout"] = min(body["timeout"], _MAX_WAIT_S)
