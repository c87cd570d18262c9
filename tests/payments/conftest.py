from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from huike.payments import listeners
from huike.platform.config import get_config
from tests.payments.sandbox import SECRET, Book, Sandbox


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(Path(tmp_path_factory.mktemp("sandbox")))
    yield sandbox
    sandbox.kill()


@pytest.fixture
def sandbox(sandbox_process: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox without faults, known to this process as the provider `sandbox`."""
    monkeypatch.setenv("HUIKE_PAYMENTS_SANDBOX_URL", sandbox_process.url)
    monkeypatch.setenv("HUIKE_PAYMENTS_SANDBOX_SECRET", SECRET)
    get_config.cache_clear()
    sandbox_process.plan()
    yield sandbox_process
    monkeypatch.undo()
    get_config.cache_clear()


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Book:
    kept: dict[str, Any] = {"test": Book()}
    monkeypatch.setattr(listeners, "_listeners", {**listeners._listeners, **kept})
    return kept["test"]
