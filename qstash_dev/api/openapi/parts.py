"""The few shapes that the document is built from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer", "minimum": 0}
POSITIVE: Json = {"type": "integer", "minimum": 1}
FLAG: Json = {"type": "boolean"}
NAME: Json = {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,256}$"}


def described(schema: Json, description: str) -> Json:
    """The schema with a description of its own."""
    return {**schema, "description": description}


TIME_MS = described(WHOLE, "Unix time in milliseconds.")
ANY_BODY: Json = {"required": False, "content": {"*/*": {"schema": {}}}}

# Answers that all operations share; the document has them in its components.
CONFLICT: Json = {"$ref": "#/components/responses/Conflict"}
NOT_FOUND: Json = {"$ref": "#/components/responses/NotFound"}
QUOTA: Json = {"$ref": "#/components/responses/QuotaExceeded"}
TOO_LARGE: Json = {"$ref": "#/components/responses/TooLarge"}


def array(items: Json, **limits: int) -> Json:
    """A JSON array."""
    return {"type": "array", "items": items, **limits}


def record(required: Json, optional: Json | None = None, *, open: bool = False) -> Json:
    """A JSON object; fields that are not named are not there, unless it is ``open``."""
    schema: Json = {"type": "object", "properties": {**required, **(optional or {})}}
    if required:
        schema["required"] = list(required)
    if not open:
        schema["additionalProperties"] = False
    return schema


def schema_ref(name: str) -> Json:
    """A reference to a schema of :mod:`qstash_dev.api.openapi.old_schemas`."""
    return {"$ref": f"#/components/schemas/{name}"}


def in_path(name: str, description: str, schema: Json = TEXT) -> Json:
    """A segment of the path."""
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def in_query(name: str, description: str, schema: Json = TEXT, *, many: bool = False) -> Json:
    """A query parameter; ``many`` may be repeated, or hold several values with commas between them."""
    schema = array(schema) if many else schema
    return {"name": name, "in": "query", "description": description, "schema": schema}


def in_header(name: str, description: str, schema: Json = TEXT) -> Json:
    """A request header."""
    return {"name": name, "in": "header", "description": description, "schema": schema}


def answer(description: str, schema: Json | None = None) -> Json:
    """One answer; without a schema it has no body."""
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def operation(
    id: str,
    tag: str,
    summary: str,
    answers: dict[int, Json],
    *,
    parameters: Sequence[Json] = (),
    body: Json | None = None,
) -> Json:
    """One operation; the errors that every operation can answer with are added here."""
    described_answers = {str(status): answer for status, answer in answers.items()}
    described_answers |= {
        status: {"$ref": f"#/components/responses/{name}"}
        for status, name in COMMON_ANSWERS.items()
        if status not in described_answers
    }
    made: Json = {"operationId": id, "tags": [tag], "summary": summary, "responses": described_answers}
    if parameters:
        made["parameters"] = list(parameters)
    if body is not None:
        made["requestBody"] = body
    return made


COMMON_ANSWERS = {
    "400": "BadRequest",
    "401": "Unauthorized",
    "403": "Forbidden",
    "408": "TooSlow",
    "503": "Busy",
}


def json_body(schema: Json, *, required: bool = True) -> Json:
    """A request body in JSON."""
    return {"required": required, "content": {"application/json": {"schema": schema}}}
