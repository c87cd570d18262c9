from __future__ import annotations

from collections.abc import Iterator

import pytest

from huike.platform.config import get_config
from tests.payments.conftest import sandbox, sandbox_process  # noqa: F401 - fixtures
from tests.payments.sandbox import SECRET


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A payment provider is set up; nobody is at its address, and nothing here asks it."""
    monkeypatch.setenv("HUIKE_PAYMENTS_SANDBOX_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HUIKE_PAYMENTS_SANDBOX_SECRET", SECRET)
    get_config.cache_clear()
    yield
    monkeypatch.undo()
    get_config.cache_clear()
