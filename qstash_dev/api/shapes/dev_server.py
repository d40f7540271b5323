"""The server: settings and options (``/_dev/setup``), sign of life, clock and counts of messages (``/health``,
``/_dev/status``)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from qstash_dev.api.shapes.dev_clock import Clock
from qstash_dev.api.shapes.dev_parts import Mapping
from qstash_dev.api.shapes.fields import Annotated, Positive, Shape, Whole, doc
from qstash_dev.protocol.mapping import Side


class UserSetup(Shape):
    """What an application needs to act as a user."""

    name: Annotated[str, doc("Id of the user.")]
    token: Annotated[str, doc("Token that may do anything.")]
    read_only_token: Annotated[str, doc("Token that may only read.")]
    env: Annotated[dict[str, str], doc("Environment variables that the SDKs read.")]


class PlanQuota(Struct, forbid_unknown_fields=True):
    """The limits of the plan. Durations are seconds, sizes are bytes."""

    name: Annotated[str, doc("Name of the plan.")]
    max_retries: Annotated[Whole, doc("Retries of a message.")]
    max_delay_s: Annotated[Whole | None, doc("Longest delay, null for no limit.")]
    max_message_bytes: Annotated[Whole, doc("Largest body.")]
    max_timeout_s: Annotated[Whole, doc("Longest delivery attempt.")]
    max_url_groups: Annotated[Whole, doc("URL groups.")]
    max_endpoints_per_group: Annotated[Whole, doc("Endpoints of a URL group.")]
    max_schedules: Annotated[Whole, doc("Schedules.")]
    max_queues: Annotated[Whole, doc("Queues.")]
    max_queue_parallelism: Annotated[Whole, doc("Parallelism of a queue.")]
    log_retention_s: Annotated[Whole, doc("How long events are kept.")]
    dlq_retention_s: Annotated[Whole, doc("How long entries of the dead letter queue are kept.")]


class ServerLimits(Shape):
    """What the server keeps and takes at most, for each user unless it says otherwise."""

    events: Annotated[Whole, doc("Events of the log.")]
    finished_messages: Annotated[Whole, doc("Messages that have ended.")]
    dead_letters: Annotated[Whole, doc("Entries of the dead letter queue.")]
    runs: Annotated[Whole, doc("Workflow runs that have ended.")]
    max_bytes: Annotated[Whole, doc("Bytes of each of these.")]
    max_pending_bytes: Annotated[Whole, doc("Bytes of messages and runs that have not ended.")]
    max_batch_bytes: Annotated[Whole, doc("Bytes of a batch.")]
    max_incoming_bytes: Annotated[Whole, doc("Bytes of all requests that are not whole yet.")]
    max_run_entries: Annotated[Whole, doc("Entries of a workflow run's log.")]
    max_in_flight: Annotated[Whole, doc("Delivery attempts of all users at the same time.")]
    verify_tls: Annotated[bool, doc("Whether certificates of destinations are checked.")]


class ServerModes(Shape):
    """What was chosen when the server was started, besides limits."""

    host: Annotated[str | None, doc("The address it listens on, null for both loopback addresses.")]
    log_port: Annotated[Positive | None, doc("The second port, null for none.")]
    allow_hosts: Annotated[list[str], doc("Host names it may be called by, besides those of loopback.")]
    allow_origins: Annotated[list[str], doc("Origins whose web pages may call it.")]
    gate: Annotated[bool, doc("Whether plain publishes are answered ahead of the web framework.")]
    own_certificates: Annotated[bool, doc("Whether a file of certificate authorities was given.")]
    local_only: Annotated[bool, doc("Whether destinations off this machine are only called where a mapping says so.")]
    map_host: Annotated[Side, doc("Whose host mapped deliveries have in the header Host.")]
    map_sign: Annotated[Side, doc("Which URL mapped deliveries sign.")]
    lazy_fetch_bytes: Annotated[Whole | None, doc("The SDK fetches longer logs of runs itself, null for none.")]


class Setup(Shape):
    """The settings that an application needs, and the options with which the server was started."""

    version: Annotated[str, doc("Version of qstash-dev.")]
    url: Annotated[str, doc("The server's URL, as it was just called.")]
    openapi: Annotated[str, doc("Where the OpenAPI document is.")]
    users: Annotated[list[UserSetup], doc("Each user, the default one first.")]
    quota: Annotated[PlanQuota, doc("Limits of the plan.")]
    limits: Annotated[ServerLimits, doc("Limits of this server.")]
    modes: Annotated[ServerModes, doc("What was chosen at the start.")]
    mappings: Annotated[list[Mapping], doc("Which published URLs are delivered elsewhere.")]


class UserStatus(Shape):
    """How many messages of a user are where."""

    name: Annotated[str, doc("Id of the user.")]
    in_flight: Annotated[Whole, doc("Messages in flight.")]
    due: Annotated[Whole, doc("Messages that wait for a queue, a flow control key or a connection, not for a time.")]
    later: Annotated[Whole, doc("Messages that wait for their time.")]
    failed: Annotated[Whole, doc("Entries of the dead letter queue.")]
    messages: Annotated[Whole, doc("All messages that are kept.")]
    refused: Annotated[Whole, doc("API calls in the list of refused ones, but for those that asked in vain (404).")]


class ServerStatus(Shape):
    """The clock, and what the messages of each user are doing."""

    clock: Annotated[Clock, doc("The clock.")]
    users: Annotated[list[UserStatus], doc("Each user, the default one first.")]
    unknown_refused: Annotated[Whole, doc("As `refused` of a user, of calls without a valid token.")]


class Status(ServerStatus, kw_only=True):
    """The server's version, its clock, and what the messages of each user are doing."""

    version: Annotated[str, doc("Version of qstash-dev.")]


class Health(Shape):
    """The server answers."""

    status: Annotated[Literal["ok"], doc("That it does.")]
