"""The workflow runs of a user: instances, waiters, events and retention."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.publication import Callback, DeliveryOptions
from qstash_dev.protocol.step import Step, step_of
from qstash_dev.protocol.workflow import RunSettings
from qstash_dev.state.run import MAX_NOTES, Failure, Invoker, Note, Run, RunState, Waiter
from qstash_dev.state.runs import EVENT_BYTES, Runs
from qstash_dev.state.tenant import Tenant
from tests.conftest import NOON_MS
from tests.state.support import URL, answer, end_run, make_run, make_tenant, part_message

KB = b"x" * 1_000
STEP = {"stepId": 1, "stepName": "a", "stepType": "Invoke"}


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def runs(tenant: Tenant) -> Runs:
    return tenant.runs


def waiter(run: Run, event_id: str, weight: int = 100) -> Waiter:
    step = Step(1, "wait", "Wait")
    return Waiter(event_id, run, step, URL, (), "1s", URL, (), NOON_MS + 1_000, NOON_MS, weight)


def failed(run: Run) -> str:
    """Let a run fail, and return the id of its dead letter."""
    message = part_message(run)
    letter = run.tenant.dead_letters.add(message, answer(), NOON_MS)
    run.failure = Failure(message, answer(), letter, None)
    end_run(run, RunState.FAILED)
    return letter.id


def test_a_run_is_found_by_its_id_or_by_its_instance(tenant: Tenant, runs: Runs) -> None:
    run = make_run(tenant)
    assert runs.get("wfr_1") is runs.get("wfr_1", NOON_MS) is runs.live("wfr_1", NOON_MS) is run
    assert runs.get("wfr_1", NOON_MS + 1) is None
    assert runs.get("wfr_2") is None
    assert len(runs) == 1


def test_an_id_is_used_again_after_its_run_has_ended(tenant: Tenant, runs: Runs) -> None:
    first = end_run(make_run(tenant))
    second = make_run(tenant, created_ms=NOON_MS + 5)
    assert runs.get("wfr_1") is runs.live("wfr_1") is second
    assert runs.get("wfr_1", NOON_MS) is first
    assert runs.live("wfr_1", NOON_MS) is None
    end_run(second)
    assert runs.live("wfr_1") is None
    assert runs.get("wfr_1") is second


def test_two_instances_in_one_millisecond_have_times_of_their_own(tenant: Tenant, runs: Runs) -> None:
    made = [end_run(make_run(tenant)) for _ in range(3)]
    assert [run.created_ms - NOON_MS for run in made] == [0, 1, 2]
    assert [runs.get("wfr_1", run.created_ms) for run in made] == made


def test_the_newest_come_first_and_a_position_is_never_used_again(tenant: Tenant, runs: Runs) -> None:
    made = [make_run(tenant, f"wfr_{number}") for number in range(3)]
    assert list(runs.newest_first()) == made[::-1]
    assert list(runs.newest_first(before=made[1].seq)) == [made[0]]
    runs.clear()
    assert list(runs.newest_first()) == []
    assert make_run(tenant).seq > made[-1].seq


def test_what_goes_on_weighs_what_it_keeps(tenant: Tenant, runs: Runs) -> None:
    first, second = make_run(tenant, "wfr_1", KB), make_run(tenant, "wfr_2", KB, KB)
    assert runs.live_weight == first.weight + second.weight
    assert second.weight == second.own_weight + sum(entry.weight for entry in second.entries)
    end_run(first)
    assert runs.live_weight == second.weight
    runs.clear_log(second)
    assert (runs.live_weight, second.weight, second.entries) == (second.own_weight, second.own_weight, [])


def test_a_run_weighs_what_its_trigger_says_for_all_of_its_messages(tenant: Tenant, runs: Runs) -> None:
    callback = Callback(URL, DeliveryOptions(headers=(("X", "z" * 3_000),)))
    settings = RunSettings(
        (("X", "y" * 5_000),), frozenset({"f" * 1_000}), failure_callback=callback, labels=("l" * 500,)
    )
    plain = make_run(tenant)
    runs.add(run := Run("wfr_2", tenant, URL, NOON_MS, settings))
    assert run.weight >= plain.weight + 5_000 + 1_000 + 3_000 + 500
    invoker = Invoker("wfr_1", NOON_MS, URL, step_of(STEP | {"out": "o" * 2_000}), (("X", "h" * 4_000),))
    runs.add(invoked := Run("wfr_3", tenant, URL, NOON_MS, RunSettings(), invoker=invoker))
    assert invoked.weight >= plain.weight + 2_000 + 4_000


def test_notes_are_cut_and_weigh_something(tenant: Tenant, runs: Runs) -> None:
    run = make_run(tenant)
    own = run.weight
    for _ in range(3 * MAX_NOTES):
        runs.note(run, "x" * 100_000, NOON_MS)
    assert len(run.notes[0].text) < 2_000
    assert run.weight == own + sum(len(note.text) for note in run.notes)


def test_only_so_many_ended_runs_are_kept() -> None:
    tenant = make_tenant(runs=2)
    ended = [end_run(make_run(tenant, f"wfr_{number}")) for number in range(4)]
    going_on = make_run(tenant, "wfr_x")
    assert list(tenant.runs.newest_first()) == [going_on, ended[3], ended[2]]
    assert tenant.runs.get("wfr_0") is None
    assert len(tenant.runs) == 3


def test_only_so_many_bytes_of_ended_runs_are_kept_but_always_the_last() -> None:
    tenant = make_tenant(max_bytes=14_000)
    for number in range(5):
        end_run(make_run(tenant, f"wfr_{number}", KB))
    assert [run.id for run in tenant.runs.newest_first()] == ["wfr_4", "wfr_3"]
    end_run(make_run(tenant, "wfr_big", KB * 100))
    assert [run.id for run in tenant.runs.newest_first()] == ["wfr_big"]
    end_run(make_run(tenant, "wfr_6", KB))
    assert [run.id for run in tenant.runs.newest_first()] == ["wfr_6"]


def test_what_a_run_gets_after_its_end_counts_as_well() -> None:
    tenant = make_tenant(max_bytes=20_000)
    first = end_run(make_run(tenant, "wfr_1", KB))
    tenant.runs.weigh(first, 20_000)
    assert tenant.runs.live_weight == 0
    end_run(make_run(tenant, "wfr_2", KB))
    assert [run.id for run in tenant.runs.newest_first()] == ["wfr_2"]


def test_a_forgotten_run_gives_its_log_back_though_messages_still_name_it() -> None:
    tenant = make_tenant(runs=1)
    first = make_run(tenant, "wfr_1", KB)
    message = part_message(first)
    end_run(first)
    assert first.entries
    end_run(make_run(tenant, "wfr_2"))
    assert message.run_message is not None
    assert message.run_message.run.entries == []


def test_a_forgotten_run_keeps_its_log_for_as_long_as_it_is_a_dead_letter() -> None:
    tenant = make_tenant(runs=1)
    first = make_run(tenant, "wfr_1", KB)
    id = failed(first)
    end_run(make_run(tenant, "wfr_2"))
    assert first.forgotten
    assert first.initial_body == KB
    tenant.dead_letters.take(id)
    assert first.entries == []


def test_a_dead_letter_weighs_its_whole_run() -> None:
    tenant = make_tenant(max_bytes=14_000)
    ids = [failed(make_run(tenant, f"wfr_{number}", KB)) for number in range(5)]
    assert [letter.id for letter in tenant.dead_letters.walk(latest_first=False)] == ids[3:]


def test_forgetting_an_instance_leaves_a_later_one_of_its_id() -> None:
    tenant = make_tenant(runs=1)
    end_run(make_run(tenant))
    latest = make_run(tenant, created_ms=NOON_MS + 1)
    end_run(make_run(tenant, "wfr_2"))
    assert tenant.runs.get("wfr_1") is latest


def test_waiters_are_known_under_their_event_and_weigh_something(tenant: Tenant, runs: Runs) -> None:
    run, other = make_run(tenant), make_run(tenant, "wfr_2")
    own = runs.live_weight
    made = [waiter(run, "a"), waiter(other, "a"), waiter(run, "b")]
    for one in made:
        runs.add_waiter(one)
    assert {event: list(waiting) for event, waiting in runs.waiters.items()} == {"a": made[:2], "b": made[2:]}
    assert run.waiters == [made[0], made[2]]
    assert runs.live_weight == own + 300
    for one in made:
        runs.remove_waiter(one)
    assert (runs.waiters, run.waiters, runs.live_weight) == ({}, [], own)


def test_events_are_kept_in_their_order_and_weigh_something(tenant: Tenant, runs: Runs) -> None:
    run = make_run(tenant)
    own = run.weight
    for data in ("one", "two", "three"):
        runs.store_event(run, "a", data)
    runs.store_event(run, "b", "other")
    assert runs.live_weight == run.weight == own + len("onetwothreeother") + 4 * EVENT_BYTES
    assert [runs.take_event(run, "a") for _ in range(4)] == ["one", "two", "three", None]
    assert runs.live_weight == own + len("other") + EVENT_BYTES
    runs.clear_events(run)
    assert (run.events, runs.live_weight) == ({}, own)
    assert runs.take_event(run, "b") is None


def test_a_note_is_told_to_whoever_watches_also_after_a_reset(tenant: Tenant, runs: Runs) -> None:
    told: list[tuple[Run, Note]] = []
    runs.subscribers.append(lambda run, note: told.append((run, note)))
    runs.clear()
    run = make_run(tenant)
    runs.note(run, "something", NOON_MS)
    assert told == [(run, Note(NOON_MS, "something"))]
    assert list(run.notes) == [Note(NOON_MS, "something")]


def test_a_reset_forgets_everything(tenant: Tenant) -> None:
    run = make_run(tenant, "wfr_1", KB)
    tenant.runs.add_waiter(waiter(run, "a"))
    end_run(make_run(tenant, "wfr_2"))
    tenant.clear()
    assert len(tenant.runs) == 0
    assert (tenant.runs.live_weight, tenant.runs.waiters, tenant.runs.get("wfr_1")) == (0, {}, None)


def test_a_waiter_is_forgotten_without_looking_at_the_others(tenant: Tenant, runs: Runs) -> None:
    class Compared(Waiter):
        times = 0
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> bool:
            Compared.times += 1
            return self is other

    step, ids = Step(1, "wait", "Wait"), map(str, range(100))
    made = [Compared("event", make_run(tenant, id), step, URL, (), "1s", URL, (), NOON_MS, NOON_MS, 1) for id in ids]
    for one in made:
        runs.add_waiter(one)
    for one in reversed(made):
        runs.remove_waiter(one)
    assert (runs.waiters, Compared.times) == ({}, 0)
