"""URL groups, called topics in paths and fields (https://upstash.com/docs/qstash/features/url-groups)."""

from __future__ import annotations

from msgspec import Meta

from qstash_dev.api.shapes.fields import UNSET, Annotated, GivenHeaders, Maybe, Name, OpenShape, Shape, TimeMs, doc


class Endpoint(Shape):
    """A destination in a URL group. It has no other fields: SDKs compare endpoints whole."""

    url: Annotated[str, doc("Where messages are delivered.")]
    name: Maybe[Annotated[str, doc("Its name in the group.")]] = UNSET


class UrlGroup(Shape):
    """A URL group: what is published to it is delivered to each of its endpoints."""

    name: Annotated[Name, doc("Name of the group.")]
    created_at: Annotated[TimeMs, doc("When it was made, unix milliseconds.")]
    updated_at: Annotated[TimeMs, doc("When it was changed, unix milliseconds.")]
    endpoints: Annotated[list[Endpoint], doc("Its endpoints, in the order they were added.")]


class GivenEndpoint(OpenShape):
    """An endpoint to add, or to give another name."""

    url: Annotated[str, doc("Where messages are to be delivered.")]
    name: Maybe[Annotated[str, doc("Its name in the group.")]] = UNSET


class GivenEndpoints(OpenShape):
    """Endpoints to add or to change."""

    endpoints: Annotated[list[GivenEndpoint], Meta(min_length=1, description="The endpoints.")]


class NamedEndpoint(OpenShape):
    """An endpoint to remove: its name, its URL or both."""

    url: Maybe[Annotated[str, doc("Its URL.")]] = UNSET
    name: Maybe[Annotated[str, doc("Its name in the group.")]] = UNSET


class NamedEndpoints(OpenShape):
    """Endpoints to remove."""

    endpoints: Annotated[list[NamedEndpoint], Meta(min_length=1, description="The endpoints.")]


class GroupDefaults(OpenShape):
    """What every publish to a URL group has unless it says otherwise."""

    headers: Maybe[Annotated[GivenHeaders, doc("`Upstash-*` headers and Content-Type.")]] = UNSET
