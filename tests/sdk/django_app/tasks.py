"""The tasks, where django-qstash looks for them."""

from __future__ import annotations

from django_qstash import stashed_task

ran: list[int] = []


@stashed_task  # type: ignore[untyped-decorator,unused-ignore]
def note(number: int) -> None:
    """Note that it ran."""
    ran.append(number)
