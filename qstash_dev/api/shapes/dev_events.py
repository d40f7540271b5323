"""Events of the stream of a user's log (``/_dev/events``)."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import Annotated, Positive, Shape, doc


class EventGap(Shape):
    """The data of an event ``gap``: the log has forgotten events before they were sent."""

    missed: Annotated[Positive, doc("How many.")]
