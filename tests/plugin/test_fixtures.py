"""Every fixture, used in a project that has installed the package."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run


def test_each_test_has_a_server_of_its_own(run: Run) -> None:
    result = run(
        """
        seen = []

        def test_one(qstash_dev, qstash_inbox, qstash_client):
            qstash_client.message.publish(url=qstash_inbox.url, body="x")
            qstash_inbox.assert_received(times=1)
            seen.append(qstash_dev)

        def test_other(qstash_dev, qstash_inbox):
            assert qstash_dev is not seen[0]
            assert qstash_dev.messages.all() == []
            qstash_inbox.assert_empty()
            from urllib.request import urlopen
            try:
                urlopen(seen[0].url + "/_dev/clock", timeout=5)
            except OSError:
                pass
            else:
                raise AssertionError("the server of the first test is still there")
        """
    )
    result.assert_outcomes(passed=2)


def test_all_fixtures_of_a_test_share_its_server(run: Run) -> None:
    result = run(
        """
        import os
        import pytest
        from qstash import QStash, AsyncQStash, Receiver

        def test_it(qstash_dev, qstash_env, qstash_inbox, qstash_client, async_qstash_client, qstash_receiver):
            assert qstash_env == qstash_dev.env
            assert {name: os.environ[name] for name in qstash_env} == qstash_env
            assert qstash_inbox.url == qstash_dev.inbox("default").url
            assert type(qstash_client) is QStash
            assert type(async_qstash_client) is AsyncQStash
            assert type(qstash_receiver) is Receiver
            # The SDK finds the server by its environment alone.
            QStash(os.environ["QSTASH_TOKEN"]).http._client.close()
            qstash_client.message.publish(url=qstash_inbox.url, body="x")
            request = qstash_inbox.assert_received()
            qstash_receiver.verify(
                signature=request.headers["Upstash-Signature"], body=request.text, url=qstash_inbox.url
            )
            assert qstash_dev.messages.one().state == "DELIVERED"
        """
    )
    result.assert_outcomes(passed=1)


def test_qstash_env_ends_with_the_test(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QSTASH_URL", "https://production.example")
    monkeypatch.setenv("QSTASH_DEV", "true")
    monkeypatch.delenv("QSTASH_TOKEN", raising=False)
    result = run(
        """
        import os

        def test_one(qstash_dev, qstash_env):
            assert os.environ["QSTASH_URL"] == qstash_dev.url
            assert "QSTASH_DEV" not in os.environ

        def test_other():
            assert os.environ["QSTASH_URL"] == "https://production.example"
            assert os.environ["QSTASH_DEV"] == "true"
            assert "QSTASH_TOKEN" not in os.environ
        """
    )
    result.assert_outcomes(passed=2)


def test_the_sessions_server_is_one_for_all_tests(run: Run) -> None:
    result = run(
        """
        import pytest
        from tests.testing.support import publish

        urls = set()

        @pytest.mark.parametrize("number", [1, 2, 3])
        def test_it(qstash_dev_session, number):
            urls.add(qstash_dev_session.url)
            assert len(urls) == 1
            qstash_dev_session.reset()
            inbox = qstash_dev_session.inbox()
            publish(qstash_dev_session, inbox.url)
            inbox.assert_received(times=1)
        """
    )
    result.assert_outcomes(passed=3)


def test_the_factory_makes_servers_and_closes_them(run: Run) -> None:
    result = run(
        """
        import pytest
        from qstash_dev.testing import QStashDevError

        made = []

        def test_two(qstash_dev_factory, qstash_dev):
            one = qstash_dev_factory(start="2026-01-01", quota="pro")
            other = qstash_dev_factory(user="testUser1")
            made.extend([one, other, qstash_dev])
            assert len({server.url for server in made}) == 3
            assert one.now.year == 2026
            assert other.token != one.token

        def test_they_are_gone():
            for server in made:
                with pytest.raises(QStashDevError, match="not running any more"):
                    server.messages.all()
        """
    )
    result.assert_outcomes(passed=2)


def test_a_server_may_be_closed_by_the_test(run: Run) -> None:
    result = run("def test_it(qstash_dev): qstash_dev.close()")
    result.assert_outcomes(passed=1)


def test_unittest_classes_get_their_server_by_an_autouse_fixture(run: Run) -> None:
    result = run(
        """
        import unittest
        import pytest

        class Suite(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def given(self, qstash_dev):
                self.dev = qstash_dev

            def test_it(self):
                self.assertEqual(self.dev.messages.all(), [])
        """
    )
    result.assert_outcomes(passed=1)


SDK_FIXTURES = ("qstash_client", "async_qstash_client", "qstash_receiver")


@pytest.mark.parametrize("fixture", SDK_FIXTURES)
def test_without_the_sdk_its_fixtures_skip_with_a_hint(run: Run, pytester: pytest.Pytester, fixture: str) -> None:
    pytester.makeconftest("import sys\nsys.modules['qstash'] = None")
    result = run(
        f"""
        def test_sdk({fixture}):
            pass

        def test_others(qstash_dev, qstash_env, qstash_inbox, qstash_dev_session):
            pass
        """,
        "-rs",
    )
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*this fixture needs the official SDK: pip install qstash*"])


def test_the_fixtures_are_listed_with_what_they_are_for(run: Run) -> None:
    result = run("def test_it(): pass", "--fixtures")
    fixtures = ["qstash_dev", "qstash_dev_factory", "qstash_dev_options", "qstash_dev_session"]
    fixtures += ["qstash_env", "qstash_inbox", "qstash_client", "async_qstash_client", "qstash_receiver"]
    for name in fixtures:
        result.stdout.re_match_lines([rf"{name}( \[session scope\])? -- .*pytest_plugin\.py:\d+", "    [A-Z]"])
