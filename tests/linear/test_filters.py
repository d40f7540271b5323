"""Filters with many values cost each run as little as filters with few."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qstash_dev.api.v2.workflows.filters import run_filter
from qstash_dev.config import Retention
from qstash_dev.protocol.filters import MAX_VALUES, Query
from qstash_dev.protocol.workflow import RunSettings
from qstash_dev.state.run import Run
from qstash_dev.state.tenant import Tenants
from tests.linear.steps import steps

TENANT = Tenants(Retention()).all()[0]
SHORT = st.text("ab", max_size=5)


def run_at(url: str) -> Run:
    return Run("wfr_1", TENANT, url, 1, RunSettings())


@settings(deadline=None)
@given(st.lists(SHORT, min_size=1, max_size=6), SHORT)
def test_a_url_begins_with_one_of_many(prefixes: list[str], url: str) -> None:
    matches = run_filter(Query({"workflowUrl": tuple(prefixes)}), url_is_prefix=True)
    assert matches(run_at(url), 1) == any(url.startswith(prefix) for prefix in prefixes)


@pytest.mark.parametrize("url_is_prefix", [True, False])
def test_a_run_is_held_against_many_urls_at_once(url_is_prefix: bool) -> None:
    run = run_at("http://b/")
    few, many = (
        run_filter(Query({"workflowUrl": tuple(f"http://a/{n}" for n in range(count))}), url_is_prefix=url_is_prefix)
        for count in (2, MAX_VALUES)
    )
    assert steps(lambda: many(run, 1)) <= steps(lambda: few(run, 1))
