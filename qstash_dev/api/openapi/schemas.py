"""The schemas of the OpenAPI document, derived from the shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from msgspec import Struct
from msgspec.json import schema, schema_components

from qstash_dev.api.route import Route

Json = dict[str, Any]

_REF = "#/components/schemas/"


class Schemas:
    """The schemas of all types that rows of routes name, and of ``shapes``. They are made together, because names of
    structs are the names of components."""

    def __init__(self, routes: Sequence[Route[Any]], shapes: Iterable[type[Struct]]) -> None:
        parameters = [type for route in routes for type in (route.query, route.headers) if type is not None]
        named = [type for route in routes for type in (route.body, *(answer.type for answer in route.answers))]
        types = dict.fromkeys(leaf for type in (*shapes, *parameters, *named) for leaf in _leaves(type))
        made, components = schema_components(types, schema_hook=_sent, ref_template=_REF + "{name}")
        self._made: dict[Any, Json] = dict(zip(types, made, strict=True))
        self._parameters = {type: components.pop(type.__name__) for type in dict.fromkeys(parameters)}
        self.components: Json = components

    def of(self, type: Any) -> Json:
        """The schema of a type."""
        parts = _parts(type)
        if not parts:
            return self._made[type]
        if get_origin(type) is list:
            return {"type": "array", "items": self.of(parts[0])}
        return self.of(parts[0]) if len(parts) == 1 else {"anyOf": [self.of(part) for part in parts]}

    def body(self, type: Any) -> Json:
        """The body of a request: ``bytes`` for any, and ``| None`` if it may be missing."""
        if type is bytes:
            return {"required": False, "content": {"*/*": {"schema": {}}}}
        required = NoneType not in get_args(type)
        return {"required": required, "content": {"application/json": {"schema": self.of(type)}}}

    def parameters(self, place: str, type: type[Struct] | None) -> list[Json]:
        """The fields of a struct as parameters in the query or the headers."""
        if type is None:
            return []
        whole = self._parameters[type]
        required = whole.get("required", ())
        return [
            _parameter(place, name, dict(schema), name in required) for name, schema in whole["properties"].items()
        ]


def _sent(kind: Any) -> Json:
    """The schema of a type that is sent as another one."""
    return schema(kind.sent_as)


def _parameter(place: str, name: str, schema: Json, required: bool) -> Json:
    about = {"name": name, "in": place, "description": schema.pop("description")}
    return about | ({"required": True} if required else {}) | {"schema": schema}


def _leaves(type: Any) -> Iterator[Any]:
    """The types that a schema is made of as a whole."""
    if parts := _parts(type):
        for part in parts:
            yield from _leaves(part)
    elif type not in (None, bytes):
        yield type


def _parts(type: Any) -> list[Any]:
    """What a union or a list of a union consists of: msgspec makes no schema of structs that only clients can tell
    apart."""
    origin, args = get_origin(type), get_args(type)
    if origin is list and get_origin(args[0]) in (Union, UnionType):
        return [args[0]]
    return [arg for arg in args if arg is not NoneType] if origin in (Union, UnionType) else []
