"""Writes: a person's file, identities, consent, suppression, tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from huike.customers import membership, rules, selectors
from huike.customers.errors import CustomerNotFound, IdentityOfNobody, IdentityTaken
from huike.customers.events import ConsentChanged, CustomerCreated
from huike.customers.fields.services import set_values
from huike.customers.file_fields import columns_of
from huike.customers.id_numbers.services import InClear, in_clear
from huike.customers.identity import claiming, limits
from huike.customers.identity import rules as identity_rules
from huike.customers.identity.regions import forget, phone_regions
from huike.customers.identity.rules import DEFAULT_LIMITS
from huike.customers.models import Consent, ConsentEvent, Customer, Identity, Source, Suppression
from huike.customers.tags.services import make_manual, say_who
from huike.kernel.errors import Conflict
from huike.kernel.scope import Scope
from huike.kernel.text import clean_line
from huike.platform import audit, clock, locks, sql
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.outbox import announce


class SourceKeyTaken(Conflict):
    code = "source.key_taken"
    title = "There is a source with this key already"


# Identities that also have a column of their own on the file, shown and searched by.
_COLUMN_OF = {"phone": "phone", "email": "email", "card": "card_number"}
_TEXTS = ("name", "country", "province", "city", "district", "address", "occupation", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDraft:
    """What a new file says. Text is taken as typed and normalised here."""

    name: str = ""
    phone: str | None = None
    email: str | None = None
    card_number: str | None = None
    gender: str | None = None
    birth_on: date | None = None
    birth_lunar: Mapping[str, Any] | None = None
    language: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    address: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    occupation: str | None = None
    income: str | None = None
    education: str | None = None
    declared_interests: Sequence[str] = ()
    stage: str | None = None
    source_campaign: str | None = None
    referrer_id: int | None = None
    owner_id: int | None = None
    notes: str = ""
    tags: Sequence[str] = ()
    home_store_id: int | None = None
    member_since_at: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


def create_source(
    *, key: str, name: str, channel: str, timezone: str, currency: str, phone_region: str = "", actor: Actor
) -> Source:
    """A system that people and orders will come from. Its phone numbers without country code are of `phone_region`
    where told, else as the operator's settings say. Raises SourceKeyTaken."""
    with transaction.atomic():
        source, made = Source.objects.get_or_create(
            key=key,
            defaults={
                "name": name,
                "channel": channel,
                "timezone": timezone,
                "currency": currency,
                "phone_region": phone_region,
            },
        )
        forget(key, source.pk)
        if not made:
            raise SourceKeyTaken(key=key)
        audit.record(actor, "create_source", subject_kind="source", subject_id=source.pk, details={"key": key})
        return source


def create_customer(draft: CustomerDraft, *, actor: Actor, scope: Scope) -> Customer:
    """A new file with its identities.

    A person limited to stores makes customers of one of them. Raises EmailInvalid, PhoneInvalid, CardInvalid,
    IdentityTaken when an identity belongs to somebody, CustomerNotFound for a home store outside the scope,
    ValuesInvalid and ValueTaken for the operator's own fields; and as `file_fields.columns_of`.
    """
    known_by = _identities(
        {"phone": draft.phone, "email": draft.email, "card": draft.card_number}, country=draft.country
    )
    home_store_id = draft.home_store_id
    if not scope.all_stores:
        if home_store_id is None and len(scope.store_ids) == 1:
            (home_store_id,) = scope.store_ids
        if not scope.allows_store(home_store_id):
            raise CustomerNotFound("the home store is not yours")
    name = clean_line(draft.name)
    keys = rules.name_keys(name)
    columns = columns_of(asdict(draft), scope=scope)
    with transaction.atomic():
        if draft.tags:
            say_who(actor.label)
        customer = Customer.objects.create(
            name=name,
            name_pinyin=keys.pinyin,
            name_initials=keys.initials,
            gender=draft.gender,
            language=draft.language,
            country=draft.country,
            province=draft.province,
            city=draft.city,
            district=draft.district,
            address=draft.address,
            occupation=draft.occupation,
            notes=draft.notes,
            tags=rules.merge_tags(draft.tags),
            home_store_id=home_store_id,
            member_since_at=draft.member_since_at,
            **{_COLUMN_OF[kind]: value for kind, value in known_by},
            **columns,
        )
        _take_identities(customer.pk, known_by)
        set_values(customer.pk, draft.fields, creating=True)
        audit.record(actor, "create_customer", subject_kind="customer", subject_id=customer.pk)
        announce(CustomerCreated(customer_id=customer.pk, occurred_at=clock.now()))
        if customer.member_since_at is not None:
            membership.tell([customer.pk])
    return customer


