"""A check that answers match the OpenAPI document of the server."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from qstash_dev.api.openapi.document import document

DOCUMENT = "/openapi.json"
# A schedule's id has neither, which is what tells `…/{id}/pause` from a destination that ends so.
_PATTERNS = {"destination": ".*", "key": ".+", "id": "[^/%:]+"}


@cache
def _operations() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    """(method, pattern of the path, operation), the path with most literal segments first."""
    found = [
        (method.upper(), path, operation)
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    ]
    found.sort(key=lambda entry: -len(re.findall(r"/[^{/]+", entry[1])))
    return [(method, _pattern(path), operation) for method, path, operation in found]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    literals = [re.escape(part) for part in parts[::2]]
    fields = [_PATTERNS.get(name, "[^/]+") for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(literals, [*fields, ""], strict=True)) + "/?", re.IGNORECASE)


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The documented operation that a request means."""
    path = path.partition("?")[0]
    return next((found for verb, known, found in _operations() if verb == method and known.fullmatch(path)), None)


@cache
def _validator(pointer: str) -> Draft202012Validator:
    whole = document()
    target: Any = whole
    for part in pointer.removeprefix("#/").split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    # References inside the schema resolve against the components next to it.
    return Draft202012Validator({**target, "components": whole["components"]})


def check_answer(method: str, path: str, status: int, payload: Any) -> None:
    """Assert that this answer is documented; ``payload`` is ``None`` for an empty body."""
    # An inbox answers what its script says.
    if path == DOCUMENT or path.startswith("/_dev/inbox/"):
        return
    operation = operation_of(method, path)
    if operation is None or status in (405, 500):
        assert status >= 400, f"{method} {path} succeeded, but is not documented"
        _check(payload, "#/components/schemas/Error", f"{method} {path}")
        return
    what = f"{method} {path} → {status}"
    assert str(status) in operation["responses"], f"{what}: {operation['operationId']} does not document this status"
    answer = operation["responses"][str(status)]
    if "$ref" in answer:
        assert payload is not None, what
        _check(payload, "#/components/schemas/Error", what)
    elif "content" not in answer:
        assert payload is None, f"{what}: a body where none is documented"
    else:
        for template, operations in document()["paths"].items():
            if operations.get(method.lower()) is operation:
                path_pointer = template.replace("~", "~0").replace("/", "~1")
                media = f"responses/{status}/content/application~1json/schema"
                _check(payload, f"#/paths/{path_pointer}/{method.lower()}/{media}", what)


def check_event(path: str, data: Any) -> None:
    """Assert that an event of a stream holds what is documented of one."""
    pointer = path.replace("/", "~1")
    _check(data, f"#/paths/{pointer}/get/responses/200/content/text~1event-stream/schema", path)


def _check(payload: Any, pointer: str, what: str) -> None:
    faults = [f"{error.json_path}: {error.message}" for error in _validator(pointer).iter_errors(payload)]
    assert not faults, "\n".join([what, *faults])
