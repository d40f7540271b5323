"""Error answers: the status and the text of each, and what they are about, in one table.

Texts marked *real* were seen from hosted QStash; the others are ours and name the field and what would be right. The
answer is ``{"error": text}``, as in the OpenAPI document of https://upstash.com/docs/qstash/api-reference.
"""

from __future__ import annotations

from qstash_dev.protocol.rejection import ErrorText as ErrorText
from qstash_dev.protocol.rejection import Rejection as Rejection
from qstash_dev.protocol.rejection import one_of as one_of


# Authentication. The beginning is real; no text repeats the token.
def _of_token(text: str, todo: str) -> ErrorText:
    return ErrorText(401, f"unable to authenticate: invalid token: {text}{{todo}}", "Authorization", todo)


_PRINTED = "of one of the predefined users, as the server prints it at its start"
NO_TOKEN = _of_token("", f"send 'Authorization: Bearer <QSTASH_TOKEN>' with the token {_PRINTED}")
NO_BEARER = _of_token("the Authorization header must be ", "'Bearer <QSTASH_TOKEN>'")
UNSET_TOKEN = _of_token("it is empty, so ", "set QSTASH_TOKEN where the application runs")
QUOTED_TOKEN = _of_token("it is in quotes, so ", "set QSTASH_TOKEN without them")
BEARER_TWICE = _of_token("'Bearer' is there twice, so ", "set QSTASH_TOKEN to the token alone")
SIGNING_KEY_AS_TOKEN = _of_token("it is a signing key, so ", "send QSTASH_TOKEN instead")
CUT_TOKEN = _of_token("the '=' at its end is missing or there too often, so ", f"copy all of that {_PRINTED}")
HOSTED_TOKEN = _of_token("it is one of hosted QStash, unknown here, so ", f"set QSTASH_TOKEN to that {_PRINTED}")
UNKNOWN_TOKEN = _of_token("no user of this server has it, so ", f"set QSTASH_TOKEN to that {_PRINTED}")


# Paths.
def _no_route(text: str, todo: str, field: str = "") -> ErrorText:
    return ErrorText(404, f"no such route: {{method}} {{path}}{text}", field, todo)


NO_SUCH_ROUTE = _no_route("", "compare the path with the routes in /openapi.json")
OLD_API = _no_route(
    ": v1 existed once, use /v2: {todo}", "set QSTASH_URL to {url}, clients add /v2 themselves", "QSTASH_URL"
)
PATH_TWICE = _no_route(": {todo}", "set QSTASH_URL to {url} alone, clients add /v2 and what follows", "QSTASH_URL")
TWO_SLASHES = _no_route(
    ": {todo}", "set QSTASH_URL to {url} without a slash at its end, clients add one", "QSTASH_URL"
)
LEGACY_ROUTE = _no_route(": it belongs to a discontinued hosted API, {todo}", "call the provider's own https:// URL")
METHOD_NOT_ALLOWED = ErrorText(405, "method {method} is not allowed here, {todo}", todo="use {allowed}")
_SMALLER = "send less: a reference to the data instead of the data"
BODY_TOO_LARGE = ErrorText(413, "request body is larger than {limit} bytes", "body", _SMALLER)
UNKNOWN_EXPECTATION = ErrorText(417, "the Expect header may only say 100-continue: {todo}", "Expect", "leave it out")
BAD_REQUEST = ErrorText(400, "not a valid HTTP request: {reason}")
HEAD_TOO_LARGE = ErrorText(
    400,
    "not a valid HTTP request: its head is too large; lines are limited to {line} bytes, heads to {size} bytes "
    "and {count} headers",
    todo="send fewer or shorter headers",
)
HEAD_TOO_SLOW = ErrorText(
    408, "the head of the request did not come within {seconds} s", todo="send each request at once"
)
BODY_TOO_SLOW = ErrorText(
    408, "the body of the request stalled: {todo}", todo="send at least {size} bytes within {seconds} s"
)
BUSY_READING = ErrorText(
    503,
    "the server is reading {limit} bytes of other requests already: {todo}",
    todo="send this one again in a moment",
)
INTERNAL = ErrorText(
    500, "internal error in qstash-dev: {reason}; {todo}", todo="please report it with the server's output"
)

