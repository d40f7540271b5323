"""The configuration of a server: addresses, plan, limits and retention."""

from __future__ import annotations

from msgspec import Struct, field

from qstash_dev.protocol.mapping import Mapping, Side
from qstash_dev.protocol.origin import parse_allowed_host, parse_origin

DAY_S = 86_400
MEGABYTE = 1024 * 1024
WAIT_S = 5.0
"""How long a request or a test waits for the server if it gives no time limit, in seconds of real time."""
REGIONS = ("eu-central-1", "us-east-1")
"""The regions of hosted QStash (https://upstash.com/docs/qstash/howto/multi-region)."""


class Quota(Struct, frozen=True):
    """The limits of one plan of hosted QStash, from https://upstash.com/pricing/qstash; ``pro`` is its Fixed 1M.

    The retries are those of an earlier version of that page; the present one does not name them.
    """

    name: str
    #: Retries of one message after its first attempt.
    max_retries: int
    #: The longest delay of a message (https://upstash.com/docs/qstash/features/delay) and the longest sleep or wait
    #: of a workflow (https://upstash.com/docs/workflow/features/sleep and /wait-for-event). ``None`` for no limit.
    max_delay_s: int | None
    #: The largest body of a message.
    max_message_bytes: int
    #: How long a destination may take to answer.
    max_timeout_s: int
    max_url_groups: int
    max_endpoints_per_group: int
    max_schedules: int
    max_queues: int
    max_queue_parallelism: int
    #: How long events are kept.
    log_retention_s: int
    #: How long entries of the dead letter queue are kept.
    dlq_retention_s: int


FREE = Quota(
    "free",
    max_retries=3,
    max_delay_s=7 * DAY_S,
    max_message_bytes=1 * MEGABYTE,
    max_timeout_s=900,
    max_url_groups=1,
    max_endpoints_per_group=100,
    max_schedules=10,
    max_queues=10,
    max_queue_parallelism=2,
    log_retention_s=3 * DAY_S,
    dlq_retention_s=3 * DAY_S,
)
PAYG = Quota(
    "payg",
    max_retries=5,
    max_delay_s=365 * DAY_S,
    max_message_bytes=10 * MEGABYTE,
    max_timeout_s=7_200,
    max_url_groups=100,
    max_endpoints_per_group=100,
    max_schedules=1_000,
    max_queues=100,
    max_queue_parallelism=10,
    log_retention_s=7 * DAY_S,
    dlq_retention_s=7 * DAY_S,
)
PRO = Quota(
    "pro",
    max_retries=20,
    max_delay_s=None,
    max_message_bytes=50 * MEGABYTE,
    max_timeout_s=21_600,
    max_url_groups=1_000,
    max_endpoints_per_group=1_000,
    max_schedules=10_000,
    max_queues=1_000,
    max_queue_parallelism=10,
    log_retention_s=14 * DAY_S,
    dlq_retention_s=30 * DAY_S,
)
QUOTAS = {quota.name: quota for quota in (FREE, PAYG, PRO)}


class Retention(Struct, frozen=True):
    """How much history is kept for each user; the oldest entries are removed first. How long it is kept depends on
    the :class:`Quota`."""

    events: int = 10_000
    finished_messages: int = 10_000
    dead_letters: int = 10_000
    #: Ended workflow runs.
    runs: int = 1_000
    deduplication_ids: int = 1_000_000
    #: Flow control keys. Beyond them idle ones are removed.
    flow_controls: int = 10_000
    #: Refused API calls, and their bytes.
    refusals: int = 1_000
    refusal_bytes: int = 4 * MEGABYTE
    #: Events that reached no workflow run, and the bytes of their ids, and for how long a wait that begins later is
    #: told of one.
    unheard_events: int = 1_000
    unheard_event_bytes: int = 256 * 1024
    unheard_event_s: float = 600.0
    #: Requests in one inbox, and their bytes.
    inbox_requests: int = 10_000
    inbox_bytes: int = 64 * MEGABYTE
    #: Bytes, headers included, in each of events, finished messages, dead letters and runs, and in all inboxes
    #: together, scripts included: 10,000 finished messages of 10 MB each would fill the memory of a laptop.
    max_bytes: int = 256 * MEGABYTE


