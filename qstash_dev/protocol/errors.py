"""Every status and error text on the wire, in one table.

Texts marked *real* were seen from hosted QStash; the others are ours and name the field and what would be right.
"""

from __future__ import annotations

from typing import NamedTuple


class Rejection(Exception):
    """A request that cannot be served: an HTTP ``status`` and the text of ``{"error": ...}``."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class ErrorText(NamedTuple):
    """A row of the table; calling it with the values of its placeholders makes the exception."""

    status: int
    template: str

    def __call__(self, **values: object) -> Rejection:
        """The :class:`Rejection` to raise."""
        return Rejection(self.status, self.template.format_map(values))


# Authentication. The beginning is real; no text repeats the token.
_INVALID_TOKEN = "unable to authenticate: invalid token"
_PRINTED = "of one of the predefined users, as the server prints it at its start"
NO_TOKEN = ErrorText(401, f"{_INVALID_TOKEN}: send 'Authorization: Bearer <QSTASH_TOKEN>' with the token {_PRINTED}")
NO_BEARER = ErrorText(401, f"{_INVALID_TOKEN}: the Authorization header must be 'Bearer <QSTASH_TOKEN>'")
UNSET_TOKEN = ErrorText(401, f"{_INVALID_TOKEN}: it is empty, so set QSTASH_TOKEN where the application runs")
QUOTED_TOKEN = ErrorText(401, f"{_INVALID_TOKEN}: it is in quotes, so set QSTASH_TOKEN without them")
BEARER_TWICE = ErrorText(401, f"{_INVALID_TOKEN}: 'Bearer' is there twice, so set QSTASH_TOKEN to the token alone")
SIGNING_KEY_AS_TOKEN = ErrorText(401, f"{_INVALID_TOKEN}: it is a signing key, so send QSTASH_TOKEN instead")
CUT_TOKEN = ErrorText(401, f"{_INVALID_TOKEN}: the '=' at its end is missing or there too often")
HOSTED_TOKEN = ErrorText(
    401,
    f"{_INVALID_TOKEN}: it is one of hosted QStash, unknown here, so set QSTASH_TOKEN to that {_PRINTED}",
)
UNKNOWN_TOKEN = ErrorText(401, f"{_INVALID_TOKEN}: it is nobody's here, so set QSTASH_TOKEN to that {_PRINTED}")

# Paths.
NO_SUCH_ROUTE = ErrorText(404, "no such route: {method} {path}")
OLD_API = ErrorText(
    404,
    "no such route: {method} {path}: v1 existed once, use /v2: set QSTASH_URL to {url}, clients add /v2 themselves",
)
PATH_TWICE = ErrorText(
    404,
    "no such route: {method} {path}: set QSTASH_URL to {url} alone, clients add /v2 and what follows",
)
TWO_SLASHES = ErrorText(
    404,
    "no such route: {method} {path}: set QSTASH_URL to {url} without a slash at its end, clients add one",
)
LEGACY_ROUTE = ErrorText(
    404,
    "no such route: {method} {path}: it belongs to a discontinued hosted API, call the provider's own https:// URL",
)
METHOD_NOT_ALLOWED = ErrorText(405, "method {method} is not allowed here, use {allowed}")
BODY_TOO_LARGE = ErrorText(413, "request body is larger than {limit} bytes")
UNKNOWN_EXPECTATION = ErrorText(417, "the Expect header may only say 100-continue: leave it out")
BAD_REQUEST = ErrorText(400, "not a valid HTTP request: {reason}")
HEAD_TOO_LARGE = ErrorText(
    400,
    "not a valid HTTP request: its head is too large; lines are limited to {line} bytes, heads to {size} bytes "
    "and {count} headers",
)
HEAD_TOO_SLOW = ErrorText(408, "the head of the request did not come within {seconds} s")
BODY_TOO_SLOW = ErrorText(408, "the body of the request stalled: send at least {size} bytes within {seconds} s")
BUSY_READING = ErrorText(
    503, "the server is reading {limit} bytes of other requests already: send this one again in a moment"
)
INTERNAL = ErrorText(500, "internal error in qstash-dev: {reason}; please report it with the server's output")

# Publishing. Real, except where the text says more than hosted QStash does.
EMPTY_DESTINATION = ErrorText(
    400, "a non-empty destination must be provided: name a URL or a URL group in the field destination"
)
MISSING_DESTINATION = ErrorText(
    400, "a non-empty destination must be provided: it belongs in the path, as in {example}"
)
_INVALID_SCHEME = "invalid destination url: endpoint has invalid scheme, add http:// or https://"
INVALID_SCHEME = ErrorText(400, f"{_INVALID_SCHEME} (got '{{destination}}')")
INVALID_URL = ErrorText(400, "invalid destination url: {reason} (got '{destination}')")
NESTED_PUBLISH_URL = ErrorText(
    400,
    f"{_INVALID_SCHEME}: '{{destination}}' is an address of the QStash API itself, "
    "so set QSTASH_URL to the server's address alone, such as http://127.0.0.1:8080",
)
NESTED_PATH = ErrorText(
    400,
    f"{_INVALID_SCHEME}: '{{destination}}' is a path of the QStash API itself, "
    "so set QSTASH_URL to {url} alone, clients add /v2 and what follows",
)
URL_GROUP_NOT_FOUND = ErrorText(404, "topic {name} not found")
LEGACY_API = ErrorText(
    400,
    "destination '{destination}' names a discontinued hosted API: publish to the provider's own https:// URL",
)

# Header values. Ours: the changelog of December 2024 promises that the offending field is named.
INVALID_HEADER = ErrorText(400, "invalid {field}: {reason} (got '{value}')")
INVALID_DURATION = ErrorText(400, "invalid {field} header: {go}: {help}")  # real until the last colon
DEDUPLICATION_ID_COLON = ErrorText(  # real until the comma
    400, "DeduplicationId cannot contain ':', use another separator such as '_' ({field} is '{value}')"
)
FLOW_CONTROL_KEY = ErrorText(  # real until the bracket
    400, "flowControlKey must be alphanumeric, hyphen, underscore, or period ({field} is '{value}')"
)
FLOW_CONTROL_VALUE = ErrorText(  # real until the colon
    400,
    "{field} should be either rate=X or parallelism=Y, or both as comma-separated values: {reason} (got '{value}')",
)
DELAYED_ENQUEUE = ErrorText(  # real until the colon
    400,
    "Upstash-Not-Before/Upstash-Delay can not be used with enqueue: "
    "publish instead, or let a schedule put the message into the queue",
)
TOO_MANY_HEADERS = ErrorText(
    400, "too many headers: one message may have {count} with {size} bytes together, Upstash-* included"
)
QUOTA_EXCEEDED = ErrorText(412, "quota {name} exceeded, current limit: {limit}")  # real

# Bodies and queries.
INVALID_JSON = ErrorText(400, "invalid request body: {reason}")
INVALID_PARAMETER = ErrorText(400, "invalid query parameter {name}: {reason} (got '{value}')")
UNKNOWN_PARAMETER = ErrorText(400, "unknown query parameter {name}: use one of {known}")

# Lookups. The first is real.
MESSAGE_NOT_FOUND = ErrorText(404, "message {id} not found")
DEAD_LETTER_NOT_FOUND = ErrorText(404, "dlq message {id} not found")
QUEUE_NOT_FOUND = ErrorText(404, "queue {name} not found")
SCHEDULE_NOT_FOUND = ErrorText(404, "schedule {id} not found")
FLOW_CONTROL_NOT_FOUND = ErrorText(404, "flow control key {key} not found")

# Names and fields of resources.
MISSING_FLOW_CONTROL_KEY = ErrorText(400, "the flow control key is missing: put it into the path")
_NAME = "use 1 to 256 letters, digits, '-', '_' and '.'"
INVALID_NAME = ErrorText(400, f"invalid {{field}} '{{name}}': {_NAME}")
ADDRESS_AS_NAME = ErrorText(
    400, f"invalid {{field}} '{{name}}': {_NAME}; put the id of a user or a hash in the place of an e-mail address"
)
NAME_IS_NO_STRING = ErrorText(400, f"invalid {{field}}: it is {{kind}}, but must be a string: {_NAME}")
MISSING_NAME = ErrorText(400, f"invalid {{field}}: it is missing: {_NAME}")
TOO_LONG = ErrorText(400, "invalid {field}: use at most {limit} bytes, got {size}")
INVALID_FIELD = ErrorText(400, "invalid field {field}: {reason}")
INVALID_CRON = ErrorText(400, "Invalid cron expression {reason}")  # real
MISSING_CRON = ErrorText(400, "Upstash-Cron is missing: a schedule needs a cron expression such as '*/5 * * * *'")

# Workflows. The first is real; the SDKs take any 400 to a step for a run that has ended, so all else is 412.
DEAD_RUN = ErrorText(400, "failed to publish to url: can not append to a a cancelled workflow (run {id}: {state})")
INVALID_STEP = ErrorText(412, "invalid workflow step: {reason}")
RUN_NOT_FOUND = ErrorText(404, "workflow run {id} not found")
RUN_DEAD_LETTER = ErrorText(
    409,
    "dlq message {id} belongs to workflow run {run}: "
    "use POST /v2/workflows/dlq/resume/{id} or POST /v2/workflows/dlq/restart/{id}",
)
RUN_MESSAGE = ErrorText(
    409,
    "message {id} belongs to workflow run {run} and cannot be replayed alone: "
    "trigger the workflow again, or resume or restart the run from the workflow dlq if it has failed",
)
NO_RUN_FOR_HOOK = ErrorText(404, "no workflow run {id} is waiting for calls of this webhook")
NO_FAILED_CALLBACK = ErrorText(
    400, "the failure callback of {id} is {state}, but only one in state {wanted} can be {what}"
)

# Safety on a developer's machine.
FOREIGN_HOST = ErrorText(
    403, "host '{host}' is not served here: start qstash-dev with --allow-host {name} if it is yours"
)
CROSS_SITE = ErrorText(
    403,
    "web pages of other origins may not call this server (origin '{origin}'): "
    "start qstash-dev with --allow-origin {name} if it is yours",
)
CROSS_SITE_NAMELESS = ErrorText(
    403,
    "web pages of other origins may not call this server (origin '{origin}'): "
    "only an origin such as http://localhost:3000 can be allowed, with --allow-origin",
)
CROSS_SITE_WITHOUT_ORIGIN = ErrorText(
    403,
    "web pages of other origins may not call this server: from a page of yours use fetch(), and start qstash-dev "
    "with --allow-origin and the page's origin",
)
READ_ONLY = ErrorText(403, "this token is read-only: use the user's full token to publish or to change anything")

# The control API under /_dev/.
USER_NOT_FOUND = ErrorText(404, "user {name} not found: use one of {known}")
INBOX_NOT_FOUND = ErrorText(404, "inbox {name} not found: nothing was sent to it and no script was set")
FAULT_NOT_FOUND = ErrorText(404, "fault {id} not found")
NOT_WAITING = ErrorText(409, "message {id} does not wait for its time: {reason}")
DID_NOT_FIRE = ErrorText(409, "schedule {id} did not fire: {reason}")
CANNOT_CANCEL = ErrorText(409, "message {id} cannot be cancelled: it is {state}")
TRAVEL_FAILED = ErrorText(409, "{reason}")
STARTED_OVER = ErrorText(409, "user {name} was started over while this was being accepted: send it again")
STOPPING = ErrorText(503, "the server is stopping")
