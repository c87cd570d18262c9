from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from tests import database
from tests.lake.world import drop_lake
from tests.segments import business
from tests.segments.business import Business


@contextmanager
def business_in_the_lake() -> Iterator[Business]:
    database.empty()
    close_engine()
    drop_lake()
    made = business.make_business()
    with LakeWriter() as writer:
        writer.round()
    yield made
    close_engine()
    database.empty()
    drop_lake()


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Business]:
    """A business whose rows are committed and copied to the lake, for all tests of a module that only ask."""
    with django_db_blocker.unblock(), business_in_the_lake() as made:
        yield made
