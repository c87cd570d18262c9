from __future__ import annotations

from collections.abc import Iterator

import pytest

from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from tests.lake.world import drop_lake
from tests.mail_server import MailServer, running_mail_server


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
def mail_server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server
