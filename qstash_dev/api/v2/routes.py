"""Every route of QStash's own API, in the order in which paths are compared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from qstash_dev.api.request import ApiRequest
from qstash_dev.api.route import Answer, Route
from qstash_dev.api.shapes.keys import SigningKeys
from qstash_dev.api.v2 import batch, dlq, flow_control, keys, logs, messages, publish, queues, schedules, url_groups
from qstash_dev.api.v2.workflows import dlq as run_dlq
from qstash_dev.api.v2.workflows import logs as run_logs
from qstash_dev.api.v2.workflows import runs, triggers, waits

ApiHandler = Callable[[ApiRequest], Awaitable[web.Response]]

# `{destination:…}` only matches, line feeds included: handlers read it from the raw target, byte for byte.
_KEYS = (Answer(SigningKeys, "The keys."),)

ROUTES: list[tuple[str, str, ApiHandler] | Route[ApiHandler]] = [
    ("POST", "/v2/publish/{destination:(?s:.*)}", publish.publish),
    ("POST", "/v2/enqueue/{queue}/{destination:(?s:.*)}", publish.enqueue),
    ("POST", "/v2/batch", batch.batch),
    ("POST", "/v2/{_:[Ss]}chedules/{id:[^/%:]+}/pause", schedules.pause),
    ("POST", "/v2/{_:[Ss]}chedules/{id:[^/%:]+}/resume", schedules.resume),
    ("PATCH", "/v2/{_:[Ss]}chedules/{id:[^/%:]+}/pause", schedules.pause),
    ("PATCH", "/v2/{_:[Ss]}chedules/{id:[^/%:]+}/resume", schedules.resume),
    ("GET", "/v2/{_:[Ss]}chedules", schedules.list_all),
    ("GET", "/v2/{_:[Ss]}chedules/{id:[^/%:]+}", schedules.get),
    ("DELETE", "/v2/{_:[Ss]}chedules/{id:[^/%:]+}", schedules.delete),
    ("POST", "/v2/{_:[Ss]}chedules/{destination:(?s:.*)}", schedules.create),
    ("POST", "/v2/topics/{name}/endpoints", url_groups.upsert_endpoints),
    ("DELETE", "/v2/topics/{name}/endpoints", url_groups.remove_endpoints),
    ("PATCH", "/v2/topics/{name}", url_groups.patch),
    ("GET", "/v2/topics", url_groups.list_all),
    ("GET", "/v2/topics/{name}", url_groups.get),
    ("DELETE", "/v2/topics/{name}", url_groups.delete),
    ("POST", "/v2/queues", queues.upsert),
    ("GET", "/v2/queues", queues.list_all),
    ("GET", "/v2/queues/{name}", queues.get),
    ("DELETE", "/v2/queues/{name}", queues.delete),
    ("POST", "/v2/queues/{name}/pause", queues.pause),
    ("POST", "/v2/queues/{name}/resume", queues.resume),
    ("GET", "/v2/flowControl", flow_control.list_all),
    # SDKs do not encode the key, which may hold anything.
    ("POST", "/v2/flowControl/{key:(?s:.*)}/pause", flow_control.pause),
    ("POST", "/v2/flowControl/{key:(?s:.*)}/resume", flow_control.resume),
    ("POST", "/v2/flowControl/{key:(?s:.*)}/pin", flow_control.pin),
    ("POST", "/v2/flowControl/{key:(?s:.*)}/unpin", flow_control.unpin),
    ("POST", "/v2/flowControl/{key:(?s:.*)}/resetRate", flow_control.reset_rate),
    ("POST", "/v2/flowControl/{key:(?s:.*)}/reset", flow_control.reset_rate),
    ("GET", "/v2/flowControl/{key:(?s:.*)[^/]}", flow_control.get),
    ("GET", "/v2/globalParallelism", flow_control.global_parallelism),
    ("GET", "/v2/messages/{id}", messages.get),
    ("DELETE", "/v2/messages/{id}", messages.cancel),
    ("DELETE", "/v2/messages", messages.cancel_many),
    ("GET", "/v2/dlq", dlq.list_all),
    ("DELETE", "/v2/dlq", dlq.delete_many),
    ("POST", "/v2/dlq/retry", dlq.retry_many),
    ("POST", "/v2/dlq/retry/{id}", dlq.retry),
    ("GET", "/v2/dlq/{id}", dlq.get),
    ("DELETE", "/v2/dlq/{id}", dlq.delete),
    ("GET", "/v2/events", logs.events),
    ("GET", "/v2/logs", logs.logs),
    Route("GET", "/v2/keys", keys.get, "getSigningKeys", "Read the signing keys", _KEYS),
    Route("POST", "/v2/keys/rotate", keys.rotate, "rotateSigningKeys", "Next becomes current", _KEYS),
    Route("POST", "/v2/rotate", keys.rotate, "rotate", "The Go SDK's path for it", _KEYS),
    ("POST", "/v2/trigger/{destination:(?s:.*)}", triggers.trigger),
    ("POST", "/v2/batch/trigger", triggers.batch_trigger),
    ("GET", "/v2/workflows/runs/{id}", runs.steps),
    ("DELETE", "/v2/workflows/runs/{id}", runs.end),
    ("DELETE", "/v2/workflows/runs", runs.cancel_many),
    ("POST", "/v2/wait/{event}", waits.wait),
    ("POST", "/v2/notify/{event}", waits.notify),
    ("POST", "/v2/notify/{id}/{event}", waits.notify_run),
    ("GET", "/v2/waiters/{event}", waits.waiters),
    ("GET", "/v2/workflows/logs", run_logs.logs),
    ("GET", "/v2/workflows/events", run_logs.events),
    ("GET", "/v2/workflows/dlq", run_dlq.list_all),
    ("DELETE", "/v2/workflows/dlq", run_dlq.delete_many),
    ("POST", "/v2/workflows/dlq/resume", run_dlq.resume_many),
    ("POST", "/v2/workflows/dlq/restart", run_dlq.restart_many),
    ("POST", "/v2/workflows/dlq/resume/{id}", run_dlq.resume),
    ("POST", "/v2/workflows/dlq/restart/{id}", run_dlq.restart),
    ("POST", "/v2/workflows/dlq/callback/{id}", run_dlq.retry_callback),
    ("DELETE", "/v2/workflows/dlq/callback/{id}", run_dlq.cancel_callback),
    ("GET", "/v2/workflows/dlq/{id}", run_dlq.get),
    ("DELETE", "/v2/workflows/dlq/{id}", run_dlq.delete),
]
