"""The cost of each feature of a message, and whether it grows with the number of messages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.bench.life import (
    batch,
    callbacks,
    cancelling,
    dead_letters,
    deduplication,
    events,
    flow_control,
    large_bodies,
    queues,
    retries,
    url_group,
    whole_life,
    workflow,
)
from tests.bench.table import Row

Subject = Callable[[], list[Row]]

SUBJECTS: dict[str, Subject] = {
    "life_retries": retries.rows,
    "life_callbacks": callbacks.rows,
    "life_queues": queues.rows,
    "life_flow_control": flow_control.rows,
    "life_url_group": url_group.rows,
    "life_batch": batch.rows,
    "life_workflow": workflow.rows,
    "life_events": events.rows,
    "life_dead_letters": dead_letters.rows,
    "life_cancelling": cancelling.rows,
    "life_deduplication": deduplication.rows,
    "life_large_bodies": large_bodies.rows,
    "life_whole_life": whole_life.rows,
}
"""By the name that chooses them."""

QUICK: dict[str, Subject] = {
    "life_retries": partial(retries.rows, rounds=1, small=5, large=10, messages=5),
    "life_callbacks": partial(callbacks.rows, rounds=1, small=5, large=10, messages=5),
    "life_queues": partial(queues.rows, rounds=1, small=5, large=10),
    "life_flow_control": partial(flow_control.rows, rounds=1, small=3, large=6),
    "life_url_group": partial(url_group.rows, rounds=1, small=5, large=10),
    "life_batch": partial(batch.rows, rounds=1, small=5, large=10, items=10),
    "life_workflow": partial(workflow.rows, rounds=1, steps=10),
    "life_events": partial(events.rows, rounds=1, small=5, large=10),
    "life_dead_letters": partial(dead_letters.rows, rounds=1, small=150, large=250),
    "life_cancelling": partial(cancelling.rows, rounds=1, small=5, large=10, few=5),
    "life_deduplication": partial(deduplication.rows, rounds=1, small=5, large=10, messages=5),
    "life_large_bodies": partial(large_bodies.rows, rounds=1, messages=1, large=100_000),
    "life_whole_life": partial(whole_life.rows, rounds=1, warm_up=1),
}
"""The same at a size that only shows whether they still measure."""
