"""Content-based deduplication: the id that equal messages share (QStash docs, features/deduplication)."""

from __future__ import annotations

import hashlib

from qstash_dev.protocol.publication import Publication


def content_fingerprint(publication: Publication) -> str:
    """A digest of destination, body, Content-Type and forwarded headers; header order does not matter."""
    digest = hashlib.sha256()
    headers = [f"{name}:{value}" for name, value in sorted(publication.options.headers)]
    texts = [text.encode("utf-8", "surrogateescape") for text in (publication.destination, *headers)]
    for part in (publication.body, *texts):
        digest.update(len(part).to_bytes(8, "big") + part)
    return "content:" + digest.hexdigest()
