"""Entries of the event log as the JSON of the REST API (OpenAPI, ``GET /v2/logs``)."""

from __future__ import annotations

from qstash_dev.api.v2.serializers import Json, addressed, callbacks, delivered_with
from qstash_dev.protocol.callback import base64_text, header_map
from qstash_dev.protocol.publication import DeliveryOptions, Headers
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.protocol.result import Responded
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message


class EventPage:
    """Shows events; bodies are base64, cut to ``trim_body`` bytes, left out if that is -1.

    Events have much in common with others on their page, which is made once. A page is for one answer: it does not
    notice when what it has shown changes.
    """

    def __init__(self, trim_body: int | None = None) -> None:
        self._trim_body = trim_body
        self._of_message: dict[Message, Json] = {}
        # By identity: messages published alike share their options, and comparing those costs as much as making it.
        self._of_options: dict[int, Json] = {}
        self._of_headers: dict[Headers, dict[str, list[str]]] = {}

    def event(self, entry: LogEntry) -> Json:
        """One entry."""
        message, result = entry.message, entry.result
        shared = self._of_message.get(message)
        if shared is None:
            self._of_message[message] = shared = self._shared_by_message(message)
        fields: Json = {**shared, "time": entry.time_ms, "state": entry.state.value, "retried": entry.retried}
        if entry.next_delivery_ms is not None:
            fields["nextDeliveryTime"] = entry.next_delivery_ms
        if isinstance(result, Responded):
            self._put_response(fields, result)
        error = entry.error if result is None or result.succeeded else result.error
        if error:
            fields["error"] = error
        return fields

    def _shared_by_message(self, message: Message) -> Json:
        publication = message.publication
        options = publication.options
        shared = self._of_options.get(id(options))
        if shared is None:
            self._of_options[id(options)] = shared = _shared_by_options(options)
        fields: Json = {"messageId": message.id, **addressed(message), **shared}
        # Where the docs and the SDKs disagree about a name, both are there.
        if message.caller_ip:
            fields["callerIp"] = message.caller_ip
        self._put_body(fields, "body", shown_body(publication.body, options.redaction))
        return fields

    def _put_response(self, fields: Json, result: Responded) -> None:
        headers = self._of_headers.get(result.headers)
        if headers is None:
            self._of_headers[result.headers] = headers = header_map(result.headers)
        fields["responseStatus"] = result.status
        fields["responseHeaders"] = fields["responseHeader"] = headers
        self._put_body(fields, "responseBody", result.body)

    def _put_body(self, fields: Json, name: str, body: bytes) -> None:
        trim = self._trim_body
        if body and trim != -1:
            fields[name] = base64_text(body if trim is None else body[:trim])


def _shared_by_options(options: DeliveryOptions) -> Json:
    fields = delivered_with(options) | callbacks(options, "Headers")
    if options.retry_delay is not None:
        fields["retryDelayExpr"] = options.retry_delay
    return fields
