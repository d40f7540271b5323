"""Signing keys (https://upstash.com/docs/qstash/howto/roll-signing-keys)."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import Annotated, Shape, doc


class SigningKeys(Shape):
    """The two keys that signatures are made and checked with."""

    current: Annotated[str, doc("The key that messages are signed with.")]
    next: Annotated[str, doc("The key that becomes the current one when the keys are rotated.")]