# Publishing. Real, except where the text says more than hosted QStash does.
_EMPTY = "a non-empty destination must be provided: {todo}"
EMPTY_DESTINATION = ErrorText(400, _EMPTY, "destination", "name a URL or a URL group in the field destination")
MISSING_DESTINATION = ErrorText(400, _EMPTY, "destination", "it belongs in the path, as in {example}")
_INVALID_SCHEME = "invalid destination url: endpoint has invalid scheme, add http:// or https://"
INVALID_SCHEME = ErrorText(
    400,
    "invalid destination url: endpoint has invalid scheme, {todo} (got '{destination}')",
    "destination",
    "add http:// or https://",
)
INVALID_URL = ErrorText(400, "invalid destination url: {reason} (got '{destination}')", "destination")
NESTED_PUBLISH_URL = ErrorText(
    400,
    f"{_INVALID_SCHEME}: '{{destination}}' is an address of the QStash API itself, so {{todo}}",
    "destination",
    "set QSTASH_URL to the server's address alone, such as http://127.0.0.1:8080",
)
NESTED_PATH = ErrorText(
    400,
    f"{_INVALID_SCHEME}: '{{destination}}' is a path of the QStash API itself, so {{todo}}",
    "destination",
    "set QSTASH_URL to {url} alone, clients add /v2 and what follows",
)
URL_GROUP_NOT_FOUND = ErrorText(
    404,
    "topic {name} not found",
    "destination",
    "create this URL group with an endpoint first, or publish to a URL, which begins with http:// or https://",
)
LEGACY_API = ErrorText(
    400,
    "destination '{destination}' names a discontinued hosted API: {todo}",
    "destination",
    "publish to the provider's own https:// URL",
)

# Header values. Ours: the changelog of December 2024 promises that the offending field is named.
INVALID_HEADER = ErrorText(400, "invalid {field}: {reason} (got '{value}')", "{field}")
INVALID_DURATION = ErrorText(
    400, "invalid {field} header: {go}: {todo}", "{field}", "{help}"
)  # real until the last colon
DEDUPLICATION_ID_COLON = ErrorText(  # real until the comma
    400,
    "DeduplicationId cannot contain ':', {todo} ({field} is '{value}')",
    "{field}",
    "use another separator such as '_'",
)
FLOW_CONTROL_KEY = ErrorText(  # real until the bracket
    400,
    "flowControlKey must be alphanumeric, hyphen, underscore, or period ({field} is '{value}')",
    "{field}",
    "use letters, digits, '-', '_' and '.'",
)
FLOW_CONTROL_VALUE = ErrorText(  # real until the colon
    400,
    "{field} should be either rate=X or parallelism=Y, or both as comma-separated values: {reason} (got '{value}')",
    "{field}",
)
DELAYED_ENQUEUE = ErrorText(  # real until the colon
    400,
    "Upstash-Not-Before/Upstash-Delay can not be used with enqueue: {todo}",
    "{field}",
    "publish instead, or let a schedule put the message into the queue",
)
TOO_MANY_HEADERS = ErrorText(
    400,
    "too many headers: one message may have {count} with {size} bytes together, Upstash-* included",
    "headers",
    "forward fewer headers, or put what they say into the body",
)
QUOTA_EXCEEDED = ErrorText(  # real
    412,
    "quota {name} exceeded, current limit: {limit}",
    "{field}",
    "stay within the limit, or start qstash-dev with --quota pro if you have a larger plan",
)

# Bodies and queries.
INVALID_JSON = ErrorText(400, "invalid request body: {reason}", "body")
NOT_JSON = ErrorText(
    400, "invalid request body: not JSON: {fault}", "body", "send what JSON.stringify() or json.dumps() makes"
)
INVALID_PARAMETER = ErrorText(400, "invalid query parameter {name}: {reason} (got '{value}')", "{name}")
UNKNOWN_PARAMETER = ErrorText(400, "unknown query parameter {name}: {todo}", "{name}", "use one of {known}")

# Lookups. The first is real.
_OWN = "each user sees only what is its own: compare the token, and the id with"
MESSAGE_NOT_FOUND = ErrorText(404, "message {id} not found", "id", f"{_OWN} the messages in the console")
DEAD_LETTER_NOT_FOUND = ErrorText(404, "dlq message {id} not found", "id", f"{_OWN} the dead letters in the console")
QUEUE_NOT_FOUND = ErrorText(
    404, "queue {name} not found", "name", "compare the name, or create the queue: the first message does so, too"
)
SCHEDULE_NOT_FOUND = ErrorText(404, "schedule {id} not found", "id", f"{_OWN} the schedules in the console")
FLOW_CONTROL_NOT_FOUND = ErrorText(
    404, "flow control key {key} not found", "key", "compare the key: it exists as soon as a message uses it"
)

