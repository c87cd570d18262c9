from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from huike.platform.config import get_config
from tests.lake.world import drop_lake
from tests.webhooks.receiver import Receiver, running_receiver


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path) -> Iterator[Path]:
    """A data folder that only this test and the processes it starts write to: what it searches is its own, not what
    tests before it left."""
    folder = tmp_path / "data"
    folder.mkdir()
    get_config().key()
    # Settings that were read before go on with the same secret.
    shutil.copy2(get_config().data_dir / "secret.key", folder)
    close_engine()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUIKE_DATA_DIR", str(folder))
        get_config.cache_clear()
        yield folder
        close_engine()
    get_config.cache_clear()


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
