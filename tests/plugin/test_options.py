"""The marker, the ini options and the fixture that overrides them."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run, lines


def test_the_marker_chooses_options(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.qstash_dev(start="2026-03-08T06:59:00Z", quota="pro", user="testUser2", timeout=0.2)
        def test_marked(qstash_dev, qstash_client, qstash_inbox):
            assert qstash_dev.now.isoformat() == "2026-03-08T06:59:00+00:00"
            assert qstash_dev.timeout == 0.2
            qstash_client.message.publish(url=qstash_inbox.url, body="x", retries=6)
            assert qstash_inbox.assert_received().signature_ok

        @pytest.mark.qstash_dev(real_time=True)
        def test_running(qstash_dev, qstash_client, qstash_inbox):
            qstash_client.message.publish(url=qstash_inbox.url, body="x", delay="20ms")
            qstash_inbox.wait_for(1)
        """
    )
    result.assert_outcomes(passed=2)


def test_the_closest_marker_wins_name_by_name(run: Run) -> None:
    result = run(
        """
        import pytest

        pytestmark = pytest.mark.qstash_dev(start="2024-01-01", timeout=1)

        @pytest.mark.qstash_dev(start="2025-01-01")
        class TestClass:
            def test_of_class(self, qstash_dev):
                assert (qstash_dev.now.year, qstash_dev.timeout) == (2025, 1)

            @pytest.mark.qstash_dev(start="2026-01-01")
            def test_of_its_own(self, qstash_dev):
                assert (qstash_dev.now.year, qstash_dev.timeout) == (2026, 1)

        def test_of_module(qstash_dev, qstash_dev_factory):
            assert (qstash_dev.now.year, qstash_dev.timeout) == (2024, 1)
            assert qstash_dev_factory(timeout=3).timeout == 3
        """
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "text"),
    [
        ("clock='2026-01-01'", "*does not take clock: use start, real_time, user, quota, timeout, allow_dead*"),
        ("'2026-01-01'", "*takes names only: use start, real_time, user, quota, timeout, allow_dead*"),
        ("start='soon'", "*'soon' is not a time such as '2026-03-08T06:59:00Z'*"),
        ("quota='none'", "*there is no quota none: use one of free, payg, pro*"),
        ("user='me'", "*there is no user me: use one of defaultUser, testUser1*"),
        ("timeout=0", "*timeout=0: use seconds above zero*"),
    ],
)
def test_markers_that_make_no_sense_fail_the_test_with_a_way_out(run: Run, marker: str, text: str) -> None:
    result = run(
        f"""
        import pytest

        @pytest.mark.qstash_dev({marker})
        def test_it(qstash_dev):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([text])


def test_the_marker_is_known_to_strict_runs_and_listed(run: Run) -> None:
    source = "import pytest\n@pytest.mark.qstash_dev\ndef test_it(qstash_dev): pass"
    run(source, "--strict-markers").assert_outcomes(passed=1)
    run(source, "--markers").stdout.fnmatch_lines(["@pytest.mark.qstash_dev(start, real_time, user, quota, timeout*"])


def test_ini_options_are_for_all_tests(run: Run) -> None:
    result = run(
        """
        import pytest

        def test_ini(qstash_dev, qstash_dev_session, qstash_client):
            assert qstash_dev.timeout == qstash_dev_session.timeout == 0.25
            before = qstash_dev.now
            qstash_client.message.publish(url=qstash_dev.inbox().url, body="x", delay="20ms")
            qstash_dev.inbox().wait_for(1)
            assert qstash_dev.now > before

        @pytest.mark.qstash_dev(real_time=False, timeout=1)
        def test_marked(qstash_dev):
            assert qstash_dev.timeout == 1
            assert qstash_dev.now == qstash_dev.now
            qstash_dev.advance("1s")
        """,
        "-o",
        "qstash_dev_timeout=0.25",
        "-o",
        "qstash_dev_clock=real",
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("qstash_dev_clock=virtual", "*qstash_dev_clock: use paused or real*"),
        ("qstash_dev_timeout=soon", "*qstash_dev_timeout = soon: use seconds above zero*"),
        ("qstash_dev_timeout=0", "*qstash_dev_timeout = 0: use seconds above zero*"),
        ("qstash_dev_timeout=nan", "*qstash_dev_timeout = nan: use seconds above zero*"),
        ("qstash_dev_report_events=-1", "*qstash_dev_report_events = -1: use a number*"),
        ("qstash_dev_report_events=all", "*qstash_dev_report_events = all: use a number*"),
    ],
)
def test_ini_options_that_make_no_sense_stop_the_run(run: Run, option: str, text: str) -> None:
    result = run("def test_it(): pass", "-o", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([text])


def test_ini_options_are_listed(run: Run) -> None:
    text = lines(run("def test_it(): pass", "--help"))
    for name in ("qstash_dev_timeout", "qstash_dev_clock", "qstash_dev_allow_dead", "qstash_dev_report_events"):
        assert name in text


def test_a_project_may_override_the_options_of_every_server(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def qstash_dev_options():
            return {"start": "2030-01-01", "user": "testUser3", "timeout": 2}
        """
    )
    result = run(
        """
        import pytest

        @pytest.mark.qstash_dev(start="2031-01-01")
        def test_it(qstash_dev, qstash_dev_session):
            assert (qstash_dev.now.year, qstash_dev_session.now.year) == (2031, 2030)
            assert qstash_dev.token == qstash_dev_session.token
            assert qstash_dev.timeout == 2
        """
    )
    result.assert_outcomes(passed=1)


def test_an_override_that_makes_no_sense_is_told(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def qstash_dev_options():
            return {"begin": "2030-01-01"}
        """
    )
    result = run("def test_it(qstash_dev): pass\ndef test_other(qstash_dev_session): pass")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*the fixture qstash_dev_options does not take begin: use start, real_time,*"])
