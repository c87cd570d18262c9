"""Walking a list page by page gives every row once, in order, whatever the order and however the values repeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.kernel.pages import BadCursor, encode_cursor
from huike.platform.api import keyset_page
from huike.platform.models import Job
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 3))),
    max_size=25,
)


@settings(deadline=None, max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    order=st.sampled_from(["id", "total", "done", "finished_at", "created_at", "kind"]),
    descending=st.booleans(),
    limit=st.integers(1, 7),
)
def test_every_row_comes_once_and_in_order(
    rows: list[tuple[int | None, int, int | None]], order: str, descending: bool, limit: int
) -> None:
    Job.objects.all().delete()
    for total, done, day in rows:
        Job.objects.create(
            kind=f"k{done}",
            total=total,
            done=done,
            finished_at=None if day is None else START + timedelta(days=day),
            created_at=START + timedelta(microseconds=done),
        )
    order = f"-{order}" if descending else order
    walked: list[Job] = []
    cursor = None
    while True:
        page = keyset_page(Job.objects.all(), order=order, cursor=cursor, limit=limit, with_total=True)
        assert page.total == len(rows)
        assert len(page.items) <= limit
        walked += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.items) == limit
    assert [job.pk for job in walked] == [job.pk for job in expected(order)]


def expected(order: str) -> list[Job]:
    field, sign = order.lstrip("-"), -1 if order.startswith("-") else 1
    found = list(Job.objects.all())
    valued = [job for job in found if getattr(job, field) is not None]
    empty = [job for job in found if getattr(job, field) is None]
    by_id = lambda job: job.pk  # noqa: E731
    valued.sort(key=by_id, reverse=sign < 0)
    valued.sort(key=lambda job: getattr(job, field), reverse=sign < 0)
    # A reversed sort keeps ties in the order they came: ids run the same way as the values.
    return valued + sorted(empty, key=by_id, reverse=sign < 0)


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "",
        "é",
        encode_cursor("done", [1, 2]),
        encode_cursor("-created_at", [1]),
        encode_cursor("-created_at", [{"at": "yesterday"}, 1]),
        encode_cursor("-created_at", [{"at": 1}, 1]),
        encode_cursor("-created_at", [["x"], 1]),
        encode_cursor("-created_at", ["a\x00", 1]),
        encode_cursor("-created_at", [{"at": "2026-01-01T00:00:00+00:00"}, "1"]),
        encode_cursor("-created_at", [{"at": "2026-01-01T00:00:00+00:00"}, 2**63]),
        encode_cursor("-created_at", [12, 1]),
        encode_cursor("-created_at", ["2026-13-45", 1]),
        encode_cursor("-created_at", [{"at": "2026-01-01T00:00:00"}, 1]),
    ],
)
def test_a_cursor_of_another_list_or_of_nobody_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        list(keyset_page(Job.objects.all(), order="-created_at", cursor=cursor, limit=5).items)


@pytest.mark.parametrize("value", [2**80, "x", 1.5, True, {"at": "2026-01-01T00:00:00+00:00"}])
def test_a_cursor_with_a_value_the_field_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(BadCursor):
        list(keyset_page(Job.objects.all(), order="done", cursor=encode_cursor("done", [value, 1]), limit=5).items)
