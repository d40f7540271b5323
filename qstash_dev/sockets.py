"""The listening sockets of the server, and the error when another program uses the address."""

from __future__ import annotations

import errno
import socket
from typing import NamedTuple

LOOPBACK = ("127.0.0.1", "::1")
BACKLOG = 1_024
# How many times the system is asked for a port that is free on both loopback addresses.
_TRIES = 20


class AddressInUse(OSError):
    """Another program uses the port. The text ends with the address, where the JavaScript SDK reads the port."""

    def __init__(self, host: str, port: int) -> None:
        self.text = f"listen tcp: bind: address already in use: {address(host, port)}"
        super().__init__(errno.EADDRINUSE, self.text)

    def __str__(self) -> str:
        return self.text


class Binding(NamedTuple):
    """The listening sockets of one port. ``lost`` is the loopback address that another program uses on this port, if
    any."""

    sockets: tuple[socket.socket, ...]
    lost: str | None = None

    @property
    def port(self) -> int:
        """The port, also if the system has chosen it."""
        port: int = self.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Close the sockets."""
        for listener in self.sockets:
            listener.close()


def address(host: str, port: int) -> str:
    """``host:port`` as in a URL, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bind(host: str | None, port: int) -> Binding:
    """Listen on an address; ``None`` and ``localhost`` mean both loopback addresses.

    Raises AddressInUse: another program listens there.
    Raises OSError: this machine has no such address, or we may not listen there.
    """
    if host is not None and host != "localhost":
        return Binding((_listen(host, port),))
    for _ in range(_TRIES):
        binding = _bind_loopback(port)
        if binding.lost is None or port != 0:
            return binding
        binding.close()
    return _bind_loopback(port)


def _bind_loopback(port: int) -> Binding:
    first = _listen(LOOPBACK[0], port)
    try:
        return Binding((first, _listen(LOOPBACK[1], first.getsockname()[1])))
    except AddressInUse:
        return Binding((first,), lost=LOOPBACK[1])
    except OSError:
        # The machine has no IPv6.
        return Binding((first,))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            # ``::`` means all addresses, also those of IPv4.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise AddressInUse(host, port) from error
        raise
    return listener
