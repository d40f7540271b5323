"""Errors in our own code, logged in one line each: a traceback for each request would hide all other lines."""

from __future__ import annotations

import logging
from pathlib import PurePath

logger = logging.getLogger("qstash_dev")


def tell(doing: str, error: BaseException) -> None:
    """Log an error with the place in the code where it was raised; ``doing`` completes the text "error while ..."."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {PurePath(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place is not None else ""
    logger.error("%s", f"error in qstash-dev while {doing}: {error!r:.500}{where}".replace("\n", " "))
