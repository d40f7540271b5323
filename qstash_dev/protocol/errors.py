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


UNAUTHORIZED = ErrorText(
    401,
    "unauthorized: send 'Authorization: Bearer <QSTASH_TOKEN>' with the token of one of the predefined users",
)
NO_SUCH_ROUTE = ErrorText(404, "no such route: {method} {path}")
METHOD_NOT_ALLOWED = ErrorText(405, "method {method} is not allowed here, use {allowed}")
BODY_TOO_LARGE = ErrorText(413, "request body is larger than {limit} bytes")
UNKNOWN_EXPECTATION = ErrorText(417, "the Expect header may only say 100-continue: leave it out")
INTERNAL = ErrorText(500, "internal error in qstash-dev: {reason}; please report it with the server's output")

# Publishing. Real, except where the text says more than hosted QStash does.
EMPTY_DESTINATION = ErrorText(400, "a non-empty destination must be provided")
INVALID_SCHEME = ErrorText(
    400, "invalid destination url: endpoint has invalid scheme, add http:// or https:// (got '{destination}')"
)
INVALID_URL = ErrorText(400, "invalid destination url: {reason} (got '{destination}')")
NESTED_PUBLISH_URL = ErrorText(
    400,
    "invalid destination url: '{destination}' is a QStash API address itself; "
    "set QSTASH_URL to the server's address only, such as http://127.0.0.1:8080",
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
INVALID_NAME = ErrorText(400, "invalid {field} '{name}': use 1 to 256 letters, digits, '-', '_' and '.'")
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
    403, "host '{host}' is not served here: start qstash-dev with --allow-host {host} if it is yours"
)
CROSS_SITE = ErrorText(403, "web pages of other origins may not call this server (origin '{origin}')")
READ_ONLY = ErrorText(403, "this token is read-only: use the user's full token to publish or to change anything")

# The control API under /_dev/.
USER_NOT_FOUND = ErrorText(404, "user {name} not found: use one of {known}")
INBOX_NOT_FOUND = ErrorText(404, "inbox {name} not found: nothing was sent to it and no script was set")
FAULT_NOT_FOUND = ErrorText(404, "fault {id} not found")
NOT_WAITING = ErrorText(409, "message {id} does not wait for its time: {reason}")
DID_NOT_FIRE = ErrorText(409, "schedule {id} did not fire: {reason}")
CANNOT_CANCEL = ErrorText(409, "message {id} cannot be cancelled: it is {state}")
TRAVEL_FAILED = ErrorText(409, "{reason}")
STOPPING = ErrorText(503, "the server is stopping")
