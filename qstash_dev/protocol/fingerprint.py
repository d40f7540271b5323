"""Content-based deduplication: the id that equal messages share (QStash docs, features/deduplication)."""

from __future__ import annotations

import hashlib

from qstash_dev.protocol.publication import Publication


def content_fingerprint(publication: Publication) -> str:
    """A digest of destination, body, Content-Type and forwarded headers; header order does not matter."""
    digest = hashlib.sha256()
    parts = [
        publication.destination,
        *(f"{name}:{value}" for name, value in sorted(publication.options.headers)),
    ]
    for part in parts:
        encoded = part.encode("utf-8", "surrogateescape")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    digest.update(publication.body)
    return "content:" + digest.hexdigest()
