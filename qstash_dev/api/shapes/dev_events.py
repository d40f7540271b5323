"""Events of the stream of a user's log (``/_dev/events``); most of them are events as ``GET /v2/logs`` has them."""

from __future__ import annotations

from qstash_dev.api.shapes import dev_parts
from qstash_dev.api.shapes.fields import Annotated, Positive, Shape, doc
from qstash_dev.api.shapes.logs import Event
from qstash_dev.state.run import RunState


class WarningEvent(Event, kw_only=True):
    """The data of an event ``warning``: hosted QStash may not take the message, or may take it otherwise."""

    warning: Annotated[dev_parts.Warning, doc("What it is about.")]


class RunEvent(Event, kw_only=True):
    """The data of an event ``run``: a workflow run begins or ends with the message."""

    workflow_state: Annotated[RunState, doc("The new state of the run.")]


class EventGap(Shape):
    """The data of an event ``gap``: the log has forgotten events before they were sent."""

    missed: Annotated[Positive, doc("How many.")]
