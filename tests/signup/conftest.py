from __future__ import annotations

import pytest

from tests.signup import world


@pytest.fixture(autouse=True)
def _people_type_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    world.hurry(monkeypatch)
