"""Mappings: published URLs that are delivered elsewhere (``/_dev/mappings``)."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import Annotated, Shape, doc


class Mapping(Shape):
    """Published URLs that are delivered elsewhere."""

    pattern: Annotated[str, doc("URL as it is published, in which * stands for anything.")]
    target: Annotated[str, doc("Where it is delivered instead.")]
