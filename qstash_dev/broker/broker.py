"""All stages of a message's life, put together. This file has no rules."""

from __future__ import annotations

from qstash_dev.broker.admission import Admission
from qstash_dev.broker.attempts import AttemptOutcomes
from qstash_dev.broker.bulk_cancel import BulkCancel
from qstash_dev.broker.callbacks import Callbacks
from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.deferred_work import DeferredWork
from qstash_dev.broker.dlq import DeadLetterRetry
from qstash_dev.broker.flow_control import FlowControlKeys
from qstash_dev.broker.keys import Keys
from qstash_dev.broker.publish import Publisher
from qstash_dev.broker.queues import Queues
from qstash_dev.broker.retention import Expiry
from qstash_dev.broker.schedules import Schedules
from qstash_dev.broker.timers import Timers
from qstash_dev.broker.url_groups import UrlGroups
from qstash_dev.broker.workflows.call import ThirdPartyCalls
from qstash_dev.broker.workflows.events import Events
from qstash_dev.broker.workflows.failure import Failures
from qstash_dev.broker.workflows.finish import RunFinisher
from qstash_dev.broker.workflows.invoke import Invocations
from qstash_dev.broker.workflows.refused_steps import RefusedSteps
from qstash_dev.broker.workflows.resume import RunResumer
from qstash_dev.broker.workflows.router import WorkflowRouter
from qstash_dev.broker.workflows.runs import Runs
from qstash_dev.config import Config
from qstash_dev.state.tenant import Tenants


class Broker:
    """The stages. Each uses only stages above it."""

    def __init__(self, config: Config) -> None:
        self.tenants = Tenants(config.retention)
        self.timers = Timers()
        self.deferred_work = DeferredWork()
        self.admission = Admission(self.timers, self.deferred_work, config.max_in_flight)
        self.publisher = Publisher(self.admission, config.quota, config.max_pending_bytes)
        self.callbacks = Callbacks(self.publisher)
        self.canceller = Canceller(self.admission)
        self.runs = Runs(self.publisher, self.canceller, config)
        self.calls = ThirdPartyCalls(self.runs)
        self.invocations = Invocations(self.runs)
        self.waits = Events(self.timers, self.runs)
        self.finisher = RunFinisher(self.timers, self.invocations, self.canceller)
        self.failures = Failures(self.runs, self.finisher)
        self.resumer = RunResumer(self.publisher, self.failures, self.canceller)
        self.refused_steps = RefusedSteps(self.tenants)
        self.workflows = WorkflowRouter(self.runs, self.calls, self.invocations, self.failures, self.refused_steps)
        self.outcomes = AttemptOutcomes(self.admission, self.callbacks, self.canceller, self.workflows)
        self.dlq = DeadLetterRetry(self.publisher)
        self.schedules = Schedules(self.timers, self.publisher, config.quota)
        self.bulk_cancel = BulkCancel(self.canceller, self.finisher)
        self.expiry = Expiry(config.quota)
        self.queues = Queues(self.admission, config.quota)
        self.url_groups = UrlGroups(self.publisher, config.quota)
        self.flow_control = FlowControlKeys(self.admission, self.publisher)
        self.keys = Keys()
