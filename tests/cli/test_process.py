"""Settings of the process, and that temporary ones are restored."""

from __future__ import annotations

import gc
import os

import pytest

from qstash_dev.cli.process import fast_imports


def test_only_an_import_goes_without_certificates_and_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "mine.pem")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with fast_imports():
        assert (os.environ["SSL_CERT_FILE"], os.environ["SSL_CERT_DIR"]) == (os.devnull, os.devnull)
        assert not gc.isenabled()
    assert (os.environ["SSL_CERT_FILE"], "SSL_CERT_DIR" in os.environ) == ("mine.pem", False)
    assert gc.isenabled()


def test_all_is_given_back_after_an_import_that_fails() -> None:
    before = dict(os.environ)
    with pytest.raises(ImportError), fast_imports():
        raise ImportError
    assert dict(os.environ) == before
    assert gc.isenabled()
