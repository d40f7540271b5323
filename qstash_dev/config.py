"""What the server is told at start-up: ports, limits, retention. Frozen, passed down, never global."""

from __future__ import annotations

from msgspec import Struct, field

from qstash_dev.protocol.mapping import Mapping
from qstash_dev.protocol.origin import parse_allowed_host, parse_origin

DAY_S = 86_400
MEGABYTE = 1024 * 1024
WAIT_S = 5.0
"""How long a developer or a test waits for a server unless they say so, in seconds of real time."""
REGIONS = ("eu-central-1", "us-east-1")
"""Where hosted QStash runs (QStash docs, howto/multi-region)."""


class Quota(Struct, frozen=True):
    """The limits of one subscription plan. A limit of ``None`` means unlimited.

    All figures are those of the public pricing page (https://upstash.com/pricing/qstash; ``pro`` is its Fixed 1M),
    but for these: the delays are also in QStash docs, features/delay, and for sleeps and waits of workflows in
    workflow/features/sleep and wait-for-event; the retries of ``free`` and ``payg``, and those of ``pro``, are from
    the page's earlier table (docs, overall/pricing), since today's says nothing of them.
    """

    name: str
    max_retries: int
    max_delay_s: int | None
    max_message_bytes: int
    max_timeout_s: int
    max_url_groups: int
    max_endpoints_per_group: int
    max_schedules: int
    max_queues: int
    max_queue_parallelism: int
    log_retention_s: int
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
    """How much of the past one user may keep; the oldest goes first. For how long is a matter of the plan.

    ``max_bytes`` bounds what each of the collections holds, headers included, because 10,000 finished
    messages of 10 MB each would otherwise fill a laptop. ``inbox_requests`` and ``inbox_bytes`` are for one inbox;
    all inboxes together hold ``max_bytes``, scripts included. Of more ``flow_controls`` those that are idle go.
    """

    events: int = 10_000
    finished_messages: int = 10_000
    dead_letters: int = 10_000
    runs: int = 1_000
    deduplication_ids: int = 1_000_000
    flow_controls: int = 10_000
    inbox_requests: int = 10_000
    inbox_bytes: int = 64 * MEGABYTE
    max_bytes: int = 256 * MEGABYTE


class Limits(Struct, frozen=True):
    """What one answer, one wait or one destination may take of a server, however much there is.

    ``page_bytes`` bounds the bodies in one page of more than one entry. One page of ``/_dev/messages`` looks at
    ``messages_looked_at`` messages and ``searched_bytes`` of their bodies; ``dead_letter_groups`` and
    ``feed_messages`` are shown at once. ``wait_s`` is how long a wait under ``/_dev/`` lasts unless it says so, and
    ``keep_alive_s`` how long a live stream is silent. ``opening_connections`` to one origin are opened at once: where
    answers come quickly, those that are open already have taken the rest before more would be. An address is silent
    for ``head_start_s`` before the next one is tried as well (RFC 8305, 5). ``known_head_bytes`` bounds what is
    remembered of heads of requests.
    """

    page_bytes: int = 32 * MEGABYTE
    messages_looked_at: int = 5_000
    searched_bytes: int = 4 * MEGABYTE
    dead_letter_groups: int = 200
    feed_messages: int = 100
    wait_s: float = WAIT_S
    keep_alive_s: float = 15.0
    opening_connections: int = 16
    head_start_s: float = 0.25
    known_head_bytes: int = 2 * MEGABYTE


class Config(Struct, frozen=True):
    """Everything a :class:`~qstash_dev.server.Server` needs to know.

    ``host`` ``None`` means both loopback addresses; ``port`` 0 lets the system choose;
    ``log_port`` ``None`` means no second listener. ``allow_hosts`` are names in ``Host`` headers beside
    those of loopback, ``*`` for any; ``allow_origins`` are origins whose web pages may call everything, such as
    ``http://localhost:3000``. ``mappings`` say which destinations are delivered elsewhere, and ``region`` is where
    deliveries say they come from.
    ``gate`` answers plain publishes ahead of aiohttp. ``max_pending_bytes`` bounds what one user's undelivered
    messages and running workflows may hold, and ``max_run_entries`` how long the log of one workflow run may get.
    A run's log above ``lazy_fetch_bytes`` is left for the SDK to fetch, if it can.
    The head of a request must come within ``head_timeout_s``, and a part of its body every ``body_timeout_s``, both
    in seconds of real time; ``max_incoming_bytes`` bounds what has come of requests that are not whole yet, and
    ``max_connections`` how many clients may be connected, ``None`` for what the file limit leaves beside deliveries.
    ``max_stream_bytes`` bounds what is held for all readers of live streams who have not taken it yet.
    ``time_scale`` is how many times as fast as real time the clock runs.
    """

    host: str | None = None
    port: int = 8080
    log_port: int | None = None
    quota: Quota = PAYG
    region: str = REGIONS[0]
    retention: Retention = field(default_factory=Retention)
    limits: Limits = field(default_factory=Limits)
    verify_tls: bool = True
    ca_file: str | None = None
    max_in_flight: int = 1_000
    gate: bool = True
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    max_pending_bytes: int = 2048 * MEGABYTE
    max_run_entries: int = 10_000
    lazy_fetch_bytes: int | None = None
    max_batch_bytes: int = 100 * MEGABYTE
    head_timeout_s: float = 30.0
    body_timeout_s: float = 30.0
    max_incoming_bytes: int = 512 * MEGABYTE
    max_connections: int | None = None
    max_stream_bytes: int = 64 * MEGABYTE
    shutdown_grace_s: float = 5.0
    time_scale: float = 1.0

    def __post_init__(self) -> None:
        """Raises :exc:`ValueError` with the right form of a host or an origin that cannot be meant."""
        for host in self.allow_hosts:
            parse_allowed_host(host)
        for origin in self.allow_origins:
            parse_origin(origin)
