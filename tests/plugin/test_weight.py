"""The cost of the plugin for pytest runs that do not use it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"aiohttp", "jwt", "click", "rich", "croniter", "httptools", "asyncio", "qstash", "yarl", "multidict"}


def modules(code: str) -> set[str]:
    """What a fresh interpreter has imported after this code."""
    program = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=True)
    return set(done.stdout.split())


def test_the_plugin_imports_nothing_beyond_pytest() -> None:
    own = modules("import pytest, contextlib, dataclasses; import qstash_dev.pytest_plugin") - modules(
        "import pytest, contextlib, dataclasses"
    )
    assert own == {"qstash_dev", "qstash_dev.version", "qstash_dev.pytest_plugin"}


def test_a_run_that_uses_no_fixture_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import sys

        def test_it():
            heavy = {HEAVY - {"asyncio"}!r}
            assert heavy & set(sys.modules) == set()
            assert {{name for name in sys.modules if name.startswith("qstash_dev")}} == {{
                "qstash_dev", "qstash_dev.version", "qstash_dev.pytest_plugin"
            }}
        """
    )
    others = ("asyncio", "aiohttp", "anyio", "xdist", "hypothesispytest", "timeout", "cacheprovider", "time_machine")
    result = pytester.runpytest_subprocess(*(word for name in others for word in ("-p", f"no:{name}")))
    result.assert_outcomes(passed=1)
