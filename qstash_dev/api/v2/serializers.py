"""State as the JSON of the REST API. Wire words such as ``topic`` and camelCase live only here.

Optional fields are left out when unset; SDK tests tell ``undefined`` from ``null``.
"""

from __future__ import annotations

import codecs
from typing import Any

from qstash_dev.broker.publish import Receipt
from qstash_dev.broker.workflows.runs import RunReceipt
from qstash_dev.protocol.callback import base64_text, header_map
from qstash_dev.protocol.publication import DeliveryOptions
from qstash_dev.protocol.redaction import combined, shown_body, shown_headers
from qstash_dev.protocol.result import Responded
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message
from qstash_dev.state.queue import Queue
from qstash_dev.state.run import Run, RunMessage
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.url_group import UrlGroup

Json = dict[str, Any]


def receipt(receipt: Receipt) -> Json:
    """The answer to one published message."""
    fields: Json = {"messageId": receipt.message_id, "url": receipt.url}
    if receipt.deduplicated:
        fields["deduplicated"] = True
    return fields


def run_receipt(receipt: RunReceipt) -> Json:
    """The answer to what was published for a workflow run."""
    fields: Json = {"messageId": receipt.message_id, "url": receipt.url, **receipt.run.shown()}
    if receipt.deduplicated:
        fields["deduplicated"] = True
    return fields


def message(message: Message, trim: int | None = None) -> Json:
    """``GET /v2/messages/{id}``."""
    publication = message.publication
    options = publication.options
    return {
        "messageId": message.id,
        **addressed(message),
        **delivered_with(options),
        "notBefore": message.not_before_ms,
        "createdAt": message.created_ms,
        **body_fields(shown_body(publication.body, options.redaction), "body", trim),
        **callbacks(options, "Header"),
    }


def dead_letter(letter: DeadLetter, trim: int | None = None) -> Json:
    """One entry of the dead letter queue: the message and the answer that sealed it, their bodies cut to ``trim``
    bytes."""
    fields = message(letter.message, trim) | {"dlqId": letter.id, "responseStatus": letter.response_status}
    result = letter.result
    if isinstance(result, Responded):
        fields["responseHeader"] = header_map(result.headers)
        fields |= body_fields(result.body, "responseBody", trim)
    if not isinstance(result, Responded) or result.fault is not None:
        fields["error"] = result.error
    return fields


def run_fields(run_message: RunMessage | None) -> Json:
    """What names the workflow run that a message belongs to, if it belongs to one."""
    if run_message is None:
        return {}
    return run_message.run.shown() | {"workflowUrl": run_message.run.url}


def initial_body(run: Run, trim: int | None = None) -> Json:
    """The payload that a workflow run was started with."""
    return body_fields(shown_body(run.initial_body, run.settings.redaction), "body", trim)


def schedule(schedule: Schedule) -> Json:
    """``GET /v2/schedules/{id}``; ``delay`` is in seconds here and nowhere else."""
    publication = schedule.publication
    options = publication.options
    fields: Json = {
        "scheduleId": schedule.id,
        "cron": schedule.cron.text,
        "destination": publication.destination,
        "createdAt": schedule.created_ms,
        "method": options.method,
        "isPaused": schedule.paused,
        "retries": options.retries,
        **body_fields(shown_body(publication.body, options.redaction), "body"),
        **_options(options),
        **callbacks(options, "Header"),
        "nextScheduleTime": schedule.next_ms,
    }
    optional = {
        "queueName": options.queue_name,
        "callerIP": publication.caller_ip,
        "callerIp": publication.caller_ip,
        "delay": options.delay_ms and options.delay_ms // 1_000,
        "lastScheduleTime": schedule.last_ms,
        "lastScheduleStates": schedule.last_states(),
        "error": schedule.error,
    }
    return fields | {name: value for name, value in optional.items() if value}


def queue(queue: Queue) -> Json:
    """``GET /v2/queues/{name}``: all six are always there, the Python SDK reads them without asking."""
    return {
        "name": queue.name,
        "parallelism": queue.parallelism,
        "createdAt": queue.created_ms,
        "updatedAt": queue.updated_ms,
        "lag": queue.lag,
        "paused": queue.paused,
    }


