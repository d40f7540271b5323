"""The dispatcher: starts the delivery attempts of ready messages and waits until none is in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from functools import partial

from qstash_dev import ids
from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.delivery.evidence import Evidence
from qstash_dev.delivery.foreign_hosts import ForeignHosts
from qstash_dev.delivery.hooks import FailureFor, InjectedFailure, RouteFor
from qstash_dev.delivery.request import OutgoingRequest, outgoing_request
from qstash_dev.delivery.slow_calls import SlowCalls, StartedCall
from qstash_dev.delivery.transport import Transport
from qstash_dev.internal_errors import tell
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import DeliveryResult, Unreachable
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.tenant import Tenant

# The most attempts that are started in one pass of the event loop, so that requests do not wait for long.
_MAX_AT_ONCE = 16

_Cancel = Callable[[], object]


class Dispatcher:
    """Sends ready messages and passes the results to the broker."""

    def __init__(
        self,
        broker: Broker,
        transport: Transport,
        clock: Clock,
        config: Config,
        failure_for: FailureFor,
        route_for: RouteFor,
        foreign: ForeignHosts,
    ) -> None:
        self._failure_for = failure_for
        self._route_for = route_for
        self.foreign = foreign
        self.evidence = Evidence(broker.tenants.all)
        self._broker = broker
        self._transport = transport
        self._clock = clock
        self._max_timeout_s = config.quota.max_timeout_s
        self._region = config.region.upper()
        self._cancels: dict[DeliveryAttempt, tuple[_Cancel, float, int]] = {}
        self._slow_calls = SlowCalls(clock, config, self.calls)
        self._idle = asyncio.Event()
        self._idle.set()
        self._waking = False
        self._stopped = False
        self.started = 0
        broker.admission.on_ready = self.wake

    @property
    def in_flight(self) -> int:
        """The number of attempts in flight."""
        return len(self._cancels)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight and nothing is ready."""
        return self._idle.is_set()

    def wake(self) -> None:
        """Start attempts in the next pass of the event loop."""
        if not self._waking and not self._stopped:
            self._waking = True
            self._idle.clear()
            asyncio.get_running_loop().call_soon(self._start_ready)

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request that belongs to no message."""
        return await self._transport.send(request)

    async def idle(self) -> None:
        """Wait until nothing is in flight and nothing is ready."""
        await self._idle.wait()

    async def drain(self, grace_s: float) -> None:
        """Start no more attempts, and wait at most ``grace_s`` seconds for those in flight."""
        self._stopped = True
        self._set_idle_if_done()
        try:
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        except TimeoutError:
            return

    def abort(self, tenants: Collection[Tenant]) -> None:
        """Abort the attempts of these users, without results. Sockets close in the next pass of the event loop."""
        self._abort([attempt for attempt in self._cancels if attempt.message.tenant in tenants])

    def calls(self) -> Iterator[StartedCall]:
        """The attempts in flight, those first that began first."""
        return (StartedCall(attempt, call[1], call[2]) for attempt, call in self._cancels.items())

    def end(self, attempt: DeliveryAttempt, result: DeliveryResult) -> None:
        """End an attempt in flight with this result instead of that of its request."""
        if attempt in self._cancels:
            self._cancels[attempt][0]()
            self._attempt_ended(attempt, result)

    async def stop(self) -> None:
        """Abort all attempts and close all connections."""
        self._stopped = True
        self._slow_calls.stop()
        self._abort(list(self._cancels))
        await self._transport.close()

    def _abort(self, attempts: list[DeliveryAttempt]) -> None:
        for attempt in attempts:
            self._cancels.pop(attempt)[0]()
            self._broker.admission.no_longer_in_flight(attempt.message)
        if not self._stopped and self._broker.admission.ready:
            self.wake()
        self._set_idle_if_done()

    def _start_ready(self) -> None:
        self._waking = False
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic_s()
        for _ in range(_MAX_AT_ONCE):
            attempt = None if self._stopped else self._broker.admission.start_next(now_ms)
            if attempt is None:
                break
            self._cancels[attempt] = (self._start(attempt), now_s, now_ms)
        else:
            self.wake()
        if self._cancels:
            self._slow_calls.watch()
        self._set_idle_if_done()

    def _start(self, attempt: DeliveryAttempt) -> _Cancel:
        """Start the request of an attempt; returns what cancels it."""
        self.started += 1
        done = partial(self._attempt_ended, attempt)
        try:
            route = self._route_for(attempt.message.url)
            request = outgoing_request(
                attempt,
                route,
                max_timeout_s=self._max_timeout_s,
                region=self._region,
                issued_s=self._clock.wall_s(),
                token_id=ids.token_id(),
            )
            attempt.headers = request.headers
            if route is not None:
                attempt.subject = route.subject
            failure = self._failure_for(attempt.message.url)
            if failure is not None:
                attempt.fault = failure.id
                applying = self._apply(failure, attempt, request, done)
                return asyncio.get_running_loop().create_task(applying).cancel
            if (refused := self._refusal(attempt, request)) is not None:
                return asyncio.get_running_loop().call_soon(done, refused).cancel
            return self._transport.start(request, done)
        except Exception as error:
            # A bug here must not leave the message in flight without an event.
            text = f"qstash-dev could not make the request: {error!r}"
            result = Unreachable(text, 0, FailureReason.INTERNAL_ERROR)
            return asyncio.get_running_loop().call_soon(done, result).cancel

    async def _apply(
        self,
        failure: InjectedFailure,
        attempt: DeliveryAttempt,
        request: OutgoingRequest,
        done: Callable[[DeliveryResult], None],
    ) -> None:
        async def send(tried: OutgoingRequest) -> DeliveryResult:
            return self._refusal(attempt, tried) or await self._transport.send(tried)

        done(await failure.apply(request, send))

    def _refusal(self, attempt: DeliveryAttempt, request: OutgoingRequest) -> DeliveryResult | None:
        """The result of an attempt that must not leave this machine; note where any other goes."""
        if attempt.subject is None and (refused := self.foreign.refusal(attempt.message)) is not None:
            attempt.headers = ()
            return refused
        attempt.sent_to = request.url
        return None

    def _attempt_ended(self, attempt: DeliveryAttempt, result: DeliveryResult) -> None:
        if self._cancels.pop(attempt, None) is None:
            return
        try:
            if not result.succeeded:
                result = self.evidence.added(attempt, result, self._clock.monotonic_s())
            self._broker.outcomes.settle(attempt, result, self._clock.now_ms())
        except Exception as error:
            # A bug here must not count the message as in flight without end.
            tell(f"settling an attempt of {attempt.message.id}", error)
            self._broker.admission.no_longer_in_flight(attempt.message)
        if self._broker.admission.ready:
            self.wake()
        self._set_idle_if_done()

    def _set_idle_if_done(self) -> None:
        if not self._cancels and (self._stopped or not self._waking):
            self._idle.set()
