from __future__ import annotations

from collections.abc import Iterator

import pytest

from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from huike.platform.config import get_config
from tests.lake.world import drop_lake
from tests.webhooks.receiver import Receiver, running_receiver


@pytest.fixture
def writer(transactional_db: None) -> Iterator[LakeWriter]:
    """The writer of a lake that does not exist yet."""
    close_engine()
    drop_lake()
    with LakeWriter() as opened:
        yield opened
    close_engine()
    drop_lake()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Another system that is told of people, on this machine's own network."""
    monkeypatch.setenv("HUIKE_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
    get_config.cache_clear()
    with running_receiver() as running:
        yield running
    monkeypatch.undo()
    get_config.cache_clear()
