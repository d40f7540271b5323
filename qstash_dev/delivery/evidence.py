"""Evidence about failed attempts from what this server knows beside the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import LOOPBACK, may_be_signature, reason_of
from qstash_dev.protocol.result import Accepted, DeliveryResult, Responded
from qstash_dev.protocol.target import target_of
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.message import Message, State
from qstash_dev.state.tenant import USERS, Tenant

# The latest entries of the log of each user are enough, and to look at this many takes a few milliseconds.
_MOST_OF_USER = 2_000
_MOST_IN_A_SECOND = 20_000


class Evidence:
    """Adds to a failed answer what the logs of the users and the ports of this server tell about it.

    The logs are read only for failures that a signature may have caused, and only a limited number of their entries
    in a second: in a burst of failures the others are left without.
    """

    def __init__(self, tenants: Callable[[], Sequence[Tenant]]) -> None:
        self.own_ports: set[int] = set()  #: on which this server listens
        self._tenants = tenants
        self._left, self._since_s = _MOST_IN_A_SECOND, 0.0

    def added(self, attempt: DeliveryAttempt, result: DeliveryResult, now_s: float) -> DeliveryResult:
        """The result of a failed attempt with what is known. ``now_s`` is monotonic time."""
        if not isinstance(result, Responded) or result.reason is not None:
            return result
        if self._is_own(attempt.sent_to):
            return result._replace(reason=FailureReason.OWN_SERVER)
        # Read once here, because lists ask for it again and again.
        result = result._replace(reason=reason_of(result))
        if may_be_signature(result):
            return result._replace(accepted=self._accepted(attempt.message, now_s))
        return result

    def _is_own(self, url: str) -> bool:
        if not url:
            return False
        target = target_of(url)
        is_here = target.origin.port in self.own_ports and target.origin.host in LOOPBACK
        return is_here and not target.path.startswith(b"/_dev/")

    def _accepted(self, message: Message, now_s: float) -> Accepted | None:
        if now_s - self._since_s >= 1:
            self._left, self._since_s = _MOST_IN_A_SECOND, now_s
        if self._left < len(USERS) * _MOST_OF_USER:
            return None
        path = message.url.partition("?")[0]
        found = [tenant for tenant in self._tenants() if self._has_delivered(tenant, path)]
        others = tuple(tenant.user.id for tenant in found if tenant is not message.tenant)
        return Accepted(message.tenant.user.id, message.tenant in found, others)

    def _has_delivered(self, tenant: Tenant, path: str) -> bool:
        for entry in islice(tenant.log.walk(latest_first=True), _MOST_OF_USER):
            self._left -= 1
            if entry.state is State.DELIVERED and entry.message.url.partition("?")[0] == path:
                return True
        return False
