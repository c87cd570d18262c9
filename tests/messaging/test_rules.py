"""The gate in both its forms, quiet hours, and what servers' answers mean."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers.models import Consent, Customer
from huike.customers.services import suppress
from huike.messaging.gate import count_by_refusal
from huike.messaging.models import Dispatch, Message, SendingRules
from huike.messaging.rules import Limits, Standing, is_hard_bounce, pause_after, pick_language, quiet_until, refusal
from huike.platform.audit import SYSTEM
from tests.messaging import world
from tests.thoroughness import examples

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

people = st.lists(
    st.fixed_dictionaries(
        {
            "state": st.sampled_from(["active", "active", "active", "merged", "erased"]),
            "consent": st.sampled_from([None, "granted", "granted", "granted", "denied", "withdrawn"]),
            "suppressed": st.sampled_from([False, False, True]),
            "has_address": st.sampled_from([True, True, True, False]),
            "recent": st.lists(
                st.tuples(
                    st.integers(0, 10),
                    st.sampled_from(["sent", "uncertain", "claimed", "sending", "failed", "not_sent", "queued"]),
                    st.sampled_from(["marketing", "service"]),
                ),
                max_size=4,
            ),
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.django_db
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=people,
    purpose=st.sampled_from(["marketing", "service"]),
    cap_messages=st.integers(0, 3),
    cap_days=st.integers(1, 9),
)
def test_the_gate_for_millions_is_the_gate_for_one(
    drawn: list[dict[str, object]], purpose: str, cap_messages: int, cap_days: int
) -> None:
    limits = Limits(cap_messages=cap_messages, cap_days=cap_days)
    SendingRules.objects.update_or_create(pk=1, defaults={"cap_messages": cap_messages, "cap_days": cap_days})
    words = world.version()
    for told in drawn:
        heir = Customer.objects.create(name="H", state="erased") if told["state"] == "merged" else None
        person = Customer.objects.create(name="P", state=told["state"], merged_into=heir)
        if told["has_address"]:
            person.email = f"p{person.pk}@example.com"
            person.save()
        if told["consent"]:
            Consent.objects.create(
                customer=person, channel="email", purpose=purpose, state=told["consent"], given_at=NOW
            )
        if told["suppressed"] and person.email:
            suppress(person.email, channel="email", reason="manual", actor=SYSTEM)
        recent_count = 0
        for days, state, kind in told["recent"]:  # type: ignore[attr-defined]
            at = NOW - timedelta(days=days)
            Message.objects.create(
                dispatch=Dispatch.objects.create(channel="email", purpose=kind),
                customer=person,
                channel="email",
                purpose=kind,
                template_version=words,
                language="en",
                state=state,
                claimed_at=at,
            )
            counts = state in {"sent", "uncertain", "claimed", "sending"} and kind == purpose
            recent_count += counts and at > NOW - timedelta(days=cap_days)
        standing = Standing(
            is_active=told["state"] == "active",
            consent_state=told["consent"],  # type: ignore[arg-type]
            is_suppressed=bool(told["suppressed"]),
            has_address=bool(told["has_address"]),
            recent_count=recent_count,
        )
        if standing.is_suppressed and not standing.has_address:
            standing = Standing(
                is_active=standing.is_active,
                consent_state=standing.consent_state,
                is_suppressed=False,
                has_address=False,
                recent_count=recent_count,
            )

        asked = count_by_refusal([person.pk], channel="email", purpose=purpose, now=NOW)

        assert asked == {refusal(standing, purpose=purpose, limits=limits): 1}


@pytest.mark.django_db
def test_somebody_without_a_file_is_gone() -> None:
    assert count_by_refusal([987_654_321], channel="email", purpose="marketing", now=NOW) == {"customer_gone": 1}


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-11-22 20:59:59", None),
        ("2026-11-22 21:00:00", "2026-11-23 08:00:00"),
        ("2026-11-23 00:00:00", "2026-11-23 08:00:00"),
        ("2026-11-23 07:59:59", "2026-11-23 08:00:00"),
        ("2026-11-23 08:00:00", None),
    ],
)
def test_quiet_hours_span_midnight_and_are_half_open(local: str, ends: str | None) -> None:
    limits = Limits(quiet_from=time(21), quiet_until=time(8))
    now = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI).astimezone(UTC)

    found = quiet_until(limits, purpose="marketing", now=now, zone=SHANGHAI)

    assert found == (ends and datetime.fromisoformat(ends).replace(tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        # 02:30 does not exist on the day clocks go forward; 02:30 comes twice on the day they go back.
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_once_on_days_when_the_clock_changes(now: datetime, ends: datetime) -> None:
    limits = Limits(quiet_from=time(22), quiet_until=time(2, 30))

    assert quiet_until(limits, purpose="marketing", now=now, zone=BERLIN) == ends


def test_service_messages_know_no_quiet_hours_and_no_cap() -> None:
    limits = Limits(cap_messages=1, quiet_from=time(0), quiet_until=time(23, 59))
    many = Standing(is_active=True, consent_state="granted", is_suppressed=False, has_address=True, recent_count=9)

    assert quiet_until(limits, purpose="service", now=NOW, zone=SHANGHAI) is None
    assert refusal(many, purpose="service", limits=limits) is None
    assert refusal(many, purpose="marketing", limits=limits) == "capped"


@pytest.mark.parametrize(
    ("code", "detail", "hard"),
    [
        (550, "no such user", True),
        (550, "5.1.1 unknown", True),
        (550, "5.7.1 blocked by policy", False),
        (553, "mailbox name not allowed", True),
        (554, "rejected", False),
        (552, "5.2.2 mailbox full", False),
        (451, "5.1.1", False),
    ],
)
def test_only_an_answer_about_the_address_is_a_hard_bounce(code: int, detail: str, hard: bool) -> None:
    assert is_hard_bounce(smtp_code=code, detail=detail) is hard


def test_pauses_grow_and_end() -> None:
    assert [pause_after(n) for n in range(1, 6)] == [
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(minutes=120),
        None,
    ]


@pytest.mark.parametrize(
    ("wanted", "picked"), [("en-US", "en"), ("zh", "zh-CN"), ("zh_HK", "zh-CN"), ("fr", "zh-CN"), (None, "zh-CN")]
)
def test_people_get_their_language_or_the_operators(wanted: str | None, picked: str) -> None:
    assert pick_language(wanted=wanted, available=["en", "zh-CN"], fallback="zh-CN") == picked
