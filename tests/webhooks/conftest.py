from __future__ import annotations

from collections.abc import Iterator

import pytest

from huike.platform.config import get_config
from tests.webhooks.receiver import Receiver, running_receiver


@pytest.fixture(scope="session")
def _running_receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def receiver(_running_receiver: Receiver) -> Receiver:
    _running_receiver.begin_anew()
    return _running_receiver


@pytest.fixture
def _loopback_opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The operator named this machine's own network as one webhooks may be sent to."""
    monkeypatch.setenv("HUIKE_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
    get_config.cache_clear()
    yield
    monkeypatch.undo()
    get_config.cache_clear()