def update_customer(customer_id: int, changes: dict[str, Any], *, actor: Actor, scope: Scope) -> Customer:
    """Change the named fields of a file; the last write wins. `changes` holds fields of CustomerDraft.

    A changed phone, e-mail or card replaces the identity of that kind. Raises CustomerNotFound, EmailInvalid,
    PhoneInvalid, CardInvalid, IdentityTaken, ValuesInvalid, ValueTaken; and as `file_fields.columns_of`.
    """
    known = selectors.find_customer(customer_id, scope=scope)
    columns = columns_of(changes, scope=scope, customer_id=customer_id)
    told = {kind: changes[column] for kind, column in _COLUMN_OF.items() if column in changes}
    taken = _identities(told, country=changes.get("country", known.country))
    with transaction.atomic():
        # Identities before the file, in the order of a till that attaches one: nobody waits in a ring.
        _take_identities(customer_id, taken)
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        for kind in told:
            _show_identity(customer, kind, dict(taken).get(kind))
        for column, value in columns.items():
            setattr(customer, column, value)
        for field in ("gender", "notes", "home_store_id", "member_since_at", *_TEXTS):
            if field in changes:
                value = changes[field]
                setattr(customer, field, clean_line(value) if field in _TEXTS and value is not None else value)
        if "home_store_id" in changes and not (scope.all_stores or scope.allows_store(customer.home_store_id)):
            raise CustomerNotFound("the home store is not yours")
        if "name" in changes:
            keys = rules.name_keys(customer.name)
            customer.name_pinyin, customer.name_initials = keys.pinyin, keys.initials
        if "tags" in changes:
            say_who(actor.label)
            before, customer.tags = customer.tags, rules.merge_tags(changes["tags"])
            make_manual([customer_id], set(before) - set(customer.tags))
        if "fields" in changes:
            set_values(customer_id, changes["fields"])
        customer.updated_at = clock.now()
        customer.save()
        if customer.member_since_at is not None and customer.member_since_at != known.member_since_at:
            membership.tell([customer_id])
        audit.record(
            actor,
            "update_customer",
            subject_kind="customer",
            subject_id=customer_id,
            details={"fields": sorted(changes)},
        )
    return customer


def _identities(told: dict[str, str | None], *, country: str | None) -> list[tuple[str, str]]:
    regions = phone_regions(country=country)
    return [(kind, rules.normalise_identity(kind, text, regions=regions)) for kind, text in told.items() if text]


def _show_identity(customer: Customer, kind: str, value: str | None) -> None:
    """Put an identity the customer has on her file in place of the one shown there, which she gives up."""
    column = _COLUMN_OF[kind]
    before = getattr(customer, column)
    if value != before:
        Identity.objects.filter(customer_id=customer.pk, kind=kind, source=None, value=before, released_at=None).update(
            verified=False, released_at=clock.now(), release_reason=Identity.ReleaseReason.REPLACED
        )
        setattr(customer, column, value)


def _take_identities(customer_id: int, told: Sequence[tuple[str, str]]) -> None:
    if not told:
        return
    sql.rows(
        _ATTACH,
        {
            "customer_id": customer_id,
            "kinds": [kind for kind, _ in told],
            "sources": [None] * len(told),
            "values": [value for _, value in told],
            "most": [DEFAULT_LIMITS[kind].most_per_customer for kind, _ in told],
        },
    )
    hers = set(
        Identity.objects.filter(customer_id=customer_id, source=None, verified=True).values_list("kind", "value")
    )
    for kind, value in told:
        if (kind, value) not in hers:
            raise IdentityTaken(kind=kind)


