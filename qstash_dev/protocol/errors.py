"""Every status and error text on the wire, in one table.

Texts marked *real* were seen from hosted QStash; the others are ours and name the field and what would be right.
"""

from __future__ import annotations

from dataclasses import dataclass


class Rejection(Exception):
    """A request that cannot be served: an HTTP ``status`` and the text of ``{"error": ...}``."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class ErrorText:
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
QUOTA_EXCEEDED = ErrorText(412, "quota {name} exceeded, current limit: {limit}")  # real

# Bodies and queries.
INVALID_JSON = ErrorText(400, "invalid request body: {reason}")
INVALID_PARAMETER = ErrorText(400, "invalid query parameter {name}: {reason} (got '{value}')")
UNKNOWN_PARAMETER = ErrorText(400, "unknown query parameter {name}: use one of {known}")

# Lookups. The first is real.
MESSAGE_NOT_FOUND = ErrorText(404, "message {id} not found")
DEAD_LETTER_NOT_FOUND = ErrorText(404, "dlq message {id} not found")
QUEUE_NAME_INVALID = ErrorText(400, "invalid queue name '{name}': use letters, digits, '-', '_' and '.'")
