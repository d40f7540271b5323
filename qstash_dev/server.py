"""The composition root: puts the parts together, listens, ticks, and stops in good order."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from aiohttp import web

from qstash_dev.api.call import Services
from qstash_dev.api.gate import Gate, Heads
from qstash_dev.api.http import make_runner, new_connection
from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.console.routes import add_console
from qstash_dev.control import Control
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.delivery.transport import HttpTransport, Transport
from qstash_dev.state.fault import Faults
from qstash_dev.state.inbox import Inboxes
from qstash_dev.travel import TIMEOUT_S, Progress, Travel

LOOPBACK = ("127.0.0.1", "::1")
_BACKLOG = 1_024


class AddressInUse(Exception):
    """The port is taken; the text ends with the address, which is what the JavaScript SDK looks for."""

    def __init__(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        super().__init__(f"listen tcp: bind: address already in use: {shown}:{port}")


@dataclass(frozen=True, slots=True)
class Undelivered:
    """What a stopping server leaves behind."""

    waiting: int
    interrupted: int


class Server:
    """One development server. ``start`` and ``stop`` belong to one event loop."""

    def __init__(
        self, config: Config | None = None, *, clock: Clock | None = None, transport: Transport | None = None
    ):
        self.config = config or Config()
        self.clock = clock or Clock()
        self.broker = Broker(self.config)
        self._transport = transport or HttpTransport(
            self.clock,
            self.config.quota.max_message_bytes,
            verify_tls=self.config.verify_tls,
            ca_file=self.config.ca_file,
        )
        faults = Faults()
        self.dispatcher = Dispatcher(self.broker, self._transport, self.clock, self.config, faults)
        self.travel = Travel(self.clock, self.broker, self.dispatcher)
        self.control = Control(self.clock, self.broker, self.dispatcher, self.travel, Inboxes(), faults)
        self._runner: web.AppRunner | None = None
        self._listeners: list[asyncio.Server] = []
        self._heads: Heads | None = None
        self._gates: set[Gate] = set()
        self.port = 0
        self.log_port: int | None = None
        self.log_port_problem: str | None = None

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://{self._shown_host()}:{self.port}"

    async def start(self) -> None:
        """Listen and begin to tick.

        Raises:
            AddressInUse: the main port is taken. A taken log port only sets ``log_port_problem``.
        """
        services = Services(self.broker, self.clock, self.config, self.control)
        self._runner = await make_runner(services, add_console)
        self._heads = Heads(services) if self.config.gate else None
        try:
            self.port = await self._listen(self.config.port)
        except AddressInUse:
            await self._runner.cleanup()
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
        assert self._runner is not None
        for listener in self._listeners:
            listener.close()
        # A connection accepted just now becomes one that the runner knows, and closes, only some passes later.
        for _ in range(3):
            await asyncio.sleep(0)
        await self.dispatcher.drain(self.config.shutdown_grace_s)
        interrupted = self.dispatcher.in_flight
        await self.dispatcher.stop()
        for gate in tuple(self._gates):
            gate.close()
        await self._runner.cleanup()
        waiting = sum(
            not message.ended for tenant in self.broker.tenants.all() for message in tenant.messages.values()
        )
        return Undelivered(waiting, interrupted)

    def _shown_host(self) -> str:
        host = self.config.host
        if host is None or host in ("0.0.0.0", "::", "localhost"):
            return "127.0.0.1"
        return f"[{host}]" if ":" in host else host

    async def _listen(self, port: int) -> int:
        """Open every listening socket for one port and return the port."""
        hosts = LOOPBACK if self.config.host is None else (self.config.host,)
        for number, host in enumerate(hosts):
            try:
                listener = _bind(host, port)
            except OSError as error:
                if number > 0:
                    # The second loopback family is a convenience; machines without IPv6 are common.
                    continue
                raise AddressInUse(host, port) from error
            port = listener.getsockname()[1]
            await self._accept_on(listener)
        return port

    async def _accept_on(self, listener: socket.socket) -> None:
        runner = self._runner
        assert runner is not None
        loop = asyncio.get_running_loop()

        def connect() -> asyncio.Protocol:
            if self._heads is None:
                return new_connection(runner)
            return Gate(self._heads, lambda: new_connection(runner), self._gates)

        self._listeners.append(await loop.create_server(connect, sock=listener, backlog=_BACKLOG))

    async def _listen_for_logs(self) -> None:
        if self.config.log_port is None:
            return
        try:
            self.log_port = await self._listen(self.config.log_port)
        except AddressInUse as error:
            self.log_port_problem = str(error)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