# An identity that belongs to somebody stays where it is; one that links nobody, and one too many of its kind, are left
# out.
_ATTACH = """
INSERT INTO customers_identity (customer_id, kind, source_id, value, verified)
SELECT %(customer_id)s, t.kind, t.source_id, t.value, true
  FROM (SELECT told.*, row_number() OVER (PARTITION BY kind ORDER BY value) AS n
          FROM unnest(%(kinds)s::text[], %(sources)s::bigint[], %(values)s::text[], %(most)s::int[])
               AS told (kind, source_id, value, most)) t
 WHERE t.n + (SELECT count(*) FROM customers_identity hers
               WHERE hers.customer_id = %(customer_id)s AND hers.kind = t.kind AND hers.released_at IS NULL)
    <= COALESCE((SELECT most_per_customer FROM customers_identity_limit l WHERE l.kind = t.kind), t.most)
   AND NOT EXISTS (SELECT FROM customers_shared_identity s
                    WHERE s.value = t.value AND s.kind = t.kind AND s.source_id IS NOT DISTINCT FROM t.source_id)
 ORDER BY t.kind, t.value
    ON CONFLICT DO NOTHING
RETURNING kind, value
"""

# For a file that is made afterwards, under the number that these rows name; the foreign key is checked at commit.
_TAKE_FOR_NEWCOMER = """
WITH fresh AS MATERIALIZED (SELECT nextval(pg_get_serial_sequence('customers_customer', 'id')) AS customer_id)
INSERT INTO customers_identity (customer_id, kind, source_id, value, verified)
SELECT fresh.customer_id, t.kind, t.source_id, t.value, true
  FROM fresh, unnest(%(kinds)s::text[], %(sources)s::bigint[], %(values)s::text[]) AS t (kind, source_id, value)
 ORDER BY t.kind, t.value
    ON CONFLICT DO NOTHING
RETURNING customer_id, kind, value, id
"""

# The strongest identity that somebody is known by, and those that link nobody. Looks each one up in the index; locks
# nothing.
_FIND = """
SELECT i.customer_id, t.kind, t.value, i.id, s.id IS NOT NULL
  FROM unnest(%(kinds)s::text[], %(sources)s::bigint[], %(values)s::text[])
       WITH ORDINALITY AS t (kind, source_id, value, n)
  LEFT JOIN customers_identity i
    ON i.kind = t.kind AND i.value = t.value AND i.verified AND i.source_id IS NOT DISTINCT FROM t.source_id
  LEFT JOIN customers_shared_identity s
    ON s.value = t.value AND s.kind = t.kind AND s.source_id IS NOT DISTINCT FROM t.source_id
 WHERE i.id IS NOT NULL OR s.id IS NOT NULL
 ORDER BY t.n
"""


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """`named_by_id` is the identity that decided; None where the caller named the file itself."""

    id: int
    created: bool
    named_by_id: int | None = None


