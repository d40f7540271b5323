"""Wires the stages of a message's life and offers their verbs. No logic lives here."""

from __future__ import annotations

from qstash_dev.broker.admission import Admission
from qstash_dev.broker.callbacks import Callbacks
from qstash_dev.broker.calls import Calls
from qstash_dev.broker.cancellation import Cancellation
from qstash_dev.broker.endings import Endings
from qstash_dev.broker.errands import Errands
from qstash_dev.broker.expiry import Expiry
from qstash_dev.broker.failures import Failures
from qstash_dev.broker.intake import Intake
from qstash_dev.broker.invocations import Invocations
from qstash_dev.broker.queues import Queues
from qstash_dev.broker.recovery import Recovery
from qstash_dev.broker.recurrence import Recurrence
from qstash_dev.broker.redelivery import Redelivery
from qstash_dev.broker.runs import Runs
from qstash_dev.broker.settlement import Settlement
from qstash_dev.broker.timers import Timers
from qstash_dev.broker.waits import Waits
from qstash_dev.broker.withdrawal import Withdrawal
from qstash_dev.broker.workflows import Workflows
from qstash_dev.config import Config
from qstash_dev.state.tenant import Tenants


class Broker:
    """The stages in their order of dependence. Each is used under its own name."""

    def __init__(self, config: Config) -> None:
        self.tenants = Tenants(config.retention)
        self.timers = Timers()
        self.errands = Errands()
        self.admission = Admission(self.timers, self.errands, config.max_in_flight)
        self.intake = Intake(self.admission, config.quota, config.max_pending_bytes)
        self.callbacks = Callbacks(self.intake)
        self.withdrawal = Withdrawal(self.admission)
        self.runs = Runs(self.intake, self.withdrawal, config)
        self.calls = Calls(self.runs)
        self.invocations = Invocations(self.runs)
        self.waits = Waits(self.timers, self.runs)
        self.endings = Endings(self.timers, self.invocations, self.withdrawal)
        self.failures = Failures(self.runs, self.endings)
        self.recovery = Recovery(self.intake, self.failures, self.withdrawal)
        self.workflows = Workflows(self.runs, self.calls, self.invocations, self.failures)
        self.settlement = Settlement(self.admission, self.callbacks, self.withdrawal, self.workflows)
        self.redelivery = Redelivery(self.intake)
        self.recurrence = Recurrence(self.timers, self.intake, config.quota)
        self.cancellation = Cancellation(self.withdrawal, self.endings)
        self.expiry = Expiry(config.quota)
        self.queues = Queues(self.admission, config.quota)
