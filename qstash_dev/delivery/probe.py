"""Probes: whether anything on this machine listens at an origin."""

from __future__ import annotations

import asyncio
import ipaddress

from qstash_dev.delivery.dialling import connect
from qstash_dev.delivery.resolver import LOOPBACK
from qstash_dev.protocol.target import Origin

_HEAD_START_S = 0.05


def loopback_addresses(host: str) -> tuple[str, ...]:
    """The loopback addresses that a host stands for, none if it is elsewhere; no name is looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().removesuffix(".")
        return LOOPBACK if name == "localhost" or name.endswith(".localhost") else ()
    return (host,) if address.is_loopback or address.is_unspecified else ()


async def listens(origin: Origin, timeout_s: float) -> bool:
    """Whether a connection to this loopback origin is accepted; it is closed again."""
    try:
        async with asyncio.timeout(timeout_s):
            (await connect(loopback_addresses(origin.host), origin.port, _HEAD_START_S)).close()
    except OSError:
        return False
    return True
