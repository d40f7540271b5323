"""Error answers: the status and the text of each, and what they are about, in one table.

Texts marked *real* were seen from hosted QStash; the others are ours and name the field and what would be right. The
answer is ``{"error": text}``, as in the OpenAPI document of https://upstash.com/docs/qstash/api-reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Rejection(Exception):
    """A request that cannot be served.

    ``status`` is that of the HTTP answer and ``text`` its ``error``. ``field`` names what is at fault as its caller
    writes it: a header, a query parameter, a field of the body, a part of the path or an environment variable; empty
    if it is none of these. A dot leads into a value, as in ``Upstash-Flow-Control-Value.rate``, brackets lead into an
    array, as in ``[3].headers.Upstash-Delay``. ``reason`` is what the text says about the field, for whoever shows it
    beside that. ``expected`` lists the values that would be right, where it can. ``run_id`` is the workflow run of an
    item of a batch.
    """

    def __init__(
        self,
        status: int,
        text: str,
        field: str = "",
        reason: str = "",
        expected: Sequence[str] = (),
        run_id: str = "",
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.field = field
        self.reason = reason or text
        self.expected = expected
        self.run_id = run_id

    def about(self, field: str) -> Rejection:
        return Rejection(self.status, self.text, field, self.reason, self.expected, self.run_id)

    def with_status(self, status: int) -> Rejection:
        return Rejection(status, self.text, self.field, self.reason, self.expected, self.run_id)

    def of_run(self, run_id: str) -> Rejection:
        return Rejection(self.status, self.text, self.field, self.reason, self.expected, run_id)

    def spelled(self, names: Iterable[str]) -> Rejection:
        """The same rejection, with the field as it is written among these names: those of headers ignore case."""
        name, dot, part = self.field.partition(".")
        return self.about(next((one for one in names if one.lower() == name.lower()), name) + dot + part)

    def in_item(self, number: int) -> Rejection:
        """The same rejection of an item of a batch, counted from 0."""
        of_header = "headers." if self.field.lower().startswith("upstash-") else ""
        text = f"item {number} of the batch: {self.text}"
        field = f"[{number}].{of_header}{self.field}"
        return Rejection(self.status, text, field, self.reason, self.expected, self.run_id)

    def shown(self) -> dict[str, Any]:
        """The rejection as JSON, below ``/_dev/``."""
        fields: dict[str, Any] = {"error": self.text}
        if self.field:
            fields["field"] = self.field
        if self.reason != self.text:
            fields["reason"] = self.reason
        if self.expected:
            fields["expected"] = list(self.expected)
        return fields


class ErrorText(NamedTuple):
    """A row of the table. ``template`` and ``field`` hold placeholders in braces."""

    status: int
    template: str
    field: str = ""

    def __call__(self, expected: Sequence[str] = (), /, **values: object) -> Rejection:
        """The :class:`Rejection` to raise. What is ``expected`` also makes the ``reason``, unless one is given."""
        if expected:
            values.setdefault("reason", one_of(expected))
        text, field = self.template.format_map(values), self.field.format_map(values)
        return Rejection(self.status, text, field, str(values.get("reason", "")), expected)


def one_of(values: Sequence[str]) -> str:
    """What to use, in words."""
    return f"use one of {', '.join(values)}" if len(values) > 2 else f"use {' or '.join(values)}"


# Authentication. The beginning is real; no text repeats the token.
def _of_token(text: str) -> ErrorText:
    return ErrorText(401, f"unable to authenticate: invalid token: {text}", "Authorization")


_PRINTED = "of one of the predefined users, as the server prints it at its start"
NO_TOKEN = _of_token(f"send 'Authorization: Bearer <QSTASH_TOKEN>' with the token {_PRINTED}")
NO_BEARER = _of_token("the Authorization header must be 'Bearer <QSTASH_TOKEN>'")
UNSET_TOKEN = _of_token("it is empty, so set QSTASH_TOKEN where the application runs")
QUOTED_TOKEN = _of_token("it is in quotes, so set QSTASH_TOKEN without them")
BEARER_TWICE = _of_token("'Bearer' is there twice, so set QSTASH_TOKEN to the token alone")
SIGNING_KEY_AS_TOKEN = _of_token("it is a signing key, so send QSTASH_TOKEN instead")
CUT_TOKEN = _of_token("the '=' at its end is missing or there too often")
HOSTED_TOKEN = _of_token(f"it is one of hosted QStash, unknown here, so set QSTASH_TOKEN to that {_PRINTED}")
UNKNOWN_TOKEN = _of_token(f"it is nobody's here, so set QSTASH_TOKEN to that {_PRINTED}")


# Paths.
def _no_route(text: str, field: str = "") -> ErrorText:
    return ErrorText(404, f"no such route: {{method}} {{path}}{text}", field)


NO_SUCH_ROUTE = _no_route("")
OLD_API = _no_route(": v1 existed once, use /v2: set QSTASH_URL to {url}, clients add /v2 themselves", "QSTASH_URL")
PATH_TWICE = _no_route(": set QSTASH_URL to {url} alone, clients add /v2 and what follows", "QSTASH_URL")
TWO_SLASHES = _no_route(": set QSTASH_URL to {url} without a slash at its end, clients add one", "QSTASH_URL")
LEGACY_ROUTE = _no_route(": it belongs to a discontinued hosted API, call the provider's own https:// URL")
METHOD_NOT_ALLOWED = ErrorText(405, "method {method} is not allowed here, use {allowed}")
BODY_TOO_LARGE = ErrorText(413, "request body is larger than {limit} bytes", "body")
UNKNOWN_EXPECTATION = ErrorText(417, "the Expect header may only say 100-continue: leave it out", "Expect")
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
    400, "a non-empty destination must be provided: name a URL or a URL group in the field destination", "destination"
)
MISSING_DESTINATION = ErrorText(
    400, "a non-empty destination must be provided: it belongs in the path, as in {example}", "destination"
)
_INVALID_SCHEME = "invalid destination url: endpoint has invalid scheme, add http:// or https://"
INVALID_SCHEME = ErrorText(400, f"{_INVALID_SCHEME} (got '{{destination}}')", "destination")
INVALID_URL = ErrorText(400, "invalid destination url: {reason} (got '{destination}')", "destination")
NESTED_PUBLISH_URL = ErrorText(
    400,
    f"{_INVALID_SCHEME}: '{{destination}}' is an address of the QStash API itself, "
    "so set QSTASH_URL to the server's address alone, such as http://127.0.0.1:8080",
    "destination",
)
NESTED_PATH = ErrorText(
    400,
    f"{_INVALID_SCHEME}: '{{destination}}' is a path of the QStash API itself, "
    "so set QSTASH_URL to {url} alone, clients add /v2 and what follows",
    "destination",
)
URL_GROUP_NOT_FOUND = ErrorText(404, "topic {name} not found", "destination")
LEGACY_API = ErrorText(
    400,
    "destination '{destination}' names a discontinued hosted API: publish to the provider's own https:// URL",
    "destination",
)

# Header values. Ours: the changelog of December 2024 promises that the offending field is named.
INVALID_HEADER = ErrorText(400, "invalid {field}: {reason} (got '{value}')", "{field}")
INVALID_DURATION = ErrorText(400, "invalid {field} header: {go}: {help}", "{field}")  # real until the last colon
DEDUPLICATION_ID_COLON = ErrorText(  # real until the comma
    400, "DeduplicationId cannot contain ':', use another separator such as '_' ({field} is '{value}')", "{field}"
)
FLOW_CONTROL_KEY = ErrorText(  # real until the bracket
    400, "flowControlKey must be alphanumeric, hyphen, underscore, or period ({field} is '{value}')", "{field}"
)
FLOW_CONTROL_VALUE = ErrorText(  # real until the colon
    400,
    "{field} should be either rate=X or parallelism=Y, or both as comma-separated values: {reason} (got '{value}')",
    "{field}",
)
DELAYED_ENQUEUE = ErrorText(  # real until the colon
    400,
    "Upstash-Not-Before/Upstash-Delay can not be used with enqueue: "
    "publish instead, or let a schedule put the message into the queue",
    "{field}",
)
TOO_MANY_HEADERS = ErrorText(
    400, "too many headers: one message may have {count} with {size} bytes together, Upstash-* included", "headers"
)
QUOTA_EXCEEDED = ErrorText(412, "quota {name} exceeded, current limit: {limit}", "{field}")  # real

# Bodies and queries.
INVALID_JSON = ErrorText(400, "invalid request body: {reason}", "body")
INVALID_PARAMETER = ErrorText(400, "invalid query parameter {name}: {reason} (got '{value}')", "{name}")
UNKNOWN_PARAMETER = ErrorText(400, "unknown query parameter {name}: use one of {known}", "{name}")

# Lookups. The first is real.
MESSAGE_NOT_FOUND = ErrorText(404, "message {id} not found", "id")
DEAD_LETTER_NOT_FOUND = ErrorText(404, "dlq message {id} not found", "id")
QUEUE_NOT_FOUND = ErrorText(404, "queue {name} not found", "name")
SCHEDULE_NOT_FOUND = ErrorText(404, "schedule {id} not found", "id")
FLOW_CONTROL_NOT_FOUND = ErrorText(404, "flow control key {key} not found", "key")

# Names and fields of resources.
MISSING_FLOW_CONTROL_KEY = ErrorText(400, "the flow control key is missing: put it into the path", "key")
_NAME = "use 1 to 256 letters, digits, '-', '_' and '.'"
INVALID_NAME = ErrorText(400, f"invalid {{field}} '{{name}}': {_NAME}", "{field}")
ADDRESS_AS_NAME = ErrorText(
    400,
    f"invalid {{field}} '{{name}}': {_NAME}; put the id of a user or a hash in the place of an e-mail address",
    "{field}",
)
NAME_IS_NO_STRING = ErrorText(400, f"invalid {{field}}: it is {{kind}}, but must be a string: {_NAME}", "{field}")
MISSING_NAME = ErrorText(400, f"invalid {{field}}: it is missing: {_NAME}", "{field}")
TOO_LONG = ErrorText(400, "invalid {field}: use at most {limit} bytes, got {size}", "{field}")
INVALID_FIELD = ErrorText(400, "invalid field {field}: {reason}", "{field}")
INVALID_CRON = ErrorText(400, "Invalid cron expression {reason}", "Upstash-Cron")  # real
MISSING_CRON = ErrorText(
    400, "Upstash-Cron is missing: a schedule needs a cron expression such as '*/5 * * * *'", "Upstash-Cron"
)

# Workflows. The first is real; the SDKs take any 400 to a step for a run that has ended, so all else is 412.
DEAD_RUN = ErrorText(
    400,
    "failed to publish to url: can not append to a a cancelled workflow (run {id}: {state})",
    "Upstash-Workflow-RunId",
)
INVALID_STEP = ErrorText(412, "invalid workflow step: {reason}", "{field}")
RUN_NOT_FOUND = ErrorText(404, "workflow run {id} not found", "id")
RUN_DEAD_LETTER = ErrorText(
    409,
    "dlq message {id} belongs to workflow run {run}: "
    "use POST /v2/workflows/dlq/resume/{id} or POST /v2/workflows/dlq/restart/{id}",
    "id",
)
RUN_MESSAGE = ErrorText(
    409,
    "message {id} belongs to workflow run {run} and cannot be replayed alone: "
    "trigger the workflow again, or resume or restart the run from the workflow dlq if it has failed",
    "id",
)
NO_RUN_FOR_HOOK = ErrorText(404, "no workflow run {id} is waiting for calls of this webhook", "id")
NO_FAILED_CALLBACK = ErrorText(
    400, "the failure callback of {id} is {state}, but only one in state {wanted} can be {what}"
)

# Safety on a developer's machine.
FOREIGN_HOST = ErrorText(
    403, "host '{host}' is not served here: start qstash-dev with --allow-host {name} if it is yours", "Host"
)
_CROSS_SITE = "web pages of other origins may not call this server"
CROSS_SITE = ErrorText(
    403, _CROSS_SITE + " (origin '{origin}'): start qstash-dev with --allow-origin {name} if it is yours", "Origin"
)
CROSS_SITE_NAMELESS = ErrorText(
    403,
    _CROSS_SITE + " (origin '{origin}'): "
    "only an origin such as http://localhost:3000 can be allowed, with --allow-origin",
    "Origin",
)
CROSS_SITE_WITHOUT_ORIGIN = ErrorText(
    403,
    _CROSS_SITE + ": from a page of yours use fetch(), and start qstash-dev with --allow-origin "
    "and the page's origin",
    "Sec-Fetch-Site",
)
READ_ONLY = ErrorText(
    403, "this token is read-only: use the user's full token to publish or to change anything", "Authorization"
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
STARTED_OVER = ErrorText(409, "user {name} was started over while this was being accepted: send it again")
STOPPING = ErrorText(503, "the server is stopping")
