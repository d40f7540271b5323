"""State as the shapes of the REST API."""

from __future__ import annotations

import codecs
from typing import Any

from qstash_dev.api.shapes import dlq, flow_control, messages, queues, schedules, url_groups
from qstash_dev.api.shapes.fields import UNSET, Headers, Maybe
from qstash_dev.api.shapes.messages import Receipt as ReceiptShape
from qstash_dev.api.shapes.workflow_runs import RunName
from qstash_dev.broker.publish import Receipt
from qstash_dev.broker.workflows.runs import RunReceipt
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.publication import Callback, DeliveryOptions
from qstash_dev.protocol.redaction import combined, shown_body, shown_headers
from qstash_dev.protocol.result import Responded
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message
from qstash_dev.state.queue import Queue
from qstash_dev.state.run import Run
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.url_group import UrlGroup

TRIM_BODY = 64 * 1024


def receipt(receipt: Receipt) -> ReceiptShape:
    """The answer to one published message."""
    if receipt.deduplicated:
        return ReceiptShape(receipt.message_id, receipt.url, True)
    return ReceiptShape(receipt.message_id, receipt.url)


def run_receipt(receipt: RunReceipt) -> messages.RunReceipt:
    """The answer to what was published for a workflow run."""
    run = receipt.run
    return messages.RunReceipt(receipt.message_id, receipt.url, run.id, run.created_ms, receipt.deduplicated or UNSET)


def run_name(run: Run) -> RunName:
    """What names a workflow run."""
    return RunName(run.id, run.created_ms)


def message(message: Message, trim: int | None = None) -> messages.Message:
    """``GET /v2/messages/{id}``."""
    shape = messages.Message(**required(message))
    put_message(shape, message, trim)
    return shape


def required(message: Message) -> dict[str, Any]:
    """The fields of a message that are never missing."""
    return {
        "message_id": message.id,
        "url": message.url,
        "method": message.publication.options.method,
        "max_retries": message.publication.options.retries,
        "not_before": message.not_before_ms,
        "created_at": message.created_ms,
    }


def dead_letter(letter: DeadLetter, trim: int | None = None) -> dlq.DeadLetter:
    """One entry of the dead letter queue: the message and the answer that sealed it, their bodies cut to ``trim``
    bytes."""
    shape = dlq.DeadLetter(**required(letter.message), dlq_id=letter.id, response_status=letter.response_status)
    put_dead_letter(shape, letter, trim)
    return shape


def put_dead_letter(shape: dlq.DeadLetter, letter: DeadLetter, trim: int | None = None) -> None:
    """Set the fields of an entry of the dead letter queue that may be missing."""
    put_message(shape, letter.message, trim)
    result = letter.result
    if isinstance(result, Responded):
        shape.response_header = header_map(result.headers)
        shape.response_body, shape.response_body_base64 = text_or_bytes(result.body, trim)
    if not isinstance(result, Responded) or result.fault is not None:
        shape.error = result.error


def put_message(shape: messages.Message, message: Message, trim: int | None = None) -> None:
    """Set the fields of a message that may be missing."""
    publication = message.publication
    options = publication.options
    put_address(shape, message)
    put_options(shape, options)
    shape.queue_name = options.queue_name or UNSET
    shape.body, shape.body_base64 = text_or_bytes(shown_body(publication.body, options.redaction), trim)
    put_callbacks(shape, options)


def put_address(shape: messages.Delivered, message: Message) -> None:
    """Set where a message goes, where it came from, and the workflow run that it belongs to."""
    shape.topic_name = message.topic_name or UNSET
    shape.endpoint_name = message.endpoint_name or UNSET
    shape.schedule_id = message.schedule_id or UNSET
    shape.caller_ip = message.caller_ip or UNSET
    if message.run_message is not None:
        run = message.run_message.run
        shape.workflow_run_id, shape.workflow_created_at, shape.workflow_url = run.id, run.created_ms, run.url


def put_options(shape: messages.Options, options: DeliveryOptions) -> None:
    """Set how messages are delivered."""
    shape.header = header_map(shown_headers(options.headers, options.redaction)) or UNSET
    shape.timeout = options.timeout_ms or UNSET
    shape.retry_delay_expression = options.retry_delay or UNSET
    if options.labels:
        shape.label, shape.labels = options.labels[0], list(options.labels)
    if (flow_control := options.flow_control) is not None:
        shape.flow_control_key = flow_control.key
        shape.parallelism = flow_control.parallelism or UNSET
        shape.rate = flow_control.rate or UNSET
        shape.period = flow_control.period_s


