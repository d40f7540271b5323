"""Duplicates: what is told of publishes that are taken for an earlier message, and make none.

https://upstash.com/docs/qstash/features/deduplication
"""

from __future__ import annotations

from qstash_dev.protocol.duration import shown_duration
from qstash_dev.protocol.notice import Notice, NoticeKind
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.warning import duplicate_differs
from qstash_dev.state.deduplication import MAX_URL, First, mark_of
from qstash_dev.state.tenant import Tenant, Told


def tell_duplicate(tenant: Tenant, first: First, publication: Publication, url: str, now_ms: int) -> None:
    """Tell of a publish with the deduplication id of ``first``, and warn if its URL or its body is another one."""
    id = publication.options.deduplication_id
    differing = ["destination"] if url[:MAX_URL] != first.url else []
    why = "the same content" if id is None else f"id {id[:MAX_URL]}"
    if id is not None and mark_of(publication.body) != first.body_mark:
        differing.append("body")
        why += " but another body"
    tell_again(tenant, first.message_id, why, publication, url, now_ms, first)
    if differing and id is not None and (message := tenant.messages.get(first.message_id)) is not None:
        tenant.warn(message, duplicate_differs(id, publication.options.method, url, differing), now_ms)


def tell_again(
    tenant: Tenant,
    message_id: str,
    why: str,
    publication: Publication,
    url: str,
    now_ms: int,
    first: First | None = None,
) -> None:
    """Tell of a publish that makes no message, because an earlier one has ``why`` too; in its timeline if it is
    kept."""
    message, method = tenant.messages.get(message_id), publication.options.method
    if message is not None:
        first = First(message_id, message.url[:MAX_URL], 0, message.created_ms)
    parts = [f"{method} {url[:MAX_URL]} = {message_id}", why]
    if first is not None:
        to = f" to {first.url}" if first.url != url[:MAX_URL] else ""
        parts.append(f"published {shown_duration(now_ms - first.time_ms)} ago{to}")
    parts.append("no longer kept" if message is None else message.state.value)
    notice = Notice(NoticeKind.DUPLICATE, ", ".join(parts))
    if message is not None:
        tenant.note(message, notice, now_ms)
    else:
        tenant.tell(Told(now_ms, tenant.user.id, message_id, method, url if first is None else first.url, notice))
