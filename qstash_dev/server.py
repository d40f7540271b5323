"""The composition root: puts the parts together, listens, ticks, and stops in good order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from qstash_dev.accepting import Acceptor
from qstash_dev.api.http.connections import Clients
from qstash_dev.api.http.limits import Incoming
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.http.server import make_runner, new_connection
from qstash_dev.api.request import Services
from qstash_dev.api.v2.fast_publish import FastPublish, HeadCache
from qstash_dev.broker.broker import Broker
from qstash_dev.cli.process import spared_files
from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.console.routes import add_console
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.delivery.transport import HttpTransport, Transport
from qstash_dev.dev.attempt_hooks import AttemptHooks
from qstash_dev.dev.control import Control
from qstash_dev.dev.faults import Faults
from qstash_dev.dev.inboxes import Inboxes
from qstash_dev.dev.mappings import Mappings
from qstash_dev.dev.time_travel import TIMEOUT_S, Progress, TimeTravel
from qstash_dev.sockets import address, bind

# Idle connections to destinations, files of the program, and what is being opened.
_FILES_BESIDE_ATTEMPTS = 512


class Undelivered(NamedTuple):
    """What a stopping server leaves behind."""

    waiting: int
    interrupted: int


class Server:
    """One development server. ``start`` and ``stop`` belong to one event loop."""

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
        faults, mappings = Faults(), Mappings(self.config.mappings)
        hooks = AttemptHooks(faults, mappings)
        self.dispatcher = Dispatcher(self.broker, self._transport, self.clock, self.config, hooks)
        self.travel = TimeTravel(self.clock, self.broker, self.dispatcher)
        self.control = Control(
            self.clock, self.broker, self.dispatcher, self.travel, Inboxes(self.config.retention), faults, mappings
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
        """Where clients reach it."""
        return f"http://{address(self._shown_host(), self.port)}"

    async def start(self) -> None:
        """Listen and begin to tick.

        Raises:
            AddressInUse: the main port is taken. Whatever is wrong with the log port is only a warning.
            OSError: we cannot listen on the host of the configuration.
        """
        services = Services(self.broker, self.clock, self.config, self.control, self.incoming)
        self.runner = await make_runner(services, add_console)
        self.heads = HeadCache(services) if self.config.gate else None
        self.acceptor = Acceptor(self._connect(services, self.runner), self.clients, self._max_connections())
        try:
            self.port = await self._listen(self.config.port)
        except BaseException:
            await self.runner.cleanup()
            raise
        await self._listen_for_logs()
        self.travel.start()

    async def idle(self, timeout_s: float = TIMEOUT_S) -> Progress:
        """Wait until nothing is in flight and nothing is due; see :meth:`Travel.idle`."""
        return await self.travel.idle(timeout_s)

    async def advance(self, by_ms: int) -> Progress:
        """Travel forward, stopping at everything that falls due on the way; see :meth:`Travel.to`."""
        return await self.travel.by(by_ms)

    async def stop(self) -> Undelivered:
        """Accept nothing more, let attempts in flight finish for the configured grace, and say what is left."""
        self.travel.stop()
        assert self.runner is not None
        assert self.acceptor is not None
        await self.acceptor.stop()
        # Connections that were kept alive are closed as well: what they publish now would only be lost.
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
        if host is None or host in ("0.0.0.0", "::", "localhost"):
            return "127.0.0.1"
        return host

    def _connect(self, services: Services, runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
        def read_all() -> RequestReader:
            return new_connection(runner, services, self.clients)

        heads = self.heads
        return read_all if heads is None else lambda: FastPublish(heads, read_all, services.incoming, self.clients)

    def _max_connections(self) -> int:
        if self.config.max_connections is not None:
            return self.config.max_connections
        return spared_files(self.config.max_in_flight + _FILES_BESIDE_ATTEMPTS)

    async def _listen(self, port: int) -> int:
        """Open every listening socket for one port and return the port."""
        binding = bind(self.config.host, port)
        assert self.acceptor is not None
        await self.acceptor.listen(binding.sockets)
        if binding.lost is not None:
            self.warnings.append(
                f"another program has {address(binding.lost, binding.port)}, and may get what is sent to "
                f"localhost:{binding.port}; 127.0.0.1:{binding.port} is ours"
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