# Names and fields of resources.
MISSING_FLOW_CONTROL_KEY = ErrorText(400, "the flow control key is missing: {todo}", "key", "put it into the path")
_NAME = "use 1 to 256 letters, digits, '-', '_' and '.'"
INVALID_NAME = ErrorText(400, "invalid {field} '{name}': {todo}", "{field}", _NAME)
ADDRESS_AS_NAME = ErrorText(
    400,
    f"invalid {{field}} '{{name}}': {_NAME}; {{todo}}",
    "{field}",
    "put the id of a user or a hash in the place of an e-mail address",
)
NAME_IS_NO_STRING = ErrorText(400, "invalid {field}: it is {kind}, but must be a string: {todo}", "{field}", _NAME)
MISSING_NAME = ErrorText(400, "invalid {field}: it is missing: {todo}", "{field}", _NAME)
TOO_LONG = ErrorText(400, "invalid {field}: {todo}, got {size}", "{field}", "use at most {limit} bytes")
INVALID_FIELD = ErrorText(400, "invalid field {field}: {reason}", "{field}")
INVALID_CRON = ErrorText(  # real
    400,
    "Invalid cron expression {reason}",
    "Upstash-Cron",
    "use five fields such as '*/5 * * * *', before them only CRON_TZ= with a time zone such as Europe/Berlin",
)
MISSING_CRON = ErrorText(
    400,
    "Upstash-Cron is missing: {todo}",
    "Upstash-Cron",
    "a schedule needs a cron expression such as '*/5 * * * *'",
)

# Workflows. The first is real; the SDKs take any 400 to a step for a run that has ended, so all else is 412.
DEAD_RUN = ErrorText(
    400,
    "failed to publish to url: can not append to a a cancelled workflow (run {id}: {state})",
    "Upstash-Workflow-RunId",
    "if the run has ended, restart or resume it; if it is another user's, set QSTASH_TOKEN to that user's token",
)
INVALID_STEP = ErrorText(412, "invalid workflow step: {reason}", "{field}")
RUN_NOT_FOUND = ErrorText(404, "workflow run {id} not found", "id", f"{_OWN} the runs in the console")
RUN_DEAD_LETTER = ErrorText(
    409,
    "dlq message {id} belongs to workflow run {run}: {todo}",
    "id",
    "use POST /v2/workflows/dlq/resume/{id} or POST /v2/workflows/dlq/restart/{id}",
)
RUN_MESSAGE = ErrorText(
    409,
    "message {id} belongs to workflow run {run} and cannot be replayed alone: {todo}",
    "id",
    "trigger the workflow again, or resume or restart the run from the workflow dlq if it has failed",
)
NO_RUN_FOR_HOOK = ErrorText(
    404,
    "no workflow run {id} is waiting for calls of this webhook",
    "id",
    "call it while the run waits for it, with the address that createWebhook has returned",
)
NO_FAILED_CALLBACK = ErrorText(
    400,
    "the failure callback of {id} is {state}, but only one in state {wanted} can be {what}",
    todo="look at the failure callback in the console",
)

# Safety on a developer's machine.
FOREIGN_HOST = ErrorText(
    403,
    "host '{host}' is not served here: {todo} if it is yours",
    "Host",
    "start qstash-dev with --allow-host {name}",
)
_CROSS_SITE = "web pages of other origins may not call this server"
CROSS_SITE = ErrorText(
    403,
    _CROSS_SITE + " (origin '{origin}'): {todo} if it is yours",
    "Origin",
    "start qstash-dev with --allow-origin {name}",
)
CROSS_SITE_NAMELESS = ErrorText(
    403,
    _CROSS_SITE + " (origin '{origin}'): {todo}",
    "Origin",
    "only an origin such as http://localhost:3000 can be allowed, with --allow-origin",
)
CROSS_SITE_WITHOUT_ORIGIN = ErrorText(
    403,
    _CROSS_SITE + ": {todo}",
    "Sec-Fetch-Site",
    "from a page of yours use fetch(), and start qstash-dev with --allow-origin and the page's origin",
)
READ_ONLY = ErrorText(
    403,
    "this token is read-only: {todo}",
    "Authorization",
    "use the user's full token to publish or to change anything",
)

# The control API under /_dev/.
USER_NOT_FOUND = ErrorText(404, "user {name} not found: use one of {known}", "user")
INBOX_NOT_FOUND = ErrorText(404, "inbox {name} not found: nothing was sent to it and no script was set", "name")
FAULT_NOT_FOUND = ErrorText(404, "fault {id} not found", "id")
NOTHING_TO_EXPLAIN = ErrorText(404, "there is no {kind} {id} to explain", "id")
NOT_WAITING = ErrorText(409, "message {id} does not wait for its time: {reason}")
NOT_IN_FLIGHT = ErrorText(409, "message {id} is not in flight: it is {state}")
NO_TRAVEL = ErrorText(404, "no time travel is going on")
DID_NOT_FIRE = ErrorText(409, "schedule {id} did not fire: {reason}")
CANNOT_CANCEL = ErrorText(409, "message {id} cannot be cancelled: it is {state}")
CANNOT_CANCEL_RUN = ErrorText(409, "run {id} cannot be cancelled: it is {state}")
TRAVEL_FAILED = ErrorText(409, "{reason}")
STARTED_OVER = ErrorText(
    409, "user {name} was started over while this was being accepted: {todo}", todo="send it again"
)
STOPPING = ErrorText(503, "the server is stopping", todo="start it again")
