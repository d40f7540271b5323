"""Content-based deduplication of messages (https://upstash.com/docs/qstash/features/deduplication)."""

from __future__ import annotations

import hashlib

from qstash_dev.protocol.publication import Publication


def content_fingerprint(publication: Publication) -> str:
    """The deduplication id: a digest of destination, body, Content-Type and forwarded headers in any order."""
    digest = hashlib.sha256()
    headers = [f"{name}:{value}" for name, value in sorted(publication.options.headers)]
    texts = [text.encode("utf-8", "surrogateescape") for text in (publication.destination, *headers)]
    for part in (publication.body, *texts):
        digest.update(len(part).to_bytes(8, "big") + part)
    return "content:" + digest.hexdigest()
