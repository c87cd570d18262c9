"""Consent of merged and parted files, read and written. The rule is `rules.merge_consent`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Max

from huike.customers.events import ConsentChanged
from huike.customers.merging import rules
from huike.customers.merging.rules import ConsentOutcome, FileConsent
from huike.customers.models import CarriedConsent, Channel, Consent, ConsentEvent, Customer, Identity, Merge
from huike.customers.rules import ConsentWord, standing
from huike.platform.outbox import announce

Topic = tuple[str, str]
"""(channel, purpose)"""

_COLUMN_OF_CHANNEL = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.PHONE: "phone"}


def words_of(customer_id: int) -> dict[Topic, ConsentWord]:
    """Where a person stands on each channel and purpose she spoke about."""
    rows = Consent.objects.filter(customer_id=customer_id)
    return {(row.channel, row.purpose): ConsentWord(row.state, row.given_at) for row in rows}


def addresses_of(channel: str, columns: dict[str, Any], openids: frozenset[str]) -> frozenset[str]:
    """Every address a file can be written to on this channel."""
    column = _COLUMN_OF_CHANNEL.get(Channel(channel))
    if column is None:
        return openids
    return frozenset({columns[column]} - {None, ""})


def openids_of(customer_id: int) -> frozenset[str]:
    rows = Identity.objects.filter(customer_id=customer_id, kind="wechat_openid", released_at=None)
    return frozenset(rows.values_list("value", flat=True))


def outcomes(
    survivor_id: int,
    absorbed_id: int,
    *,
    survivor: dict[str, Any],
    absorbed: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> dict[Topic, ConsentOutcome]:
    """What becomes of each channel and purpose either person spoke about. The mappings are columns of the files."""
    mine, theirs = words_of(survivor_id), words_of(absorbed_id)
    my_openids, their_openids = openids_of(survivor_id), openids_of(absorbed_id)
    return {
        (channel, purpose): rules.merge_consent(
            FileConsent(word=mine.get((channel, purpose)), addresses=addresses_of(channel, survivor, my_openids)),
            FileConsent(word=theirs.get((channel, purpose)), addresses=addresses_of(channel, absorbed, their_openids)),
            addresses_after=addresses_of(channel, after, my_openids | their_openids),
            now=now,
        )
        for channel, purpose in sorted({*mine, *theirs})
    }


def carry(merge: Merge, customer_id: int, topic: Topic, word: ConsentWord, *, how: str) -> None:
    """Note a word on a file because of a merge; `stand` then says where she stands."""
    channel, purpose = topic
    CarriedConsent.objects.create(
        merge=merge,
        customer_id=customer_id,
        channel=channel,
        purpose=purpose,
        state=word.state,
        given_at=word.given_at,
        how=how,
    )


def own_words(customer_id: int, *, without: Merge | None = None) -> dict[Topic, ConsentWord]:
    """Where a person stands by the words on her file, leaving out those that `without` carried."""
    said: dict[Topic, list[ConsentWord]] = {}
    events = ConsentEvent.objects.filter(customer_id=customer_id)
    carried = CarriedConsent.objects.filter(customer_id=customer_id).exclude(merge=without)
    for rows in (events, carried):
        for channel, purpose, state, given_at in rows.values_list("channel", "purpose", "state", "given_at"):
            said.setdefault((channel, purpose), []).append(ConsentWord(state, given_at))
    stands = {topic: standing(words) for topic, words in said.items()}
    return {topic: word for topic, word in stands.items() if word is not None}


def last_event_id() -> int:
    """The newest word about consent of anybody that has an id by now."""
    return ConsentEvent.objects.aggregate(last=Max("pk"))["last"] or 0


def noes_since(customer_id: int, event_id: int) -> dict[Topic, ConsentWord]:
    """The latest "no" on each channel and purpose of the words recorded after this one."""
    rows = ConsentEvent.objects.filter(customer_id=customer_id, pk__gt=event_id).exclude(state="granted")
    noes: dict[Topic, ConsentWord] = {}
    for row in rows.order_by("given_at", F("state").asc(), "pk"):
        noes[row.channel, row.purpose] = ConsentWord(row.state, row.given_at)
    return noes


def stand(customer: Customer, *, now: datetime) -> None:
    """Bring the standing consent to what the words on the file say, and tell others what changed."""
    stands = own_words(customer.pk)
    before = words_of(customer.pk)
    gone = [topic for topic in before if topic not in stands]
    changed = {topic: word for topic, word in stands.items() if before.get(topic) != word}
    with connection.cursor() as cursor:
        for channel, purpose in gone:
            cursor.execute(
                "DELETE FROM customers_consent WHERE customer_id = %s AND channel = %s AND purpose = %s",
                [customer.pk, channel, purpose],
            )
        for (channel, purpose), word in changed.items():
            cursor.execute(
                "INSERT INTO customers_consent (customer_id, channel, purpose, state, given_at) "
                "VALUES (%s, %s, %s, %s, %s) "
                "ON CONFLICT (customer_id, channel, purpose) "
                "DO UPDATE SET state = EXCLUDED.state, given_at = EXCLUDED.given_at",
                [customer.pk, channel, purpose, word.state, word.given_at],
            )
    announce(
        *(
            ConsentChanged(customer_id=customer.pk, channel=channel, purpose=purpose, state=word.state, occurred_at=now)
            for (channel, purpose), word in changed.items()
            if before.get((channel, purpose)) is None or before[channel, purpose].state != word.state
        )
    )
