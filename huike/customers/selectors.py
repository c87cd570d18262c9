"""Reads: the list and its search, one file, consent and suppression for the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from huike.customers import rules
from huike.customers.errors import (
    CardInvalid,
    CustomerMerged,
    CustomerNotFound,
    EmailInvalid,
    FilterInvalid,
    PhoneInvalid,
)
from huike.customers.fields.references import Meaning, Named, Target, called
from huike.customers.listing.filters import CustomerFilter as CustomerFilter
from huike.customers.listing.filters import filtered as filtered
from huike.customers.listing.filters import visible as visible
from huike.customers.listing.pages import COUNTED_AT_MOST as COUNTED_AT_MOST
from huike.customers.listing.pages import ORDERS as ORDERS
from huike.customers.listing.pages import count_customers as count_customers
from huike.customers.listing.pages import list_customers as list_customers
from huike.customers.models import (
    CarriedConsent,
    Channel,
    Consent,
    ConsentEvent,
    Customer,
    Identity,
    Source,
    Suppression,
)
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform.config import get_config


def any_customer() -> bool:
    """Whether there is a file at all, whoever may see it."""
    return Customer.objects.exists()


# Counting further than this would cost more than the page itself and change no decision.
_COUNTED_AT_MOST = 100_000


def count_up_to_limit(queryset: QuerySet[Any]) -> int | None:
    """How many rows match; None where more than a hundred thousand do."""
    found = queryset.order_by().values("pk")[: _COUNTED_AT_MOST + 1].count()
    return None if found > _COUNTED_AT_MOST else found


def customers_by_id(customer_ids: Iterable[int], *, scope: Scope = EVERYTHING) -> dict[int, Customer]:
    """The visible ones of these customers, by id: for lists whose ids somebody else chose (a segment's members)."""
    return {customer.pk: customer for customer in visible(scope).filter(pk__in=list(customer_ids))}


def find_customer(customer_id: int, *, scope: Scope) -> Customer:
    """Raises CustomerNotFound, also when the customer exists outside the scope; CustomerMerged naming the file that
    stands for this one."""
    customer = visible(scope).select_related("source", "referrer").filter(pk=customer_id).first()
    if customer is None:
        heir = visible(scope).filter(aliases=customer_id).first()
        if heir is not None:
            raise CustomerMerged(merged_into=heir.pk)
        raise CustomerNotFound
    return customer


def find_standing(customer_id: int, *, scope: Scope) -> Customer:
    """The file of this id, or the one that stands for it after a merge. Raises CustomerNotFound."""
    try:
        return find_customer(customer_id, scope=scope)
    except CustomerMerged as merged:
        return find_customer(merged.params["merged_into"], scope=scope)


def identities_of(customer_id: int) -> list[Identity]:
    return list(
        Identity.objects.filter(customer_id=customer_id, released_at=None)
        .select_related("source")
        .order_by("kind", "pk")
    )


@dataclass(frozen=True, slots=True)
class ConsentLine:
    channel: str
    purpose: str
    state: str
    given_at: datetime
    how: str


def consents_of(customer_id: int) -> list[ConsentLine]:
    """Where a person stands on each channel and purpose she spoke about, with how she said it."""
    how = {
        (event.channel, event.purpose, event.state, event.given_at): event.how
        for words in (ConsentEvent, CarriedConsent)
        for event in words.objects.filter(customer_id=customer_id).order_by("pk")
    }
    return [
        ConsentLine(
            row.channel,
            row.purpose,
            row.state,
            row.given_at,
            how.get((row.channel, row.purpose, row.state, row.given_at), ""),
        )
        for row in Consent.objects.filter(customer_id=customer_id).order_by("channel", "purpose")
    ]


def consent_events_of(customer_id: int) -> QuerySet[ConsentEvent]:
    """Every word about consent said to this file and to those merged into it."""
    files = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id)).values("pk")
    return ConsentEvent.objects.filter(customer_id__in=files).order_by("-given_at", "-pk")


def list_sources() -> list[Source]:
    return list(Source.objects.order_by("name", "pk"))


