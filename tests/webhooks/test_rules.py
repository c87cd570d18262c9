"""The worked examples of docs/algorithms/webhooks.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huike.platform.outward import results
from huike.platform.outward.results import Result, kept_text
from huike.webhooks.rules import judge, pause_after, wait_asked_for

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def refused(status: int, retry_after: str = "") -> Result:
    return Result(outcome="refused", status=status, retry_after=retry_after)


def after(**span: int) -> datetime:
    return NOON + timedelta(**span)


def test_the_ten_attempts_end_after_75_hours_and_a_half() -> None:
    pauses = [pause_after(number, share=0) for number in range(1, 10)]
    assert sum((pause for pause in pauses if pause), timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    assert pause_after(10, share=0) is None
    assert judge(refused(500), tries=10, now=NOON, share=0).state == "failed"


def test_a_refusal_is_tried_again_after_the_pause_of_its_attempt() -> None:
    verdict = judge(refused(500), tries=1, now=NOON, share=0)
    assert (verdict.state, verdict.due_at, verdict.hold_endpoint_until_at) == ("pending", after(seconds=5), None)


def test_retry_after_holds_the_endpoint_when_it_is_longer_than_the_pause() -> None:
    verdict = judge(refused(503, "900"), tries=2, now=NOON, share=0)
    assert (verdict.due_at, verdict.hold_endpoint_until_at) == (after(minutes=15), after(minutes=15))


def test_a_short_retry_after_frees_the_endpoint_before_this_delivery_is_due() -> None:
    verdict = judge(refused(429, "60"), tries=3, now=NOON, share=0)
    assert (verdict.due_at, verdict.hold_endpoint_until_at) == (after(minutes=30), after(minutes=1))


def test_an_overloaded_gateway_without_retry_after_is_held_for_the_pause() -> None:
    for status in (429, 502, 503, 504):
        assert judge(refused(status), tries=2, now=NOON, share=0).hold_endpoint_until_at == after(minutes=5)
    assert judge(refused(500), tries=2, now=NOON, share=0).hold_endpoint_until_at is None


def test_gone_means_never_again() -> None:
    verdict = judge(refused(410), tries=1, now=NOON, share=0)
    assert (verdict.state, verdict.endpoint_gone, verdict.due_at) == ("failed", True, None)


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 400, 404, 500])
def test_only_2xx_counts_as_delivered(status: int) -> None:
    assert judge(refused(status), tries=1, now=NOON, share=0).state == "pending"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Sun, 22 Nov 2026 12:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("99999999999999999999", 86_400),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Sun, 99 Nov 99999 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, seconds: int | None) -> None:
    waited = wait_asked_for(text, now=NOON)
    assert (None if waited is None else waited.total_seconds()) == seconds


@given(text=st.text(max_size=60), tries=st.integers(1, 12), share=st.floats(0, 0.999), status=st.integers(100, 599))
def test_whatever_is_answered_the_next_attempt_is_later_and_within_two_days(
    text: str, tries: int, share: float, status: int
) -> None:
    verdict = judge(refused(status, text), tries=tries, now=NOON, share=share)
    assert (verdict.due_at is None) == (verdict.state == "failed")
    if verdict.due_at is not None:
        assert NOON + timedelta(seconds=5) <= verdict.due_at < NOON + timedelta(days=2)


def test_what_is_kept_of_an_answer_shows_no_key_no_mail_and_no_phone() -> None:
    said = (
        b'{"key":"whsec_AbC+/=","auth":"Bearer xyz.1","mail":"li.na@example.com","tel":"+86 138-0013-8000","n":4}\x00'
    )
    assert kept_text(said) == '{"key":"***","auth":"***","mail":"***","tel":"***","n":4}�'
    assert len(kept_text(b"x" * 5000)) == results.RESPONSE_KEPT_CHARACTERS
