from __future__ import annotations

from collections.abc import Iterator

import pytest

from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from tests.lake import world


@pytest.fixture
def writer(transactional_db: None) -> Iterator[LakeWriter]:
    """The writer of a lake that does not exist yet."""
    close_engine()
    world.drop_lake()
    with LakeWriter() as opened:
        yield opened
    close_engine()
    world.drop_lake()