def source_names(source_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these sources by id."""
    wanted = {source_id for source_id in source_ids if source_id is not None}
    return dict(Source.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def is_suppressed(address: str, *, channel: str) -> bool:
    """Whether this address must not be written to. `address` is normalised."""
    name = rules.address_hmac(address, channel=channel, key=get_config().key())
    return Suppression.objects.filter(channel=channel, address_hmac=name).exists()


@dataclass(frozen=True, slots=True)
class Sql:
    """A SELECT to join with, and its parameters, all named `reach_…`."""

    text: str
    params: dict[str, Any]


_ADDRESS_COLUMNS = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.PHONE: "phone"}


def reach_sql(*, channel: str, purpose: str) -> Sql:
    """What the gate must know of every active customer, as a SELECT for millions at once:

    `customer_id`, `address` (NULL where there is none), `language`, `consent_state` (NULL where she never spoke),
    `suppression_reason` (NULL where the address may be written to).

    The suppression's HMAC is computed by the database from padded keys (RFC 2104), since PostgreSQL alone has SHA-256
    but no HMAC. Raises FilterInvalid for a channel that has no address here.
    """
    column = _ADDRESS_COLUMNS.get(Channel(channel)) if channel in Channel.values else None
    if column is None:
        raise FilterInvalid(field="channel", value=channel)
    key = get_config().key().encode()
    block = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\x00")
    return Sql(
        f"""
        SELECT c.id AS customer_id, c.{column} AS address, c.language,
               k.state AS consent_state, s.reason AS suppression_reason
          FROM customers_customer c
          LEFT JOIN customers_consent k
            ON k.customer_id = c.id AND k.channel = %(reach_channel)s AND k.purpose = %(reach_purpose)s
          LEFT JOIN customers_suppression s
            ON s.channel = %(reach_channel)s
           AND s.address_hmac = encode(sha256(%(reach_outer)s::bytea || sha256(
                   %(reach_inner)s::bytea || convert_to(%(reach_prefix)s || c.{column}, 'UTF8'))), 'hex')
         WHERE c.state = 'active'
        """,  # noqa: S608 - the column comes from a constant
        {
            "reach_channel": channel,
            "reach_purpose": purpose,
            "reach_outer": bytes(byte ^ 0x5C for byte in block),
            "reach_inner": bytes(byte ^ 0x36 for byte in block),
            "reach_prefix": f"suppression\x1f{channel}\x1f",
        },
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """One customer as the gate sees her. Same meaning as the columns of `reach_sql`."""

    customer_id: int
    address: str | None
    language: str | None
    consent_state: str | None
    suppression_reason: str | None


def reach_of(customer_ids: Sequence[int], *, channel: str, purpose: str) -> dict[int, Reach]:
    """The same for a handful of customers; those that are not active are absent."""
    reach = reach_sql(channel=channel, purpose=purpose)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({reach.text}) r WHERE customer_id = ANY(%(reach_ids)s)",  # noqa: S608 - our own SQL
            {**reach.params, "reach_ids": list(customer_ids)},
        )
        return {row[0]: Reach(*row) for row in cursor.fetchall()}


def names_of_customers(customer_ids: Iterable[int | None], scope: Scope) -> dict[int, str]:
    """By id, of those whose file is there: whoever is out of `scope` is only a number. Asks nothing where nobody is
    wanted."""
    wanted = {customer_id for customer_id in customer_ids if customer_id is not None}
    if not wanted:
        return {}
    living = Customer.objects.filter(pk__in=wanted, state=Customer.State.ACTIVE)
    return {
        pk: called(pk, name, is_seen=scope.allows_store(store_id))
        for pk, name, store_id in living.values_list("pk", "name", "home_store_id")
    }


def _search_customers(q: str, scope: Scope) -> list[Named]:
    found = filtered(CustomerFilter(q=q or None, state=Customer.State.ACTIVE), scope=scope).order_by("-pk")[:20]
    return [Named(row.pk, called(row.pk, row.name, is_seen=True)) for row in found]


# A person's identities that a word of a file may be, the strongest first, as `customers.bulk` finds people.
_TOLD_BY: Final = ("external", "card", "phone", "email")


def _meanings(words: Iterable[str], source_key: str, region: str) -> list[Meaning]:
    """A customer number of the source, a card, a phone or an e-mail address, and whoever stands for her now."""
    told = [
        (word, kind, value)
        for word in words
        for kind in _TOLD_BY
        if (value := _identity_told(kind, word, region)) is not None
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.word, t.kind, t.value, c.id
              FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS t (word, kind, value, place)
              LEFT JOIN customers_source s ON s.key = %s AND t.kind = 'external'
              LEFT JOIN customers_identity i
                ON i.kind = t.kind AND i.value = t.value AND i.verified AND i.source_id IS NOT DISTINCT FROM s.id
               AND (t.kind <> 'external' OR s.id IS NOT NULL)
              LEFT JOIN customers_customer h ON h.id = i.customer_id
              LEFT JOIN customers_customer c ON c.id = coalesce(h.merged_into_id, h.id) AND c.state = 'active'
             ORDER BY t.place
            """,
            [*(list(column) for column in zip(*told, strict=True)), source_key] if told else [[], [], [], source_key],
        )
        return [Meaning(*row) for row in cursor.fetchall()]


def _identity_told(kind: str, word: str, region: str) -> str | None:
    if kind == "external":
        return word
    if (kind == "email") != ("@" in word):
        return None
    try:
        return rules.normalise_identity(kind, word, regions=(region,))
    except (CardInvalid, EmailInvalid, PhoneInvalid):
        return None


AS_REFERENCE = Target(names_of=names_of_customers, search=_search_customers, meanings_of=_meanings)
"""Customers as what a customer's own fields may point to."""


def known_cities(prefix: str, *, scope: Scope, limit: int = 20) -> list[str]:
    """Cities customers live in, for pickers."""
    cities = visible(scope).filter(city__istartswith=prefix, city__isnull=False).order_by("city")
    return [city for city in cities.values_list("city", flat=True).distinct()[:limit] if city]


def customers_by_external_id(known_as: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The living customer of each (source id, external id) that is somebody's verified identity."""
    pairs = sorted(known_as)
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.source_id, i.value, i.customer_id
              FROM unnest(%s::bigint[], %s::text[]) AS t (source_id, value)
              JOIN customers_identity i
                ON i.kind = 'external' AND i.value = t.value AND i.source_id = t.source_id AND i.verified
              JOIN customers_customer c ON c.id = i.customer_id AND c.state = 'active'
            """,
            [[source_id for source_id, _ in pairs], [value for _, value in pairs]],
        )
        return {(source_id, value): customer_id for source_id, value, customer_id in cursor.fetchall()}
