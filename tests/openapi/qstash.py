"""The REST API that QStash documents, as names: paths, parameters, fields and statuses.

Names of path parameters are our own. ``201`` stands where the documents say 200 for publishing.
"""

from __future__ import annotations

from dataclasses import dataclass

Names = tuple[str, ...]


@dataclass(frozen=True)
class Documented:
    """One operation: its query parameters, request headers, fields of the JSON body, and fields of the answer,
    where ``[]`` means in each item of an array. ``errors`` are the statuses of errors that are spoken of."""

    method: str
    path: str
    query: Names = ()
    headers: Names = ()
    body: Names = ()
    answer: Names = ()
    errors: tuple[int, ...] = ()
    status: int = 200

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _in(container: str, names: Names) -> Names:
    return tuple(f"{container}{name}" for name in names)


_CALLBACKS: Names = (
    "Upstash-Callback",
    "Upstash-Callback-*",
    "Upstash-Callback-Forward-*",
    "Upstash-Failure-Callback",
    "Upstash-Failure-Callback-*",
    "Upstash-Failure-Callback-Forward-*",
)
_DELIVERY: Names = (
    "Content-Type",
    "Upstash-Forward-*",
    "Upstash-Method",
    "Upstash-Timeout",
    "Upstash-Retries",
    "Upstash-Retry-Delay",
    "Upstash-Label",
    "Upstash-Redact-Fields",
    *_CALLBACKS,
)
_DEDUPLICATION: Names = ("Upstash-Deduplication-Id", "Upstash-Content-Based-Deduplication")
_FLOW_CONTROL: Names = ("Upstash-Flow-Control-Key", "Upstash-Flow-Control-Value")
_RECEIPT: Names = ("messageId", "deduplicated")
_GROUP_RECEIPT: Names = ("[]messageId", "[]deduplicated", "[]url")

_CHOICE: Names = (
    "topicName",
    "queueName",
    "scheduleId",
    "url",
    "label",
    "callerIp",
    "fromDate",
    "toDate",
)
_MESSAGE: Names = (
    "messageId",
    "url",
    "topicName",
    "endpointName",
    "method",
    "header",
    "body",
    "bodyBase64",
    "maxRetries",
    "notBefore",
    "createdAt",
    "callback",
    "failureCallback",
    "queueName",
    "scheduleId",
    "callerIP",
    "label",
    "labels",
    "flowControlKey",
    "rate",
    "period",
    "parallelism",
)
_DEAD_LETTER: Names = (*_MESSAGE, "responseStatus", "responseHeader", "responseBody", "responseBodyBase64")
_DEAD_LETTERS: Names = ("messageId", "responseStatus", *_CHOICE)
_EVENT: Names = (
    "time",
    "messageId",
    "header",
    "body",
    "state",
    "error",
    "nextDeliveryTime",
    "url",
    "topicName",
    "endpointName",
    "scheduleId",
    "queueName",
    "responseStatus",
    "responseBody",
    "responseHeaders",
    "timeout",
    "method",
    "callback",
    "callbackHeaders",
    "failureCallback",
    "failureCallbackHeaders",
    "maxRetries",
    "retryDelayExpression",
    "label",
    "labels",
)
_QUEUE: Names = ("name", "createdAt", "updatedAt", "parallelism", "paused", "lag")
_SCHEDULE: Names = (
    "scheduleId",
    "cron",
    "destination",
    "createdAt",
    "method",
    "header",
    "body",
    "retries",
    "delay",
    "callback",
    "failureCallback",
    "callerIp",
    "isPaused",
    "flowControlKey",
    "parallelism",
    "rate",
    "period",
    "retryDelayExpression",
    "label",
    "labels",
    "lastScheduleTime",
    "nextScheduleTime",
    "lastScheduleStates",
)
_URL_GROUP: Names = ("name", "createdAt", "updatedAt", "endpoints", "endpoints[]name", "endpoints[]url")
_FLOW_CONTROL_KEY: Names = (
    "flowControlKey",
    "waitListSize",
    "parallelismMax",
    "parallelismCount",
    "rateMax",
    "rateCount",
    "ratePeriod",
    "ratePeriodStart",
    "isPinnedParallelism",
    "isPinnedRate",
    "isPaused",
)
_KEYS: Names = ("current", "next")
_ENDPOINTS: Names = ("endpoints", "endpoints[]url", "endpoints[]name")

