"""The report of a failed test, and failures that the plugin finds itself."""

from __future__ import annotations

import re

import pytest

from tests.plugin.conftest import Run, lines

TITLE = "- qstash-dev timeline -"
DIES = """
    import pytest
    from tests.testing.support import NOWHERE, publish

    {decorator}
    def test_it(qstash_dev):
        publish(qstash_dev, NOWHERE, Upstash_Retries="0")
        {rest}
"""


def dies(rest: str = "", decorator: str = "") -> str:
    return DIES.format(rest=rest, decorator=decorator)


def test_a_test_that_fails_shows_the_timeline(run: Run) -> None:
    result = run(dies("qstash_dev.run_all(); assert False"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- qstash-dev timeline -*",
            "????-??-?? ??:??:?? CREATED   msg_* http://127.0.0.1:1",
            "*connection refused by 127.0.0.1:1: is your app running? (*)",
            "*nothing is pending",
            "  at ??:?? UTC msg_* gave up after 1 try, connection refused by *",
        ]
    )


def test_a_test_that_passes_shows_nothing(run: Run) -> None:
    result = run("def test_it(qstash_dev, qstash_dev_session): pass", "-rA")
    result.assert_outcomes(passed=1)
    assert TITLE not in lines(result)


def test_a_fixture_that_fails_shows_the_timeline(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture
        def app(qstash_dev):
            raise RuntimeError("the app does not start")

        def test_it(app):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    assert lines(result).count(TITLE) == 1


def test_each_server_of_a_test_has_a_timeline(run: Run) -> None:
    result = run(
        "def test_it(qstash_dev, qstash_dev_factory, qstash_dev_session): qstash_dev_factory(); assert False"
    )
    result.assert_outcomes(failed=1)
    assert lines(result).count(TITLE) == 3


def test_only_a_test_that_uses_the_sessions_server_shows_it(run: Run) -> None:
    result = run("def test_one(qstash_dev_session): pass\ndef test_other(): assert False")
    result.assert_outcomes(passed=1, failed=1)
    assert TITLE not in lines(result)


def test_so_many_events_are_shown_as_the_ini_says(run: Run) -> None:
    result = run(dies("qstash_dev.run_all(); assert False"), "-o", "qstash_dev_report_events=1")
    result.stdout.fnmatch_lines(["3 earlier events are left out", "* FAILED *", "*nothing is pending"])


def test_a_message_that_died_unseen_fails_the_test(run: Run) -> None:
    result = run(dies("qstash_dev.run_all()"))
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            "errors that the test did not look at:",
            "  msg_* to http://127.0.0.1:1 failed: connection refused by 127.0.0.1:1: is your app running?",
            "  (look at them in dlq or messages, or allow them with allow_dead=True)",
            "*- qstash-dev timeline -*",
            "* FAILED *",
        ]
    )
    assert "Traceback" not in lines(result)


def test_a_message_that_is_dying_as_the_test_ends_counts_as_well(run: Run) -> None:
    """Whether the test fails must not depend on who is faster."""
    run(dies()).assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        (dies("qstash_dev.run_all(); assert qstash_dev.dlq.one().status == 0"), ()),
        (dies("qstash_dev.run_all()", "@pytest.mark.qstash_dev(allow_dead=True)"), ()),
        (dies("qstash_dev.run_all()"), ("-o", "qstash_dev_allow_dead=true")),
    ],
    ids=["seen", "allowed by the marker", "allowed by the ini"],
)
def test_a_message_may_die(run: Run, source: str, arguments: tuple[str, ...]) -> None:
    run(source, *arguments).assert_outcomes(passed=1)


def test_the_marker_may_forbid_what_the_ini_allows(run: Run) -> None:
    source = dies("qstash_dev.run_all()", "@pytest.mark.qstash_dev(allow_dead=False)")
    run(source, "-o", "qstash_dev_allow_dead=true").assert_outcomes(passed=1, errors=1)