def find_or_create_by_identity(
    known_by: Sequence[tuple[str, str]],
    *,
    source_id: int,
    source_channel: str | None = None,
    name: str = "",
    home_store_id: int | None = None,
    told_with: str = "",
    now: datetime,
) -> FoundCustomer | None:
    """The customer whom these (kind, normalised value) identities name, made where nobody is known by any of them; None
    where all of them link nobody (a shop's phone).

    The strongest known identity decides (rules.IDENTITY_STRENGTH); identities that belong to nobody are attached to
    that customer within the limits, others stay where they are, which is written down with `told_with` (`order A-1`).
    `external` ids belong to the source. Anonymous history kept under a card or device that becomes known is claimed.
    Runs in the caller's transaction. Raises CustomerNotFound for an `id` that does not exist, ValueError without any
    identity.
    """
    if not known_by:
        raise ValueError("nobody can be found without an identity")
    told = sorted(dict.fromkeys(known_by), key=lambda pair: rules.IDENTITY_STRENGTH.index(pair[0]))
    if told[0][0] == "id":
        customer_id = _living(int(told[0][1]))
        told = [pair for pair in told if pair[0] != "id"]
        if told:
            _link(customer_id, told, _find(told, source_id), source_id, told_with, now)
        return FoundCustomer(customer_id, created=False)
    found = _find(told, source_id)
    while not _named(found):
        shared = {(kind, value) for _, kind, value, _, is_shared in found if is_shared}
        linking = [pair for pair in told if pair not in shared]
        if not linking:
            _refuse_shared(told, source_id, None, told_with)
            return None
        # Two tills may meet the same newcomer at once: one makes the file, the other finds it.
        for kind, value in sorted(linking):
            locks.hold("identity", kind, _source_of(kind, source_id), value)
        found = _find(told, source_id)
        if not _named(found):
            made = _create_known_by(linking, source_id, source_channel, name, home_store_id, now)
            if made is not None:
                _refuse_shared(sorted(shared), source_id, made.id, told_with)
                claiming.claim_by_identities(made.id, linking, now=now)
                return made
            found = _find(told, source_id)
    customer_id, _, _, named_by_id, _ = _named(found)[0]
    if len(found) < len(told) or any(row[0] != customer_id for row in found):
        _link(customer_id, told, found, source_id, told_with, now)
    return FoundCustomer(customer_id, created=False, named_by_id=named_by_id)


def _named(found: Sequence[sql.Row]) -> list[sql.Row]:
    return [row for row in found if row[0] is not None and not row[4]]


def _link(
    customer_id: int,
    told: Sequence[tuple[str, str]],
    found: Sequence[sql.Row],
    source_id: int,
    told_with: str,
    now: datetime,
) -> None:
    """Attach what belongs to nobody, and write down what may not be linked to this customer and why."""
    known = {(kind, value) for _, kind, value, _, _ in found}
    shared = [(kind, value) for _, kind, value, _, is_shared in found if is_shared]
    elsewhere = {
        (kind, value): holder_id
        for holder_id, kind, value, _, is_shared in found
        if holder_id not in {None, customer_id} and not is_shared
    }
    loose = [pair for pair in told if pair not in known]
    _refuse_shared(shared, source_id, customer_id, told_with)
    if elsewhere:
        limits.note_taken(
            [(kind, _source_of(kind, source_id), value) for kind, value in elsewhere],
            list(elsewhere.values()),
            customer_id=customer_id,
            told_with=told_with,
        )
    if not loose:
        return
    attached = _attach(customer_id, loose, source_id)
    if len(attached) < len(loose):
        hers = set(Identity.objects.filter(customer_id=customer_id, verified=True).values_list("kind", "value"))
        too_many = [
            (kind, _source_of(kind, source_id), value)
            for kind, value in loose
            if (kind, value) not in attached and (kind, value) not in hers
        ]
        limits.refuse(
            too_many,
            reason="too_many",
            customer_id=customer_id,
            holder_ids=[None] * len(too_many),
            told_with=told_with,
        )
    claiming.claim_by_identities(customer_id, sorted(attached), now=now)


def _refuse_shared(shared: Sequence[tuple[str, str]], source_id: int, customer_id: int | None, told_with: str) -> None:
    limits.refuse(
        [(kind, _source_of(kind, source_id), value) for kind, value in shared],
        reason="shared",
        customer_id=customer_id,
        holder_ids=[None] * len(shared),
        told_with=told_with,
    )


def _source_of(kind: str, source_id: int) -> int | None:
    """The source an identity of this kind belongs to; None for those that mean the same everywhere."""
    return source_id if kind in rules.KINDS_OF_SOURCE else None


def _parameters(told: Sequence[tuple[str, str]], source_id: int) -> dict[str, Any]:
    return {
        "kinds": [kind for kind, _ in told],
        "sources": [_source_of(kind, source_id) for kind, _ in told],
        "values": [value for _, value in told],
    }


