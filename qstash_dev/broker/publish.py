"""Publishing of messages (https://upstash.com/docs/qstash/api-reference/messages/publish-a-message)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qstash_dev import ids
from qstash_dev.broker.admission import Admission
from qstash_dev.broker.duplicates import tell_duplicate
from qstash_dev.config import Quota
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.fingerprint import content_fingerprint
from qstash_dev.protocol.notice import headers_dropped
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.warning import Warning, WarningCode
from qstash_dev.state.deduplication import first_message
from qstash_dev.state.message import Message, State
from qstash_dev.state.queue import Place, Queue
from qstash_dev.state.run import RunMessage
from qstash_dev.state.tenant import Tenant, pending_weight


class Receipt(NamedTuple):
    """The answer for one message."""

    message_id: str
    url: str
    deduplicated: bool = False  #: whether ``message_id`` is that of an earlier message


class Target(NamedTuple):
    """One URL that a publication goes to."""

    url: str
    endpoint_name: str | None = None
    deduplication_scope: str = ""  #: the URL of an endpoint, because each endpoint has its own duplicates


class Publisher:
    """Creates all messages: those of publishes, callbacks, schedules, redeliveries and workflow runs."""

    def __init__(self, admission: Admission, quota: Quota, max_pending_bytes: int) -> None:
        self._admission = admission
        self._quota = quota
        self._max_pending_bytes = max_pending_bytes

    def check(self, tenant: Tenant, publications: Sequence[Publication], now_ms: int) -> None:
        """Check that all publications together may be accepted. Changes nothing.

        Raises Rejection: 404 for an unknown URL group, 412 beyond the quota.
        """
        weight = 0
        for publication in publications:
            messages = 1 if is_url(publication.destination) else len(targets_of(tenant, publication))
            weight += messages * pending_weight(publication)
        self._check(tenant, publications, weight, now_ms)

    def check_redeliveries(self, tenant: Tenant, publications: Sequence[Publication], now_ms: int) -> None:
        """As :meth:`check`, for publications with one known URL each. Raises Rejection: 412 beyond the quota."""
        self._check(tenant, publications, sum(map(pending_weight, publications)), now_ms)

    def warn_dropped(self, message: Message, what: str, now_ms: int) -> str:
        """Warn a message that ``what`` is about it was dropped, because there was no room; returns the warning."""
        limit = f"what is not delivered may take up {self._max_pending_bytes} bytes (maxPendingBytes)"
        text = f"{what} was dropped: {limit}"
        message.tenant.warn(message, Warning(WarningCode.CALLBACK_DROPPED, text), now_ms)
        return text

    def has_room(self, tenant: Tenant, weight: int) -> bool:
        """Whether ``weight`` more bytes of undelivered messages fit into the limit of the user."""
        return tenant.held_bytes + weight <= self._max_pending_bytes

    def check_room(self, tenant: Tenant, weight: int) -> None:
        """Check :meth:`has_room`. Raises Rejection: 412 without room."""
        if not self.has_room(tenant, weight):
            raise errors.QUOTA_EXCEEDED(name="maxPendingBytes", limit=self._max_pending_bytes, field="")

    def publish(
        self, tenant: Tenant, publication: Publication, now_ms: int, targets: list[Target] | None = None
    ) -> list[Receipt]:
        """Create the messages of a checked publication, one for each URL; a duplicate creates none.

        ``targets`` are the URLs at the time of the check, if that was earlier.
        """
        if targets is None:
            targets = targets_of(tenant, publication)
        return [self.accept(tenant, publication, target, now_ms) for target in targets]

    def accept(self, tenant: Tenant, publication: Publication, target: Target, now_ms: int) -> Receipt:
        """Create the message of a checked publication to one URL, unless it is a duplicate.

        https://upstash.com/docs/qstash/features/deduplication: a duplicate has the id of the existing message.
        """
        key = _deduplication_key(publication, target)
        if key is not None and (known := tenant.deduplication.known(key, now_ms)) is not None:
            tell_duplicate(tenant, known, publication, target.url, now_ms)
            return Receipt(known.message_id, target.url, deduplicated=True)
        message = self.create(tenant, publication, target, now_ms)
        if key is not None:
            tenant.deduplication.remember(key, first_message(message.id, target.url, publication.body, now_ms))
        return Receipt(message.id, target.url)

    def create(
        self,
        tenant: Tenant,
        publication: Publication,
        target: Target,
        now_ms: int,
        origin: Message | None = None,
        run_message: RunMessage | None = None,
        id: str | None = None,
    ) -> Message:
        """Create one message, log it, and start its delay or send it to its first gate.

        ``origin`` is the message that a callback is about: the callback shares its place in a queue. ``run_message``
        is its part in a workflow run. Without ``id`` it gets a new one.
        """
        options = publication.options
        due_ms = options.due_ms(now_ms)
        if (flow_control := options.flow_control) is not None:
            key = tenant.flow_control(flow_control.key)
            key.configure(flow_control)
            self._admission.drain_flow_control(key, now_ms)
        id = id or ids.message_id()
        message = Message(id, tenant, publication, target.url, now_ms, due_ms, target.endpoint_name)
        message.due_ms = due_ms
        message.run_message = run_message
        if run_message is not None:
            run_message.run.pending[id] = message
        message.place = _place(tenant, publication, now_ms, origin)
        tenant.accepted(message)
        delayed = due_ms > now_ms
        tenant.log.add(State.CREATED, message, now_ms, next_delivery_ms=due_ms if delayed else None)
        if options.warnings or options.dropped:
            _tell_of_options(message, now_ms)
        if delayed:
            self._admission.wait_until(message, due_ms)
        else:
            self._admission.enter(message, now_ms)
        return message

    def _check(self, tenant: Tenant, publications: Sequence[Publication], weight: int, now_ms: int) -> None:
        for publication in publications:
            if len(publication.body) > self._quota.max_message_bytes:
                limit = self._quota.max_message_bytes
                raise errors.QUOTA_EXCEEDED(name="maxMessageSize", limit=limit, field="body")
            self._check_options(publication.options, now_ms)
        self.check_room(tenant, weight)
        if names := {name for one in publications if (name := one.options.queue_name) is not None}:
            check_queue_count(tenant, names, self._quota)

    def _check_options(self, options: DeliveryOptions, now_ms: int, prefix: str = "Upstash-") -> None:
        if options.retries > self._quota.max_retries:
            limit = self._quota.max_retries
            raise errors.QUOTA_EXCEEDED(name="maxRetries", limit=limit, field=f"{prefix}Retries")
        limit_s = self._quota.max_delay_s
        if limit_s is not None and options.due_ms(now_ms) - now_ms > limit_s * 1_000:
            field = prefix + ("Delay" if options.not_before_ms is None else "Not-Before")
            raise errors.QUOTA_EXCEEDED(name="maxDelay", limit=limit_s, field=field)
        if options.callback is not None:
            self._check_options(options.callback.options, now_ms, f"{prefix}Callback-")
        if options.failure_callback is not None:
            self._check_options(options.failure_callback.options, now_ms, f"{prefix}Failure-Callback-")


def check_queue_count(tenant: Tenant, names: set[str], quota: Quota) -> None:
    """Check that the new ones of these queues may be created.

    Raises Rejection: 412 beyond the plan's number of queues.
    """
    new = names - tenant.queues.keys()
    if new and len(tenant.queues) + len(new) > quota.max_queues:
        raise errors.QUOTA_EXCEEDED(name="maxQueues", limit=quota.max_queues, field="queue")


def queue_named(tenant: Tenant, name: str, now_ms: int) -> Queue:
    """The queue with this name, created with parallelism 1 if it is new.

    https://upstash.com/docs/qstash/api-reference/messages/enqueue-a-message
    """
    queue = tenant.queues.get(name)
    if queue is None:
        tenant.queues[name] = queue = Queue(name, now_ms, now_ms)
    return queue


def targets_of(tenant: Tenant, publication: Publication) -> list[Target]:
    """The URLs that a publication goes to. Raises Rejection: 404 for an unknown URL group."""
    destination = publication.destination
    if is_url(destination):
        return [Target(destination)]
    group = tenant.url_groups.get(destination)
    if group is None:
        raise errors.URL_GROUP_NOT_FOUND(name=destination)
    return [Target(endpoint.url, endpoint.name, endpoint.url) for endpoint in group.endpoints]


def _deduplication_key(publication: Publication, target: Target) -> str | None:
    options = publication.options
    if options.deduplication_id is not None:
        return f"id:{target.deduplication_scope}:{options.deduplication_id}"
    if options.content_based_deduplication:
        return f"{target.deduplication_scope}:{content_fingerprint(publication)}"
    return None


def _tell_of_options(message: Message, now_ms: int) -> None:
    options = message.publication.options
    for warning in options.warnings:
        message.tenant.warn(message, warning, now_ms)
    if options.dropped:
        message.tenant.note(message, headers_dropped(options.dropped), now_ms)


def _place(tenant: Tenant, publication: Publication, now_ms: int, origin: Message | None) -> Place | None:
    if origin is not None and origin.place is not None:
        origin.place.holders += 1
        return origin.place
    name = publication.options.queue_name
    if name is None:
        return None
    return Place(queue_named(tenant, name, now_ms))
