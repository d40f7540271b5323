"""The hosts that are this machine, told from their names and addresses alone.

No name is looked up: that would ask a server elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from qstash_dev.protocol.hints import LOOPBACK

# By these a container reaches the machine that it runs on.
_OF_CONTAINERS = ("host.docker.internal", "gateway.docker.internal", "host.containers.internal")


class ThisMachine:
    """The names and addresses of this machine. ``names`` are further ones, such as those of this server.

    Names without a dot belong to it as well: they are those of containers beside it, and not of the internet.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {*LOOPBACK, *_OF_CONTAINERS, socket.gethostname().lower(), *names}

    def has(self, host: str) -> bool:
        """Whether a host, in lower case and without brackets, is this machine."""
        name = host.removesuffix(".")
        if name in self._names or name.endswith(".localhost"):
            return True
        address = _address(name)
        if address is None:
            return "." not in name
        return address.is_loopback or address.is_unspecified or _is_bound_here(address)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        # Also the short forms that connecting takes, such as 127.1 and 2130706433.
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        pass
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_bound_here(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an interface of this machine has the address: only then a socket can be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            one.bind((str(address), 0))
    except OSError:
        return False
    return True
