"""What should not have happened, told in one line of the log: a traceback for each request would bury everything."""

from __future__ import annotations

import logging
from pathlib import PurePath

logger = logging.getLogger("qstash_dev")


def tell(doing: str, error: BaseException) -> None:
    """Say what went wrong while ``doing`` something, and where in the code."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {PurePath(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place is not None else ""
    logger.error("%s", f"error in qstash-dev while {doing}: {error!r:.500}{where}".replace("\n", " "))