class Limits(Struct, frozen=True):
    """How much one answer, one wait, one live stream or one destination may take of a server."""

    #: Bytes of bodies in one page of a list, if it has more than one entry.
    page_bytes: int = 32 * MEGABYTE
    #: Messages that one request to ``/_dev/messages`` looks at, even if it finds few; the next one goes on at the
    #: cursor.
    messages_looked_at: int = 5_000
    #: Bytes of bodies that one request to ``/_dev/messages`` searches.
    searched_bytes: int = 4 * MEGABYTE
    #: Groups in one answer of ``/_dev/dlq/groups``.
    dead_letter_groups: int = 200
    #: Changed messages in one event of the console's live stream.
    feed_messages: int = 100
    #: Seconds of real time that a wait under ``/_dev/`` lasts at most if the request names no ``timeout``.
    wait_s: float = WAIT_S
    #: Seconds of real time between two probes of an application that refused a connection.
    probe_every_s: float = 1.0
    #: Seconds after which a live stream without events sends a comment.
    keep_alive_s: float = 15.0
    #: Seconds of real time after which a call without an answer is told of, each time once; a time travel
    #: that waits for it tells of it after the first of them.
    still_waiting_s: tuple[float, ...] = (5.0, 30.0, 300.0)
    #: Connections to one origin that are opened at the same time. A fast destination needs no more, because the open
    #: connections serve the other requests sooner.
    opening_connections: int = 16
    #: Seconds to wait for an address of a destination before the next one is tried too (RFC 8305, 5).
    head_start_s: float = 0.25
    #: Seconds that a probe of a loopback address takes at most, after a connection to it was refused or closed.
    probe_s: float = 0.25
    #: Hosts that are remembered because a delivery to them needs no warning, or has had it.
    known_hosts: int = 1_000
    #: Bytes of request heads that are kept with their meaning, for fast publishes.
    known_head_bytes: int = 2 * MEGABYTE


class Config(Struct, frozen=True):
    """The configuration of a :class:`~qstash_dev.server.Server`.

    Raises ValueError: an entry of ``allow_hosts`` or ``allow_origins`` is not a host or an origin. The text says what
    would be right.
    """

    #: The address to listen on; ``None`` for both loopback addresses.
    host: str | None = None
    #: 0 lets the system choose.
    port: int = 8080
    #: A second port with the same API, for the Upstash console; ``None`` for none.
    log_port: int | None = None
    quota: Quota = PAYG
    #: The region in the header ``Upstash-Region`` of deliveries.
    region: str = REGIONS[0]
    retention: Retention = field(default_factory=Retention)
    limits: Limits = field(default_factory=Limits)
    #: Whether the TLS certificates of destinations are checked.
    verify_tls: bool = True
    #: A PEM file with certificates to trust besides those of the system.
    ca_file: str | None = None
    #: Delivery attempts in flight at once, of all users.
    max_in_flight: int = 1_000
    #: Whether plain publishes are answered by the fast path (:mod:`qstash_dev.api.v2.fast_publish`).
    gate: bool = True
    #: Whether a retry to an application on this machine that refused the connection is due as soon as it listens.
    retry_when_up: bool = False
    #: Names that clients may send in the header ``Host`` besides those of loopback; ``*`` for any.
    allow_hosts: tuple[str, ...] = ()
    #: Origins, such as ``http://localhost:3000``, whose web pages may call all routes.
    allow_origins: tuple[str, ...] = ()
    #: Destinations whose messages are delivered to another URL.
    mappings: tuple[Mapping, ...] = ()
    #: Whose host mapped deliveries have in the header ``Host``, and which URL they sign, unless the mapping says.
    map_host: Side = Side.TARGET
    map_sign: Side = Side.PUBLISHED
    #: Whether a destination off this machine is never called unless a mapping catches it.
    local_only: bool = False
    #: What the undelivered messages and running workflows of one user may occupy.
    max_pending_bytes: int = 2048 * MEGABYTE
    #: Steps, waiters and invocations of one workflow run.
    max_run_entries: int = 10_000
    #: The log of a run is not delivered if it is larger and the SDK can fetch it; ``None`` always delivers it.
    lazy_fetch_bytes: int | None = None
    #: The body of one batch.
    max_batch_bytes: int = 100 * MEGABYTE
    #: Real seconds in which the head of a request must arrive.
    head_timeout_s: float = 30.0
    #: Real seconds in each of which some of the body of a request must arrive.
    body_timeout_s: float = 30.0
    #: Bytes of all requests that have not arrived completely.
    max_incoming_bytes: int = 512 * MEGABYTE
    #: Connections of clients; ``None`` for what the limit on open files leaves beside deliveries.
    max_connections: int | None = None
    #: Bytes that wait for readers of live streams, of all readers together.
    max_stream_bytes: int = 64 * MEGABYTE
    #: Real seconds that a stopping server waits for attempts in flight.
    shutdown_grace_s: float = 5.0
    #: How many times as fast as real time the clock runs.
    time_scale: float = 1.0

    def __post_init__(self) -> None:
        """Check hosts and origins."""
        for host in self.allow_hosts:
            parse_allowed_host(host)
        for origin in self.allow_origins:
            parse_origin(origin)