OPERATIONS = (
    Documented(
        "POST",
        "/v2/publish/{destination}",
        headers=(*_DELIVERY, *_DEDUPLICATION, *_FLOW_CONTROL, "Upstash-Delay", "Upstash-Not-Before"),
        answer=(*_RECEIPT, *_GROUP_RECEIPT),
        errors=(400, 401),
        status=201,
    ),
    Documented(
        "POST",
        "/v2/enqueue/{queue}/{destination}",
        headers=(*_DELIVERY, *_DEDUPLICATION),
        answer=(*_RECEIPT, *_GROUP_RECEIPT),
        errors=(400, 404),
        status=201,
    ),
    Documented(
        "POST",
        "/v2/batch",
        body=("[]destination", "[]headers", "[]body", "[]queue"),
        answer=_in("[]", _RECEIPT),
        errors=(400,),
        status=201,
    ),
    Documented("GET", "/v2/messages/{id}", answer=_MESSAGE, errors=(404,)),
    Documented("DELETE", "/v2/messages/{id}", errors=(404,)),
    Documented(
        "DELETE",
        "/v2/messages",
        query=("messageIds", *_CHOICE, "host", "path", "flowControlKey", "callerIP", "count"),
        answer=("cancelled",),
    ),
    Documented("POST", "/v2/queues", body=("queueName", "parallelism"), errors=(400, 412)),
    Documented("GET", "/v2/queues", answer=_in("[]", _QUEUE)),
    Documented("GET", "/v2/queues/{name}", answer=_QUEUE, errors=(400, 404)),
    Documented("DELETE", "/v2/queues/{name}"),
    Documented("POST", "/v2/queues/{name}/pause", errors=(400,)),
    Documented("POST", "/v2/queues/{name}/resume", errors=(400,)),
    Documented(
        "POST",
        "/v2/schedules/{destination}",
        headers=(*_DELIVERY, "Upstash-Cron", "Upstash-Schedule-Id", "Upstash-Delay"),
        answer=("scheduleId",),
        errors=(400, 412),
        status=201,
    ),
    Documented("GET", "/v2/schedules", answer=_in("[]", _SCHEDULE)),
    Documented("GET", "/v2/schedules/{id}", answer=_SCHEDULE, errors=(404,)),
    Documented("DELETE", "/v2/schedules/{id}"),
    Documented("POST", "/v2/schedules/{id}/pause"),
    Documented("POST", "/v2/schedules/{id}/resume"),
    Documented("GET", "/v2/topics", answer=_in("[]", _URL_GROUP)),
    Documented("GET", "/v2/topics/{name}", answer=_URL_GROUP, errors=(404,)),
    Documented("DELETE", "/v2/topics/{name}"),
    Documented("POST", "/v2/topics/{name}/endpoints", body=_ENDPOINTS),
    Documented("DELETE", "/v2/topics/{name}/endpoints", body=_ENDPOINTS),
    Documented(
        "GET",
        "/v2/dlq",
        query=(*_DEAD_LETTERS, "cursor", "count"),
        answer=("cursor", "messages", *_in("messages[]", _DEAD_LETTER)),
    ),
    Documented(
        "DELETE",
        "/v2/dlq",
        query=("dlqIds", *_DEAD_LETTERS, "flowControlKey", "cursor", "count"),
        answer=("cursor", "deleted"),
    ),
    Documented("GET", "/v2/dlq/{id}", answer=_DEAD_LETTER, errors=(404,)),
    Documented("DELETE", "/v2/dlq/{id}", errors=(404,)),
    Documented("POST", "/v2/dlq/retry/{id}", answer=_RECEIPT, errors=(404,), status=201),
    Documented(
        "POST",
        "/v2/dlq/retry",
        query=("dlqIds", *_DEAD_LETTERS, "flowControlKey"),
        answer=("cursor", "responses", *_in("responses[]", _RECEIPT)),
        errors=(404,),
        status=201,
    ),
    Documented("GET", "/v2/flowControl", answer=_in("[]", _FLOW_CONTROL_KEY)),
    Documented("GET", "/v2/flowControl/{key}", answer=_FLOW_CONTROL_KEY, errors=(404,)),
    Documented("POST", "/v2/flowControl/{key}/pause", errors=(400,)),
    Documented("POST", "/v2/flowControl/{key}/resume", errors=(400,)),
    Documented("POST", "/v2/flowControl/{key}/pin", query=("parallelism", "rate", "period"), errors=(400,)),
    Documented("POST", "/v2/flowControl/{key}/unpin", query=("parallelism", "rate"), errors=(400,)),
    Documented("POST", "/v2/flowControl/{key}/resetRate", errors=(400,)),
    Documented("GET", "/v2/globalParallelism", answer=("parallelismMax", "parallelismCount")),
    Documented("GET", "/v2/keys", answer=_KEYS),
    Documented("POST", "/v2/keys/rotate", answer=_KEYS),
    Documented(
        "GET",
        "/v2/logs",
        query=("messageId", "state", *(name for name in _CHOICE if name != "callerIp"), "cursor", "count"),
        answer=("cursor", "logs", *_in("logs[]", _EVENT)),
    ),
)