def _find(told: Sequence[tuple[str, str]], source_id: int) -> list[sql.Row]:
    """Rows of (customer id or None, kind, value, identity id, links nobody), the strongest identity first."""
    return sql.rows(_FIND, _parameters(told, source_id))


def _attach(customer_id: int, told: Sequence[tuple[str, str]], source_id: int) -> set[tuple[str, str]]:
    """Give the customer these identities where nobody has them, and show them on the file where it shows none; those
    that are hers now."""
    most = [DEFAULT_LIMITS[kind].most_per_customer for kind, _ in told]
    attached = sql.rows(_ATTACH, {"customer_id": customer_id, "most": most, **_parameters(told, source_id)})
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE customers_customer c
               SET phone = COALESCE(c.phone, i.phone), email = COALESCE(c.email, i.email),
                   card_number = COALESCE(c.card_number, i.card)
              FROM (SELECT min(value) FILTER (WHERE kind = 'phone') AS phone,
                           min(value) FILTER (WHERE kind = 'email') AS email,
                           min(value) FILTER (WHERE kind = 'card') AS card
                      FROM customers_identity WHERE customer_id = %(id)s AND verified) i
             WHERE c.id = %(id)s
               AND (c.phone IS NULL AND i.phone IS NOT NULL OR c.email IS NULL AND i.email IS NOT NULL
                    OR c.card_number IS NULL AND i.card IS NOT NULL)
            """,
            {"id": customer_id},
        )
    return {(kind, value) for kind, value in attached}


def _living(customer_id: int) -> int:
    """The file that stands for this id: another where it was merged."""
    known = sql.row("SELECT state, merged_into_id FROM customers_customer WHERE id = %s", [customer_id])
    state, heir_id = known or (None, None)
    if heir_id is not None:
        return _living(heir_id)
    if state != Customer.State.ACTIVE:
        raise CustomerNotFound
    return customer_id


def _create_known_by(
    told: Sequence[tuple[str, str]],
    source_id: int,
    source_channel: str | None,
    name: str,
    home_store_id: int | None,
    now: datetime,
) -> FoundCustomer | None:
    """A new file with all of these identities, or None, and nothing made, where somebody has one of them by now.

    Identities first: their unique index decides between this till and a file that brings the same newcomer, whose
    importer does not take the tills' locks.
    """
    taken = sql.rows(_TAKE_FOR_NEWCOMER, _parameters(told, source_id))
    if len(taken) < len(told):
        sql.rows("DELETE FROM customers_identity WHERE customer_id = ANY(%s)", [[row[0] for row in taken]])
        return None
    customer_id = taken[0][0]
    (named_by_id,) = (id for _, kind, value, id in taken if (kind, value) == told[0])
    name = clean_line(name)[:200]
    keys = rules.name_keys(name) if name else rules.NameKeys("", "")
    values = dict(reversed(told))
    sql.rows(
        _CREATE,
        {
            "id": customer_id,
            "name": name,
            "name_pinyin": keys.pinyin,
            "name_initials": keys.initials,
            "phone": values.get("phone"),
            "email": values.get("email"),
            "card": values.get("card"),
            "source_id": source_id,
            "source_channel": source_channel,
            "home_store_id": home_store_id,
        },
    )
    announce(CustomerCreated(customer_id=customer_id, source_id=source_id, occurred_at=now))
    return FoundCustomer(customer_id, created=True, named_by_id=named_by_id)


_CREATE = """
INSERT INTO customers_customer (id, state, name, name_pinyin, name_initials, phone, email, card_number, notes, tags,
                                source_id, source_channel, home_store_id, orders_count, returns_count, spent_minor)
VALUES (%(id)s, 'active', %(name)s, %(name_pinyin)s, %(name_initials)s, %(phone)s, %(email)s, %(card)s, '', '[]',
        %(source_id)s, %(source_channel)s, %(home_store_id)s, 0, 0, 0)