def put_callbacks(shape: messages.Message | schedules.Schedule, options: DeliveryOptions) -> None:
    """Set where outcomes are reported."""
    if (callback := options.callback) is not None:
        shape.callback, shape.callback_header = callback.url, callback_headers(options, callback)
    if (callback := options.failure_callback) is not None:
        shape.failure_callback, shape.failure_callback_header = callback.url, callback_headers(options, callback)


def callback_headers(options: DeliveryOptions, callback: Callback) -> Maybe[Headers]:
    """The headers of a callback, as far as neither it nor its message redacts them."""
    redaction = combined(options.redaction, callback.options.redaction)
    return header_map(shown_headers(callback.options.headers, redaction)) or UNSET


def schedule(schedule: Schedule) -> schedules.Schedule:
    """``GET /v2/schedules/{id}``; ``delay`` is in seconds here and nowhere else."""
    publication = schedule.publication
    options = publication.options
    shape = schedules.Schedule(
        schedule_id=schedule.id,
        cron=schedule.cron.text,
        destination=publication.destination,
        created_at=schedule.created_ms,
        method=options.method,
        is_paused=schedule.paused,
        retries=options.retries,
        next_schedule_time=schedule.next_ms,
        queue_name=options.queue_name or UNSET,
        caller_ip=publication.caller_ip or UNSET,
        caller_ip_too=publication.caller_ip or UNSET,
        delay=(options.delay_ms or 0) // 1_000 or UNSET,
        last_schedule_time=schedule.last_ms or UNSET,
        last_schedule_states=schedule.last_states() or UNSET,
        error=schedule.error or UNSET,
    )
    shape.body, shape.body_base64 = text_or_bytes(shown_body(publication.body, options.redaction))
    put_options(shape, options)
    put_callbacks(shape, options)
    return shape


def queue(queue: Queue) -> queues.Queue:
    """``GET /v2/queues/{name}``."""
    return queues.Queue(queue.name, queue.parallelism, queue.created_ms, queue.updated_ms, queue.lag, queue.paused)


def url_group(group: UrlGroup) -> url_groups.UrlGroup:
    """``GET /v2/topics/{name}``."""
    endpoints = [url_groups.Endpoint(endpoint.url, endpoint.name or UNSET) for endpoint in group.endpoints]
    return url_groups.UrlGroup(group.name, group.created_ms, group.updated_ms, endpoints)


def flow_control_key(known: FlowControl, now_ms: int) -> flow_control.FlowControl:
    """``GET /v2/flowControl/{key}``."""
    return flow_control.FlowControl(
        flow_control_key=known.key,
        wait_list_size=len(known.waiting),
        parallelism_max=known.parallelism,
        parallelism_count=known.in_flight,
        rate_max=known.rate,
        rate_count=known.calls_in_period(now_ms),
        rate_period=known.period_s,
        rate_period_start=known.period_start_ms // 1_000,
        is_paused=known.paused,
        is_pinned_parallelism=known.pinned_parallelism,
        is_pinned_rate=known.pinned_rate,
    )


def text_or_bytes(body: bytes, trim: int | None = None) -> tuple[Maybe[str], Maybe[bytes]]:
    """A body as text, or as bytes if it is not UTF-8, cut to ``trim`` bytes; neither for an empty one, or if ``trim``
    is -1."""
    if trim is not None:
        body = first_bytes(body, max(trim, 0))
    if not body:
        return UNSET, UNSET
    try:
        return body.decode("utf-8"), UNSET
    except UnicodeDecodeError:
        return UNSET, body


def body_fields(body: bytes) -> dict[str, Any]:
    """The fields that hold a body: ``body``, or ``body_base64`` if it is not UTF-8; none of them for an empty one."""
    text, raw = text_or_bytes(body)
    return {"body": text, "body_base64": raw}


def cut_body(body: bytes, trim: int) -> dict[str, Any]:
    """The fields of a shape that hold a body cut to ``trim`` bytes; ``body_size`` is that of the whole."""
    shown = first_bytes(body, trim)
    text, raw = text_or_bytes(shown)
    truncated = len(shown) < len(body) or UNSET
    return {"body": text or "", "body_base64": raw, "body_size": len(body), "truncated": truncated}


def first_bytes(body: bytes, size: int) -> bytes:
    """The first ``size`` bytes at most: text is not cut within a character."""
    if len(body) <= size:
        return body
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body[:size]).encode()
    except UnicodeDecodeError:
        return body[:size]