def url_group(group: UrlGroup) -> Json:
    """``GET /v2/topics/{name}``: endpoints have no other keys, SDK tests compare them whole."""
    return {
        "name": group.name,
        "createdAt": group.created_ms,
        "updatedAt": group.updated_ms,
        "endpoints": [
            {"url": endpoint.url} | ({"name": endpoint.name} if endpoint.name else {}) for endpoint in group.endpoints
        ],
    }


def flow_control(flow_control: FlowControl, now_ms: int) -> Json:
    """``GET /v2/flowControl/{key}``: every key is always there; the period's start is in seconds."""
    return {
        "flowControlKey": flow_control.key,
        "waitListSize": len(flow_control.waiting),
        "parallelismMax": flow_control.parallelism,
        "parallelismCount": flow_control.in_flight,
        "rateMax": flow_control.rate,
        "rateCount": flow_control.calls_in_period(now_ms),
        "ratePeriod": flow_control.period_s,
        "ratePeriodStart": flow_control.period_start_ms // 1_000,
        "isPaused": flow_control.paused,
        "isPinnedParallelism": flow_control.pinned_parallelism,
        "isPinnedRate": flow_control.pinned_rate,
    }


def addressed(message: Message) -> Json:
    """Where a message goes, where it came from, and the workflow run it belongs to."""
    fields: Json = {"url": message.url}
    if message.topic_name:
        fields["topicName"] = message.topic_name
    if message.endpoint_name:
        fields["endpointName"] = message.endpoint_name
    if message.schedule_id:
        fields["scheduleId"] = message.schedule_id
    if message.caller_ip:
        fields["callerIP"] = message.caller_ip
    return fields | run_fields(message.run_message)


def delivered_with(options: DeliveryOptions) -> Json:
    """How a message is delivered."""
    fields: Json = {"method": options.method, "maxRetries": options.retries, **_options(options)}
    if options.queue_name:
        fields["queueName"] = options.queue_name
    return fields


def _options(options: DeliveryOptions) -> Json:
    """What messages and schedules share; unset fields are left out."""
    fields: Json = {
        "header": header_map(shown_headers(options.headers, options.redaction)),
        "timeout": options.timeout_ms,
        "retryDelayExpression": options.retry_delay,
        "label": options.labels[0] if options.labels else None,
        "labels": list(options.labels),
    }
    if (flow_control := options.flow_control) is not None:
        fields["flowControlKey"] = flow_control.key
        fields["parallelism"] = flow_control.parallelism
        fields["rate"] = flow_control.rate
        fields["period"] = flow_control.period_s
    return {name: value for name, value in fields.items() if value}


def callbacks(options: DeliveryOptions, suffix: str) -> Json:
    """Where outcomes are reported; the headers of these end in ``Header`` in one place, ``Headers`` in another."""
    fields: Json = {}
    for name, callback in (("callback", options.callback), ("failureCallback", options.failure_callback)):
        if callback is not None:
            fields[name] = callback.url
            redaction = combined(options.redaction, callback.options.redaction)
            if headers := shown_headers(callback.options.headers, redaction):
                fields[name + suffix] = header_map(headers)
    return fields


def body_fields(body: bytes, name: str, trim: int | None = None) -> Json:
    """``body`` as text, or ``bodyBase64`` for bytes that are not UTF-8, cut to ``trim`` bytes; nothing for an empty
    one, or if ``trim`` is -1."""
    if trim is not None:
        body = first_bytes(body, max(trim, 0))
    if not body:
        return {}
    try:
        return {name: body.decode("utf-8")}
    except UnicodeDecodeError:
        return {name + "Base64": base64_text(body)}


def first_bytes(body: bytes, size: int) -> bytes:
    """So many bytes at most: text is not cut within a character."""
    if len(body) <= size:
        return body
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body[:size]).encode()
    except UnicodeDecodeError:
        return body[:size]