"""


# The later word wins; at one instant a "no" beats a "yes" and a withdrawal a denial (rules.standing). In whatever order
# words arrive, the row ends the same.
_CONSENT_RANK = "CASE {0} WHEN 'withdrawn' THEN 2 WHEN 'denied' THEN 1 ELSE 0 END"
PROJECT_CONSENT = f"""
INSERT INTO customers_consent AS k (customer_id, channel, purpose, state, given_at)
SELECT DISTINCT ON (customer_id, channel, purpose) customer_id, channel, purpose, state, given_at
  FROM (SELECT customer_id, channel, purpose, state, given_at
          FROM customers_consent_event WHERE customer_id = ANY(%(customer_ids)s)
         UNION ALL
        SELECT customer_id, channel, purpose, state, given_at
          FROM customers_carried_consent WHERE customer_id = ANY(%(customer_ids)s)) said
 ORDER BY customer_id, channel, purpose, given_at DESC, {_CONSENT_RANK.format("state")} DESC
    ON CONFLICT (customer_id, channel, purpose) DO UPDATE
   SET state = EXCLUDED.state, given_at = EXCLUDED.given_at
 WHERE (EXCLUDED.given_at, {_CONSENT_RANK.format("EXCLUDED.state")})
     > (k.given_at, {_CONSENT_RANK.format("k.state")})
RETURNING k.customer_id, k.channel, k.purpose, k.state
"""  # noqa: S608 - constant SQL


def record_consent(
    customer_id: int,
    *,
    channel: str,
    purpose: str,
    state: str,
    given_at: datetime,
    how: str,
    wording_version: str = "",
    actor: Actor,
) -> Consent:
    """Note one word of a person and give where she stands after it, which is not this word when a later one is known.

    Runs in the caller's transaction or its own. `how` says by which way (`form`, `unsubscribe`, `import` …).
    """
    with transaction.atomic():
        event = ConsentEvent.objects.create(
            customer_id=customer_id,
            channel=channel,
            purpose=purpose,
            state=state,
            given_at=given_at,
            how=how,
            wording_version=wording_version,
        )
        event.refresh_from_db(fields=["customer_id"])  # the word about a merged file is one about the file it became
        customer_id = event.customer_id
        with connection.cursor() as cursor:
            cursor.execute(PROJECT_CONSENT, {"customer_ids": [customer_id]})
            changed = cursor.fetchall()
        audit.record(
            actor,
            "record_consent",
            subject_kind="customer",
            subject_id=customer_id,
            details={"channel": channel, "purpose": purpose, "state": state, "how": how},
        )
        announce(
            *(
                ConsentChanged(customer_id=who, channel=on, purpose=what_for, state=now_is, occurred_at=given_at)
                for who, on, what_for, now_is in changed
            )
        )
        return Consent.objects.get(customer_id=customer_id, channel=channel, purpose=purpose)


def suppress(
    address: str, *, channel: str, reason: str, customer_id: int | None = None, detail: str = "", actor: Actor
) -> bool:
    """Never write to this normalised address again; False when that was known already. The first reason is kept."""
    name = rules.address_hmac(address, channel=channel, key=get_config().key())
    with transaction.atomic():
        row, made = Suppression.objects.get_or_create(
            channel=channel,
            address_hmac=name,
            defaults={"customer_id": customer_id, "reason": reason, "detail": detail[:300]},
        )
        if made:
            audit.record(
                actor,
                "suppress_address",
                subject_kind="customer",
                subject_id=customer_id,
                details={"channel": channel, "reason": reason, "suppression_id": row.pk},
            )
        return made


def lift_suppression(address: str, *, channel: str, actor: Actor) -> bool:
    """Let the address be written to again; False when it was not suppressed."""
    name = rules.address_hmac(address, channel=channel, key=get_config().key())
    with transaction.atomic():
        lifted, _ = Suppression.objects.filter(channel=channel, address_hmac=name).delete()
        if lifted:
            audit.record(actor, "lift_suppression", subject_kind="suppression", details={"channel": channel})
        return bool(lifted)


def tag_customers(
    customer_ids: Iterable[int], *, add: Sequence[str], remove: Sequence[str], actor: Actor, scope: Scope
) -> int:
    """Add and remove tags on the visible ones of these customers; the number of files that changed."""
    with transaction.atomic():
        rows = locks.lock_rows(selectors.visible(scope), customer_ids)
        return _retag(rows.values(), add=add, remove=remove, actor=actor)


def _retag(customers: Iterable[Customer], *, add: Sequence[str], remove: Sequence[str], actor: Actor) -> int:
    changed, listed = [], list(customers)
    say_who(actor.label)
    for customer in listed:
        tags = rules.merge_tags(customer.tags, add=add, remove=remove)
        if tags != customer.tags:
            customer.tags = tags
            customer.updated_at = clock.now()
            changed.append(customer)
    Customer.objects.bulk_update(changed, ["tags", "updated_at"], batch_size=1_000)
    # What a person said of a tag counts more than what a rule did.
    make_manual([customer.pk for customer in listed], {*add, *remove})
    if changed:
        audit.record(
            actor,
            "tag_customers",
            subject_kind="customer",
            details={"added": list(add), "removed": list(remove), "customers": len(changed)},
        )
    return len(changed)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A person's data in clear. Every reading of it is in the audit log."""

    name: str
    phone: str | None
    email: str | None
    address: str | None
    card_number: str | None
    identities: list[tuple[str, str]]
    id_number: InClear | None


