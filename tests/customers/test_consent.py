"""Consent and suppression, one person at a time and for everybody at once."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers import rules, selectors, services
from huike.customers.models import Consent, ConsentEvent, Customer
from huike.customers.rules import ConsentWord
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.models import OutboxEvent
from tests.thoroughness import examples
from tests.tills import NOW

said = st.lists(
    st.tuples(st.sampled_from(["granted", "denied", "withdrawn"]), st.integers(0, 3)), min_size=1, max_size=6
)


def say(customer_id: int, state: str, days: int = 0, **told: str) -> Consent:
    return services.record_consent(
        customer_id,
        **{"channel": "email", "purpose": "marketing", "how": "form", **told},
        state=state,
        given_at=NOW + timedelta(days=days),
        actor=SYSTEM,
    )


@pytest.mark.django_db
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said)
def test_the_stored_standing_is_that_of_the_rule_in_whatever_order_words_arrive(words: list[tuple[str, int]]) -> None:
    customer = Customer.objects.create()
    for state, days in words:
        kept = say(customer.pk, state, days)
    expected = rules.standing(ConsentWord(state, NOW + timedelta(days=days)) for state, days in words)
    assert expected is not None
    assert (kept.state, kept.given_at) == (expected.state, expected.given_at)
    assert ConsentEvent.objects.filter(customer=customer).count() == len(words)


@pytest.mark.django_db
def test_others_are_told_only_when_the_standing_changes() -> None:
    customer = Customer.objects.create()
    say(customer.pk, "granted", 2)
    say(customer.pk, "denied", 1)
    say(customer.pk, "withdrawn", 3)
    assert [event.payload["state"] for event in OutboxEvent.objects.order_by("pk")] == ["granted", "withdrawn"]


@pytest.mark.django_db(transaction=True)
def test_a_word_once_given_cannot_be_edited() -> None:
    customer = Customer.objects.create()
    say(customer.pk, "denied")
    with psycopg.connect(str(get_config().database_url)) as other:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            other.execute("UPDATE customers_consent_event SET state = 'granted'")
        other.rollback()
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            other.execute("DELETE FROM customers_consent_event")


@pytest.mark.django_db
def test_a_suppressed_address_is_found_for_whoever_has_it() -> None:
    first, second, free, mute, gone = (
        Customer.objects.create(email=email, language="en", state=state)
        for email, state in [
            ("li@example.com", "active"),
            ("li@example.com", "active"),
            ("han@example.com", "active"),
            (None, "active"),
            ("old@example.com", "erased"),
        ]
    )
    say(first.pk, "granted")
    say(free.pk, "withdrawn")
    say(mute.pk, "granted", channel="sms")
    assert services.suppress("li@example.com", channel="email", reason="bounced", actor=SYSTEM)
    assert not services.suppress("li@example.com", channel="email", reason="manual", actor=SYSTEM)
    ids = [first.pk, second.pk, free.pk, mute.pk, gone.pk]
    reach = selectors.reach_of(ids, channel="email", purpose="marketing")
    assert {
        customer_id: (row.address, row.consent_state, row.suppression_reason) for customer_id, row in reach.items()
    } == {
        first.pk: ("li@example.com", "granted", "bounced"),
        second.pk: ("li@example.com", None, "bounced"),
        free.pk: ("han@example.com", "withdrawn", None),
        mute.pk: (None, None, None),
    }
    assert selectors.is_suppressed("li@example.com", channel="email")
    assert services.lift_suppression("li@example.com", channel="email", actor=SYSTEM)
    assert not services.lift_suppression("li@example.com", channel="email", actor=SYSTEM)
    assert selectors.reach_of([first.pk], channel="email", purpose="marketing")[first.pk].suppression_reason is None


@pytest.mark.django_db
@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.emails())
def test_the_database_makes_the_same_hmac_as_python(address: str) -> None:
    reach = selectors.reach_sql(channel="email", purpose="marketing")
    expression = reach.text[reach.text.index("encode(") : reach.text.index("'hex')") + 6].replace("c.email", "%(a)s")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}", {**reach.params, "a": address})
        assert cursor.fetchone()[0] == rules.address_hmac(address, channel="email", key=get_config().key())
