"""An open, in-memory development server for QStash, with the same wire protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qstash_dev.version import __version__

if TYPE_CHECKING:
    from qstash_dev.config import Config
    from qstash_dev.server import Server

__all__ = ["Config", "Server", "__version__"]


def __getattr__(name: str) -> object:
    """Import the public names on first use, so that ``qstash-dev --help`` does not import aiohttp.

    Raises AttributeError: the package has no such name.
    """
    if name == "Server":
        from qstash_dev.server import Server

        return Server
    if name == "Config":
        from qstash_dev.config import Config

        return Config
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
