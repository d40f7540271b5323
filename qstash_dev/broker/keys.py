"""Rolling the signing keys of a user (https://upstash.com/docs/qstash/howto/roll-signing-keys)."""

from __future__ import annotations

from qstash_dev import ids
from qstash_dev.state.tenant import Tenant


class Keys:
    """Changes to the signing keys of a user."""

    def rotate(self, tenant: Tenant) -> None:
        """Make the next key the current one, and a new key the next one."""
        tenant.keys.rotate(ids.signing_key())
