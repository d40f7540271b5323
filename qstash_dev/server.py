"""The server: it creates all parts and connects them, listens, and stops in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from qstash_dev.accepting import Acceptor
from qstash_dev.api.http.connections import Clients
from qstash_dev.api.http.limits import Incoming
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.http.server import make_runner, new_connection
from qstash_dev.api.request import Services
from qstash_dev.api.v2.fast_publish import FastPublish
from qstash_dev.api.v2.head_cache import HeadCache
from qstash_dev.broker.broker import Broker
from qstash_dev.cli.process import spare_files
from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.console.routes import add_console
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.delivery.foreign_hosts import ForeignHosts
from qstash_dev.delivery.this_machine import ThisMachine
from qstash_dev.delivery.transport import HttpTransport, Transport
from qstash_dev.dev.faults import Faults
from qstash_dev.dev.inboxes import Inboxes
from qstash_dev.dev.mappings import Mappings
from qstash_dev.dev.reset import Reset
from qstash_dev.dev.retry_when_up import RetryWhenUp
from qstash_dev.dev.time_travel import TIMEOUT_S, Progress, TimeTravel
from qstash_dev.receiving import Receiver
from qstash_dev.sockets import address, bind

# File descriptors for idle connections to destinations, files of the program, and what is being opened.
_FILES_BESIDE_ATTEMPTS = 512


class Undelivered(NamedTuple):
    """What a stopped server has not delivered."""

    waiting: int
    """Number of messages that were not finished, interrupted ones included."""

    interrupted: int
    """Number of delivery attempts that were cut off."""


class Server:
    """One development server. :meth:`start` and :meth:`stop` must run in the same event loop.

    ``clock`` and ``transport`` replace the parts of the same name in tests. :meth:`start` sets ``port``, ``log_port``
    (``None`` if there is no log server) and ``warnings`` (texts for the user).
    """

    def __init__(
        self, config: Config | None = None, *, clock: Clock | None = None, transport: Transport | None = None
    ):
        self.config = config or Config()
        self.clock = clock or Clock(scale=self.config.time_scale)
        self.broker = Broker(self.config)
        self._transport = transport or HttpTransport(
            self.clock,
            self.config.quota.max_message_bytes,
            verify_tls=self.config.verify_tls,
            ca_file=self.config.ca_file,
            limits=self.config.limits,
        )
        self.inboxes = Inboxes(self.config.retention)
        self.faults = Faults()
        here = ThisMachine(self.config.allow_hosts)
        self.mappings = Mappings(self.config, here.has)
        self.dispatcher = Dispatcher(
            self.broker,
            self._transport,
            self.clock,
            self.config,
            self.faults.strike,
            self.mappings.route,
            ForeignHosts(self.config, self.clock, here.has),
        )
        self.travel = TimeTravel(self.clock, self.broker, self.dispatcher, self.config.limits)
        self.retry_when_up = RetryWhenUp(self.broker, self.clock, self.config.limits.probe_every_s)
        self.reset = Reset(
            self.clock, self.broker, self.dispatcher, self.travel, self.inboxes, self.faults, self.mappings
        )
        self.runner: web.AppRunner | None = None
        self.acceptor: Acceptor | None = None
        self.heads: HeadCache | None = None
        self.incoming = Incoming(self.config, self.clock)
        self.clients = Clients()
        self.port = 0
        self.log_port: int | None = None
        self.warnings: list[str] = []

    @property
    def url(self) -> str:
        """The URL that clients use, such as ``http://127.0.0.1:8080``."""
        return f"http://{address(self._shown_host(), self.port)}"

    async def start(self) -> None:
        """Listen on the ports and start deliveries.

        Raises AddressInUse: another program uses the main port. A problem with the log port is only a warning.
        Raises OSError: the server cannot listen on the host of the configuration.
        """
        services = self.services()
        self.runner = await make_runner(services, add_console)
        self.heads = HeadCache(services) if self.config.gate else None
        most = self.config.max_connections
        most = spare_files(self.config.max_in_flight + _FILES_BESIDE_ATTEMPTS) if most is None else most
        self.acceptor = Acceptor(self._connect(services, self.runner), self.clients, most)
        try:
            self.port = await self._listen(self.config.port)
        except BaseException:
            await self.runner.cleanup()
            raise
        await self._listen_for_logs()
        self.travel.start()
        if self.config.retry_when_up:
            self.retry_when_up.start()

    def services(self) -> Services:
        """What handlers of requests are given."""
        return Services(
            self.broker,
            self.clock,
            self.config,
            self.incoming,
            self.travel,
            self.inboxes,
            self.faults,
            self.mappings,
            self.reset,
        )

    async def idle(self, timeout_s: float = TIMEOUT_S) -> Progress:
        """Wait until no attempt is in flight and nothing is due; see :meth:`TimeTravel.idle`."""
        return await self.travel.idle(timeout_s)

    async def advance(self, by_ms: int) -> Progress:
        """Move the clock forward and deliver everything that falls due on the way; see :meth:`TimeTravel.by`."""
        return await self.travel.by(by_ms)

    async def stop(self) -> Undelivered:
        """Accept no more connections and wait up to ``Config.shutdown_grace_s`` for attempts in flight. Returns what
        is left undelivered."""
        self.travel.stop()
        self.retry_when_up.stop()
        assert self.runner is not None
        assert self.acceptor is not None
        await self.acceptor.stop()
        # Kept-alive connections are closed as well: what they publish from now on would be lost.
        self.clients.close()
        await self.dispatcher.drain(self.config.shutdown_grace_s)
        interrupted = self.dispatcher.in_flight
        await self.dispatcher.stop()
        self.clients.abort()
        await self.runner.cleanup()
        waiting = sum(tenant.pending for tenant in self.broker.tenants.all())
        return Undelivered(waiting, interrupted)

    def _shown_host(self) -> str:
        host = self.config.host
        return "127.0.0.1" if host is None or host in ("0.0.0.0", "::", "localhost") else host

    def _connect(self, services: Services, runner: web.AppRunner) -> Callable[[], Receiver]:
        def read_all() -> RequestReader:
            return new_connection(runner, services, self.clients)

        heads = self.heads
        return read_all if heads is None else lambda: FastPublish(heads, read_all, services.incoming, self.clients)

    async def _listen(self, port: int) -> int:
        """Open the listening sockets of one port and return the port."""
        binding = bind(self.config.host, port)
        assert self.acceptor is not None
        await self.acceptor.listen(binding.sockets)
        self.dispatcher.evidence.own_ports.add(binding.port)
        if binding.lost is not None:
            self.warnings.append(
                f"another program uses {address(binding.lost, binding.port)} and may receive requests to "
                f"localhost:{binding.port}; this server listens on 127.0.0.1:{binding.port} only"
            )
        return binding.port

    async def _listen_for_logs(self) -> None:
        if self.config.log_port is None:
            return
        try:
            self.log_port = await self._listen(self.config.log_port)
        except OSError as error:
            reason = error.strerror or error
            self.warnings.append(f"there is no log server: {reason}; choose another port with --log-port")
