"""The operations of the OpenAPI document, derived from rows of the tables of routes and from the shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from qstash_dev.api.openapi.schemas import Json, Schemas
from qstash_dev.api.route import Answer, Route
from qstash_dev.protocol import option_values
from qstash_dev.protocol.destination import NAME
from qstash_dev.protocol.headers import OPTION_TEXTS, canonical_name
from qstash_dev.protocol.option_values import METHODS, OPTIONS
from qstash_dev.protocol.weight import MAX_TEXT_BYTES

_SEGMENT = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_ANY_METHOD = "*"
_WITHOUT_BODY = ("GET", "DELETE")


class Table(NamedTuple):
    """A table of routes and what its operations have in common.

    ``tags`` are those of operations, by the module of the handler; ``segments`` tells what the parts of paths are,
    by their name or, before that, by tag and name. ``refusals`` are names of responses by status; each operation may
    be answered with those in ``common``. No token is asked for where ``is_open``.
    """

    routes: Sequence[Route[Any]]
    tags: Mapping[str, str]
    segments: Mapping[str, Json]
    refusals: Mapping[int, str]
    common: Sequence[int]
    is_open: bool = False

    def paths(self, schemas: Schemas) -> Json:
        """Its paths with their operations."""
        paths: Json = {}
        for route in self.routes:
            path = template(route.path)
            for method in METHODS if route.method == _ANY_METHOD else (route.method,):
                paths.setdefault(path, {})[method.lower()] = self._operation(route, method, path, schemas)
        return paths

    def _operation(self, route: Route[Any], method: str, path: str, schemas: Schemas) -> Json:
        tag = self.tags[route.handler.__module__.partition(".api.")[2]]
        operation: Json = {
            "operationId": route.id + (f"By{method.capitalize()}" if route.method == _ANY_METHOD else ""),
            "tags": [tag],
            "summary": route.summary,
            "responses": self._responses(route, schemas),
        }
        parameters = [self._segment(tag, name) for name in _SEGMENT.findall(path)]
        parameters += schemas.parameters("query", route.query) + schemas.parameters("header", route.headers)
        if parameters := parameters + (option_headers() if route.takes_options else []):
            operation["parameters"] = parameters
        if route.body is not None and not (route.method == _ANY_METHOD and method in _WITHOUT_BODY):
            operation["requestBody"] = schemas.body(route.body)
        return operation | ({"security": []} if self.is_open else {})

    def _segment(self, tag: str, name: str) -> Json:
        about = self.segments.get(f"{tag} {name}") or self.segments[name]
        return {"name": name, "in": "path", "required": True, **about}

    def _responses(self, route: Route[Any], schemas: Schemas) -> Json:
        refusals = {str(status): self.refusals[status] for status in (*route.errors, *self.common)}
        return {str(answer.status): _answer(answer, schemas) for answer in route.answers} | {
            status: {"$ref": f"#/components/responses/{name}"} for status, name in refusals.items()
        }


def template(path: str) -> str:
    """The path of a route as the document writes it. The two spellings of `schedules` are one path to a reader."""
    return _SEGMENT.sub(r"{\1}", path.replace("{_:[Ss]}chedules", "schedules"))


def _answer(answer: Answer, schemas: Schemas) -> Json:
    content: Json = {} if answer.type is None else {"schema": schemas.of(answer.type)}
    if not content and answer.media == "application/json":
        return {"description": answer.text}
    return {"description": answer.text, "content": {answer.media: content}}


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