def unmask(customer_id: int, *, reason: str, actor: Actor, scope: Scope) -> PersonalData:
    """Show a file in clear and write down who looked and why. Raises CustomerNotFound."""
    with transaction.atomic():
        customer = selectors.find_customer(customer_id, scope=scope)
        audit.record(
            actor, "unmask_customer", subject_kind="customer", subject_id=customer_id, details={"reason": reason}
        )
        return PersonalData(
            customer.name,
            customer.phone,
            customer.email,
            customer.address,
            customer.card_number,
            [(row.kind, row.value) for row in selectors.identities_of(customer_id)],
            in_clear(customer_id),
        )


def normalise_buyer(kind: str, text: str, *, source: str | int | None = None, country: str | None = None) -> str:
    """An identity in the form it is looked up by; `source` (key or id) and `country` say where a phone number is from
    that does not say it itself. Raises EmailInvalid, PhoneInvalid, CardInvalid, IdentityOfNobody."""
    regions = phone_regions(country=country, source=source) if kind == "phone" else ()
    return rules.normalise_identity(kind, text, regions=regions)


def normalise_buyers(
    told: Mapping[str, str | None], *, source: str | int | None = None, country: str | None = None
) -> list[tuple[str, str]]:
    """What a person is told by, kind to text, as (kind, normalised value); what says nobody (`0`, `null`) is left out.

    Raises EmailInvalid, PhoneInvalid, CardInvalid.
    """
    known = []
    for kind, text in told.items():
        if text:
            try:
                known.append((kind, normalise_buyer(kind, text, source=source, country=country)))
            except IdentityOfNobody:
                continue
    return known


def known_buyer(known_by: Sequence[tuple[str, str]], *, source_id: int) -> int | None:
    """Whom these (kind, normalised value) identities name, if anybody; nobody is made.

    Raises CustomerNotFound for an `id` that does not exist.
    """
    told = sorted(known_by, key=lambda pair: rules.IDENTITY_STRENGTH.index(pair[0]))
    if told and told[0][0] == "id":
        return _living(int(told[0][1]))
    found = _named(_find(told, source_id))
    return found[0][0] if found else None


def normalise_key(text: str) -> str:
    """An anonymous key in the form it is kept under. Raises CardInvalid for a card key that is no card."""
    return identity_rules.normalise_key(text)


def known_by_key(key: str, *, source_id: int) -> int | None:
    """Whom an anonymous key names: the holder of that card or device; None for a receipt number."""
    identity = identity_rules.identity_of_key(key)
    return None if identity is None else known_buyer([identity], source_id=source_id)
