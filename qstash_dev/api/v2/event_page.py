"""Pages of the event log (https://upstash.com/docs/qstash/howto/debug-logs)."""

from __future__ import annotations

from copy import copy

from qstash_dev.api.shapes.fields import UNSET, Headers, Maybe
from qstash_dev.api.shapes.logs import Event
from qstash_dev.api.v2.serializers import callback_headers, put_address, put_options
from qstash_dev.protocol import publication
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.publication import DeliveryOptions
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.protocol.result import Responded
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State


class EventPage:
    """Shows events, their bodies cut to ``trim_body`` bytes, or left out if that is -1.

    Events have much in common with others on their page, which is made once. A page is for one answer: it does not
    notice when what it has shown changes.
    """

    def __init__(self, trim_body: int | None = None) -> None:
        self._trim_body = trim_body
        self._of_message: dict[Message, Event] = {}
        # By identity: messages published alike share their options, and comparing those costs as much as making it.
        self._of_options: dict[int, Event] = {}
        self._of_headers: dict[publication.Headers, Headers] = {}

    def event(self, entry: LogEntry) -> Event:
        """One entry."""
        message, result = entry.message, entry.result
        shared = self._of_message.get(message)
        if shared is None:
            self._of_message[message] = shared = self._shared_by_message(message)
        event = copy(shared)
        event.time, event.state, event.retried = entry.time_ms, entry.state, entry.retried
        if entry.next_delivery_ms is not None:
            event.next_delivery_time = entry.next_delivery_ms
        if isinstance(result, Responded):
            self._put_response(event, result)
        event.error = (entry.error if result is None or result.succeeded else result.error) or UNSET
        return event

    def _shared_by_message(self, message: Message) -> Event:
        options = message.publication.options
        shared = self._of_options.get(id(options))
        if shared is None:
            self._of_options[id(options)] = shared = _shared_by_options(options)
        event = copy(shared)
        event.message_id, event.url = message.id, message.url
        put_address(event, message)
        event.caller_ip_too = event.caller_ip
        event.body = self._shown(shown_body(message.publication.body, options.redaction))
        return event

    def _put_response(self, event: Event, result: Responded) -> None:
        headers = self._of_headers.get(result.headers)
        if headers is None:
            self._of_headers[result.headers] = headers = header_map(result.headers)
        event.response_status = result.status
        event.response_headers = event.response_header = headers
        event.response_body = self._shown(result.body)

    def _shown(self, body: bytes) -> Maybe[bytes]:
        trim = self._trim_body
        if not body or trim == -1:
            return UNSET
        return body if trim is None else body[:trim]


def _shared_by_options(options: DeliveryOptions) -> Event:
    event = Event(
        message_id="",
        url="",
        method=options.method,
        max_retries=options.retries,
        time=0,
        state=State.CREATED,
        retried=0,
    )
    put_options(event, options)
    event.queue_name = options.queue_name or UNSET
    if (callback := options.callback) is not None:
        event.callback, event.callback_headers = callback.url, callback_headers(options, callback)
    if (callback := options.failure_callback) is not None:
        event.failure_callback, event.failure_callback_headers = callback.url, callback_headers(options, callback)
    if options.retry_delay is not None:
        event.retry_delay_expr = options.retry_delay
    return event
