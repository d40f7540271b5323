"""Comparison of a request with what a test expects, and the text of an assertion that fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, get_type_hints

from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.received import Received, shortened

_SHOWN = 5
_MAX_DIFFERENCES = 4


class Expected(TypedDict, total=False):
    """The expected fields of a request. Only the ``headers`` that are named are compared; their case is ignored."""

    json: Any
    body: bytes | str
    headers: Mapping[str, str]
    method: str
    path: str
    query: str
    retried: int
    message_id: str
    schedule_id: str
    url_group: str


FIELDS = tuple(get_type_hints(Expected))


def check_fields(expected: Mapping[str, Any]) -> None:
    """Check the names of expected fields.

    Raises QStashDevError: requests have no such field.
    """
    if unknown := [name for name in expected if name not in FIELDS]:
        raise QStashDevError(f"requests have no field {unknown[0]}: use {', '.join(FIELDS)}")


def differences(request: Received, expected: Mapping[str, Any]) -> list[str]:
    """The differences between a request and what is expected, one line of text each."""
    found: list[str] = []
    for name, value in expected.items():
        if name == "headers":
            found += _of_headers(request, value)
        elif name == "json":
            found += _of_json(request, value)
        else:
            wanted = value.encode() if name == "body" and isinstance(value, str) else value
            found += _of_values(name, getattr(request, name), wanted)
    return found


def explanation(
    url: str, requests: list[Received], found: list[Received], expected: Mapping[str, Any], wanted: str
) -> str:
    """The text of an assertion that fails, with the requests that have the fewest differences first."""
    described = ", ".join(f"{name}={shortened(repr(value))}" for name, value in expected.items())
    lines = [f"{url}: expected {wanted}{f' with {described}' if described else ''}, but {_outcome(requests, found)}"]
    missed = [(request, differences(request, expected)) for request in requests if request not in found]
    missed.sort(key=lambda entry: len(entry[1]))
    lines.extend(f"  {request} fits" for request in found[:_SHOWN])
    for request, differing in missed[:_SHOWN]:
        lines.append(f"  {request}")
        lines.extend(f"    {line}" for line in differing)
    if (left_out := len(requests) - min(len(found), _SHOWN) - min(len(missed), _SHOWN)) > 0:
        lines.append(f"  and {left_out} more")
    return "\n".join(lines)


def _outcome(requests: list[Received], found: list[Received]) -> str:
    if not requests:
        return "nothing came"
    return f"{len(found) or 'none'} of {len(requests)} {'fit' if len(found) != 1 else 'fits'}"


def _of_values(name: str, actual: Any, value: Any) -> list[str]:
    return [] if actual == value else [f"{name} is {shortened(repr(actual))}, not {shortened(repr(value))}"]


def _of_headers(request: Received, expected: Mapping[str, str]) -> list[str]:
    return [
        line
        for name, value in expected.items()
        if value not in request.headers.getall(name, [])
        for line in _of_values(f"header {name}", request.headers.get(name), value)
    ]


def _of_json(request: Received, expected: Any) -> list[str]:
    try:
        actual = request.json
    except ValueError:
        return [f"body is not JSON: {shortened(repr(request.body))}"]
    found = _inside("json", actual, expected)
    if len(found) > _MAX_DIFFERENCES:
        found[_MAX_DIFFERENCES:] = [f"json differs in {len(found) - _MAX_DIFFERENCES} more places"]
    return found


def _inside(where: str, actual: Any, expected: Any) -> list[str]:
    """The differences between two JSON values, each with its path."""
    if actual == expected:
        return []
    if isinstance(actual, dict) and isinstance(expected, dict):
        lines = [f"{where} has no {name!r}" for name in expected if name not in actual]
        lines += [f"{where} has {name!r} too, which was not expected" for name in actual if name not in expected]
        for name in actual:
            if name in expected:
                lines += _inside(f"{where}[{name!r}]", actual[name], expected[name])
        return lines
    if isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        return [
            line
            for number, pair in enumerate(zip(actual, expected, strict=True))
            for line in _inside(f"{where}[{number}]", *pair)
        ]
    return _of_values(where, actual, expected)
