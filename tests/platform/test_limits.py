"""How often strangers may do something: exact, over all processes, and without a list of who came."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from huike.platform import housekeeping, limits, sql
from huike.platform.config import get_config
from huike.platform.limits import Limit, RateLimited, take
from tests.thoroughness import examples

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIVE_AN_HOUR = Limit("test", 5, timedelta(hours=1))


def times_taken(who: str, *, now: datetime, tries: int) -> int:
    taken = 0
    for _ in range(tries):
        try:
            take(FIVE_AN_HOUR, who, now=now)
            taken += 1
        except RateLimited:
            continue
    return taken


@pytest.mark.django_db
def test_the_sixth_of_five_an_hour_is_told_how_long_to_wait() -> None:
    assert times_taken("ann", now=NOON, tries=5) == 5

    with pytest.raises(RateLimited) as refused:
        take(FIVE_AN_HOUR, "ann", now=NOON + timedelta(minutes=20, milliseconds=1))

    assert refused.value.retry_after_seconds == 40 * 60
    assert (refused.value.status, refused.value.code) == (429, "too_many_requests")


@pytest.mark.django_db
def test_others_and_other_limits_are_counted_apart() -> None:
    assert times_taken("ann", now=NOON, tries=7) == 5
    assert times_taken("bob", now=NOON, tries=7) == 5
    take(Limit("another", 1, timedelta(hours=1)), "ann", now=NOON)


@pytest.mark.django_db
def test_trying_in_vain_does_not_make_the_wait_longer() -> None:
    times_taken("ann", now=NOON, tries=5)
    assert times_taken("ann", now=NOON + timedelta(minutes=59), tries=3) == 0
    assert times_taken("ann", now=NOON + timedelta(minutes=60), tries=7) == 5


@pytest.mark.django_db
def test_the_table_holds_nobodys_number_and_ended_counts_are_forgotten() -> None:
    take(FIVE_AN_HOUR, "13800138000", now=NOON)
    (kept,) = sql.rows("SELECT key, taken FROM platform_limit_count")
    assert len(kept[0]) == 16
    assert b"13800138000" not in bytes(kept[0])

    take(FIVE_AN_HOUR, "13900139000", now=datetime.now(UTC))
    assert housekeeping.tidy()["limits"] == 1
    assert sql.rows("SELECT count(*) FROM platform_limit_count") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_as_allowed_get_through() -> None:
    def try_once(_: int) -> bool:
        try:
            take(FIVE_AN_HOUR, "everybody", now=NOON)
        except RateLimited:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_once, range(24))) == 5


@pytest.mark.django_db
@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.integers(0, 120), min_size=1, max_size=30))
def test_no_window_sees_more_than_twice_what_is_allowed(minutes: list[int]) -> None:
    """A count that begins with the first time: at worst one window's end meets the next one's beginning."""
    sql.rows("DELETE FROM platform_limit_count")
    allowed = []
    for minute in sorted(minutes):
        at = NOON + timedelta(minutes=minute)
        try:
            take(FIVE_AN_HOUR, "ann", now=at)
            allowed.append(at)
        except RateLimited:
            continue
    for begin in allowed:
        assert sum(begin <= at < begin + FIVE_AN_HOUR.window for at in allowed) <= 2 * FIVE_AN_HOUR.most


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "network"),
    [
        ("203.0.113.7", "", 0, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", 0, "203.0.113.7"),  # nobody vouches for what a caller says
        ("10.0.0.2", "198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),  # the caller's own claim comes first
        ("10.0.0.2", "198.51.100.1, 10.0.0.3", 2, "198.51.100.1"),
        ("10.0.0.2", "", 1, "10.0.0.2"),
        ("2001:db8:1:2:aaaa::1", "", 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "", 0, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", 0, "203.0.113.7"),
        ("", "", 0, "unknown"),
        ("10.0.0.2", "nonsense", 1, "unknown"),
    ],
)
def test_a_caller_is_counted_by_the_network_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, remote: str, forwarded: str, proxies: int, network: str
) -> None:
    config = get_config().model_copy(update={"trusted_proxies": proxies})
    monkeypatch.setattr(limits, "get_config", lambda: config)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)

    assert limits.network_of(request) == network
