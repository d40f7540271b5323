"""Headers and query parameters that several operations share."""

from __future__ import annotations

from qstash_dev.api.openapi.parts import NAME, TEXT, WHOLE, Json, array, described, in_header, in_path, in_query
from qstash_dev.protocol.option_values import MAX_ID_BYTES, METHODS
from qstash_dev.state.message import State

_DURATION: Json = {"type": "string", "examples": ["10s", "1h30m", "2d"]}
_BOOLEAN: Json = {"type": "string", "enum": ["true", "false"]}
_COUNT: Json = {"type": "string", "pattern": "^[0-9]{1,9}$"}
_KEY: Json = {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": MAX_ID_BYTES}
_EXPRESSION: Json = {"type": "string", "examples": ["1000", "pow(2, retried) * 1000"]}

ID = in_path("id", "The id that the server gave it.")
QUEUE = in_path("name", "Name of the queue.", NAME)
URL_GROUP = in_path("name", "Name of the URL group.", NAME)
SCHEDULE = in_path("id", "Id of the schedule.", NAME)
FLOW_CONTROL_KEY = in_path(
    "key", "The key; one that holds more than letters, digits, `-`, `_` and `.` is only looked for."
)
DESTINATION = in_path(
    "destination",
    "A URL, raw or percent-encoded, with or without a query of its own, or the name of a URL group. "
    "Every `Upstash-*` header may also be given in the query; what else the query holds is the destination's.",
)

# How one message is delivered: `Upstash-<name>`, and `Upstash-Callback-<name>` for the delivery of a callback.
_DELIVERY: list[tuple[str, str, Json]] = [
    ("Method", "HTTP method of the delivery attempts, POST by default.", {"type": "string", "enum": list(METHODS)}),
    ("Timeout", "How long one delivery attempt may take.", _DURATION),
    ("Retries", "Delivery attempts after the first, 3 by default.", _COUNT),
    ("Retry-Delay", "Milliseconds until the next attempt, as an expression over `retried`.", _EXPRESSION),
    ("Delay", "How long to wait before the first attempt; not for enqueue.", _DURATION),
    ("Not-Before", "Unix time in seconds before which nothing is attempted; beats Delay; not for enqueue.", TEXT),
    ("Label", "Labels of letters, digits, `-`, `_` and `.`, with commas between them.", TEXT),
    ("Redact-Fields", "What logs and lists do not show: body, header, header[Name].", TEXT),
    ("Deduplication-Id", "Later messages with this id are accepted and not delivered; without `:`.", TEXT),
    ("Content-Based-Deduplication", "Derive the deduplication id from the message.", _BOOLEAN),
    ("Queue-Name", "Deliver through this queue.", NAME),
    ("Flow-Control-Key", "Messages with this key share the limits of Flow-Control-Value.", _KEY),
    ("Flow-Control-Value", "parallelism=N, rate=N and period=DURATION, with commas between them.", TEXT),
    ("Header-Forward", "Forward all headers of this request.", _BOOLEAN),
    ("Forward-*", "Forward this header, without the prefix.", TEXT),
    ("Callback", "URL that is told of each delivery attempt.", TEXT),
    ("Callback-*", "Any of these headers, for the delivery of the callback.", TEXT),
    ("Failure-Callback", "URL that is told when all attempts have failed.", TEXT),
    ("Failure-Callback-*", "Any of these headers, for the delivery of the failure callback.", TEXT),
]

PUBLISH_HEADERS: list[Json] = [
    in_header("Content-Type", "Content type of the body; none is invented."),
    *(in_header(f"Upstash-{name}", description, schema) for name, description, schema in _DELIVERY),
]
SCHEDULE_HEADERS: list[Json] = [
    {
        **in_header("Upstash-Cron", "Cron expression; `CRON_TZ=Zone` in front of it sets the time zone."),
        "required": True,
        "schema": {"type": "string", "examples": ["*/5 * * * *", "CRON_TZ=Europe/Berlin 0 9 * * mon-fri"]},
    },
    in_header("Upstash-Schedule-Id", "Id of the schedule; one of the same id is overwritten.", NAME),
]

_TIME_MS: Json = WHOLE
_STATES: Json = {"type": "string", "enum": [*State.__members__, "CANCELLED", "IN_PROGRESS"]}

_CHOICE: list[Json] = [
    in_query("topicName", "URL groups.", many=True),
    in_query("queueName", "Queues.", many=True),
    in_query("scheduleId", "Schedules.", many=True),
    in_query("url", "Destinations, as they were published.", many=True),
    in_query("label", "Labels.", many=True),
    in_query("flowControlKey", "Flow control keys.", many=True),
    in_query("callerIp", "Addresses of the publishers.", many=True),
    in_query("callerIP", "An older spelling of callerIp.", many=True),
    in_query("fromDate", "Not before this unix time in milliseconds.", _TIME_MS),
    in_query("toDate", "Not after this unix time in milliseconds.", _TIME_MS),
]
_HOST_AND_PATH: list[Json] = [
    in_query("host", "Hosts of the destinations, with or without the port.", many=True),
    in_query("path", "Paths of the destinations.", many=True),
]
_PAGE: list[Json] = [
    in_query("count", "How many at most.", WHOLE),
    in_query("cursor", "The cursor of the answer before, unchanged."),
]
TRIM_BODY = in_query(
    "trimBody",
    "Show at most so many bytes of the bodies; -1 leaves them out.",
    {"type": "integer", "minimum": -1},
)
BODY_FILTERS = "What the query may say may stand in the body as well."
ITEM_BODY: Json = described({}, "A string as it is, anything else as its JSON text; null is none.")
_ORDER = in_query("order", "By time.", {"type": "string", "enum": ["earliestFirst", "latestFirst"]})

CANCEL_QUERY: list[Json] = [
    in_query("messageIds", "Messages; every other filter is void then.", many=True),
    *_HOST_AND_PATH,
    *_CHOICE,
    in_query("count", "Accepted and without effect: one call cancels all.", WHOLE),
    in_query("cursor", "Accepted and without effect."),
]
DEAD_LETTER_QUERY: list[Json] = [
    in_query("dlqIds", "Entries of the dead letter queue; every other filter is void then.", many=True),
    in_query("messageId", "Messages.", many=True),
    in_query("responseStatus", "Statuses of the last answers; 0 means that there was none.", WHOLE, many=True),
    *_CHOICE,
    *_PAGE,
    _ORDER,
    in_query("api", "Accepted and without effect."),
    in_query(
        "source",
        "`workflow` lists the entries of workflow runs instead, with the filters of `/v2/workflows/dlq`.",
        {"type": "string", "enum": ["workflow"]},
    ),
]
LOG_QUERY: list[Json] = [
    in_query("messageIds", "Messages; every other filter is void then.", many=True),
    in_query("messageId", "One message."),
    {"name": "state", "in": "query", "description": "States of the events.", "schema": array(_STATES)},
    *_HOST_AND_PATH,
    *_CHOICE,
    *_PAGE,
    _ORDER,
    in_query(
        "groupBy",
        "Keep the events of a message together, in an answer of its own; a page has ten messages at most.",
        {"type": "string", "enum": ["messageId"]},
    ),
    TRIM_BODY,
]