def test_a_server_of_the_factory_may_let_messages_die(run: Run) -> None:
    result = run(
        """
        from tests.testing.support import NOWHERE, publish

        def test_it(qstash_dev_factory):
            tolerant = qstash_dev_factory(allow_dead=True)
            publish(tolerant, NOWHERE, Upstash_Retries="0")
            tolerant.run_all()

        def test_other(qstash_dev_factory):
            qstash_dev_factory(allow_dead=True)
            strict = qstash_dev_factory()
            publish(strict, NOWHERE, Upstash_Retries="0")
            strict.run_all()
        """
    )
    result.assert_outcomes(passed=2, errors=1)


def test_a_test_that_fails_anyway_is_not_blamed_twice(run: Run) -> None:
    run(dies("raise RuntimeError")).assert_outcomes(failed=1)
    run(dies("raise RuntimeError", "@pytest.mark.xfail")).assert_outcomes(xfailed=1)
    run(dies("pytest.skip('enough')")).assert_outcomes(skipped=1)


def test_a_function_of_a_script_that_raises_fails_the_test(run: Run) -> None:
    result = run(
        """
        import pytest
        from tests.testing.support import publish

        @pytest.mark.qstash_dev(allow_dead=True)
        def test_it(qstash_dev, qstash_inbox):
            def handler(request):
                assert request.json == {"n": 2}

            qstash_inbox.respond(handler)
            publish(qstash_dev, qstash_inbox.url, b'{"n":1}')
            qstash_dev.wait_idle()
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "errors that the test did not look at:",
            "  a function in the script of inbox default raised AssertionError*",
        ]
    )


def test_on_the_sessions_server_the_test_is_blamed_that_missed_something(run: Run) -> None:
    result = run(
        """
        import pytest
        from tests.testing.support import NOWHERE, publish

        def test_before(qstash_dev_session):
            pass

        def test_guilty(qstash_dev_session):
            publish(qstash_dev_session, NOWHERE, Upstash_Retries="0")
            qstash_dev_session.wait_idle()

        def test_after(qstash_dev_session):
            pass

        @pytest.mark.qstash_dev(allow_dead=True)
        def test_tolerant(qstash_dev_session):
            publish(qstash_dev_session, NOWHERE, Upstash_Retries="0")
            qstash_dev_session.wait_idle()

        def test_last(qstash_dev_session):
            pass
        """
    )
    result.assert_outcomes(passed=5, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_guilty*", "errors that the test did not look at:", "*- qstash-dev timeline -*"]
    )


def test_a_server_that_died_fails_the_test(run: Run) -> None:
    result = run(
        """
        import pytest, sys

        def test_it(qstash_dev):
            with pytest.raises(SystemExit):
                qstash_dev._bridge.read(lambda: sys.exit(3))
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["the server failed with SystemExit(3)"])


def test_a_destination_that_hangs_fails_the_test_in_time(run: Run) -> None:
    result = run(
        """
        from tests.testing.support import publish

        def test_it(qstash_dev, qstash_inbox):
            qstash_inbox.delay(60)
            publish(qstash_dev, qstash_inbox.url)
            qstash_dev.run_all()
        """,
        "-o",
        "qstash_dev_timeout=0.2",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*QStashDevTimeout: still busy after 0.2 s:", "*still pending:"])
    took = re.search(r"in (\d+\.\d+)s", lines(result))
    assert took
    assert float(took[1]) < 10


def test_an_assertion_about_an_inbox_hides_what_is_behind_it(run: Run) -> None:
    result = run("def test_it(qstash_inbox): qstash_inbox.assert_received(json={'n': 1})")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*expected a request with json={'n': 1}, but nothing came", "E*nothing is pending"])
    assert "inbox.py" not in lines(result)


def test_a_test_that_is_run_again_starts_over(run: Run, pytester: pytest.Pytester) -> None:
    """As pytest-rerunfailures does: a first failure must not hide what the second run misses."""
    pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            runtestprotocol(item, nextitem=nextitem, log=False)
            item._initrequest()
            for report in runtestprotocol(item, nextitem=nextitem, log=False):
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    result = run("    runs = []\n" + dies("runs.append(1); assert len(runs) > 1"))
    result.assert_outcomes(passed=1, errors=1)
