"""From a filled-in form to a member: docs/algorithms/sign-up.md, sections 2 to 6."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from huike.channels import codes as digits
from huike.channels.errors import CodeSpent, CodeWrong, SendsSpent, TooSoon
from huike.channels.secrets import decrypt, encrypt
from huike.customers.errors import HistoryClaimed, HistoryNotFound, IdentityTooMany
from huike.customers.identity.claiming import claim_history
from huike.customers.identity.services import add_identity
from huike.customers.models import Customer
from huike.customers.selectors import find_standing
from huike.customers.services import find_or_create_by_identity, record_consent, tag_customers
from huike.kernel.scope import EVERYTHING
from huike.platform import audit, sql
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.limits import take
from huike.platform.outbox import announce
from huike.signup import codes, pages, sending, writing
from huike.signup.answers import Told
from huike.signup.design import address_to_confirm
from huike.signup.errors import AttemptNotFound, SharedAddress
from huike.signup.events import MemberJoined
from huike.signup.models import Attempt, Joining, Place, Proposal, ReferralCode, SignUpPage

_PURPOSE = "sign-up attempt"
# Shorter ids of devices may be another's at the next source.
_LONG_ENOUGH_DEVICE = 16
_LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Where she came from."""

    place: Place | None = None
    store_id: int | None = None
    referral_code: str = ""
    campaign: str = ""
    anonymous_id: str = ""


def begin(
    page: SignUpPage,
    told: Told,
    visit: Visit,
    *,
    language: str,
    now: datetime,
    network: str = "",
    kind: str = Attempt.Kind.WEB,
    clerk_id: int | None = None,
    send: bool = True,
) -> tuple[Attempt, str]:
    """Keep the form and send the code; the attempt and the token its page is found by.

    Without `network` (an agent's call) only the address is limited. With `send` False everything looks the same and
    nothing is sent. Raises RateLimited, CodeNotSent.
    """
    confirmed = address_to_confirm(pages.published_design(page), told.addresses)
    assert confirmed is not None  # noqa: S101 - `answers.read` refuses such a form
    if network:
        take(codes.FORMS_PER_NETWORK, network, now=now)
    token = secrets.token_urlsafe(24)
    attempt = Attempt.objects.create(
        token_hash=_hash(token),
        page=page,
        kind=kind,
        language=language,
        place=visit.place,
        clerk_id=clerk_id,
        identity_kind=confirmed,
        address_sealed=_seal(told.addresses[confirmed]),
        told_sealed=_seal(
            {
                **asdict(told),
                "visit": {
                    "store_id": visit.store_id,
                    "referral_code": visit.referral_code,
                    "campaign": visit.campaign,
                    "anonymous_id": visit.anonymous_id,
                },
            }
        ),
        asked_at=now,
    )
    if send:
        _send(attempt, now=now)
    return attempt, token


def find_attempt(slug: str, token: str) -> Attempt:
    """Raises AttemptNotFound."""
    found = Attempt.objects.select_related("page", "joining").filter(token_hash=_hash(token), page__slug=slug).first()
    if found is None:
        raise AttemptNotFound
    return found


def send_again(attempt: Attempt, *, now: datetime) -> None:
    """A new code in place of the old one. Raises TooSoon, SendsSpent, RateLimited, CodeNotSent."""
    if attempt.code_sent_at is not None and now - attempt.code_sent_at < digits.COOL_DOWN:
        left = digits.COOL_DOWN - (now - attempt.code_sent_at)
        raise TooSoon(wait_seconds=max(1, int(left.total_seconds())))
    _send(attempt, now=now)


def address_of(attempt: Attempt) -> str:
    """The address the code goes to; empty once she joined."""
    return str(_unseal(attempt.address_sealed)) if attempt.address_sealed else ""


def _send(attempt: Attempt, *, now: datetime) -> None:
    address = address_of(attempt)
    take(codes.CODES_PER_PAGE, attempt.page_id, now=now)
    take(codes.CODES_PER_ADDRESS, attempt.identity_kind, address, now=now)
    take(codes.CODES_PER_ADDRESS_AND_DAY, attempt.identity_kind, address, now=now)
    code = digits.new_code()
    # Two presses at once: one of them takes this send, the other finds the cool-down.
    taken = Attempt.objects.filter(
        pk=attempt.pk, sends_count=attempt.sends_count, sends_count__lt=digits.MOST_SENDS, joined_at=None
    ).update(
        code_hmac=digits.code_hmac(codes.PURPOSE, attempt.pk, code),
        code_sent_at=now,
        expires_at=now + digits.LIFETIME,
        tries_left=digits.TRIES,
        sends_count=attempt.sends_count + 1,
    )
    if not taken:
        if attempt.sends_count >= digits.MOST_SENDS:
            raise SendsSpent
        raise TooSoon(wait_seconds=int(digits.COOL_DOWN.total_seconds()))
    attempt.refresh_from_db()
    digits.send_code(attempt.identity_kind, address, code, sending.WORDINGS[attempt.language])
    pages.count(attempt.page_id, sent=1, today=_day(now))


def confirm(attempt: Attempt, code: str, *, now: datetime) -> Attempt:
    """Spend a try; with the right code, join. Joined already: the same again, whatever was typed.

    Raises CodeWrong, CodeSpent, SharedAddress.
    """
    if attempt.joined_at is not None:
        return attempt
    spent = sql.row(
        """
        UPDATE signup_attempt SET tries_left = tries_left - 1
         WHERE id = %(id)s AND tries_left > 0 AND expires_at > %(now)s AND joined_at IS NULL
        RETURNING code_hmac, tries_left
        """,
        {"id": attempt.pk, "now": now},
    )
    if spent is None:
        attempt.refresh_from_db()
        if attempt.joined_at is not None:
            return attempt
        raise CodeSpent
    kept, tries_left = spent
    if not digits.is_code(codes.PURPOSE, attempt.pk, code, kept):
        if tries_left == 0:
            raise CodeSpent
        raise CodeWrong(tries_left=tries_left)
    return _join(attempt.pk, now=now)


@transaction.atomic
def _join(attempt_id: int, *, now: datetime) -> Attempt:
    attempt = _held_attempt(attempt_id)
    if attempt.joined_at is not None:
        return attempt
    page = attempt.page
    design = pages.published_design(page)
    told = _unseal(attempt.told_sealed)
    visit, answers = told["visit"], dict(told["answers"])
    place = attempt.place
    store_id = (place.store_id if place else None) or visit["store_id"] or design.home_store_id
    clerk_id = attempt.clerk_id or (place.clerk_id if place else None)
    found = find_or_create_by_identity(
        [(attempt.identity_kind, address_of(attempt))],
        source_id=page.source_id,
        source_channel="phone" if attempt.kind == Attempt.Kind.CALL else page.source.channel,
        name=str(answers.get("name", "")),
        home_store_id=store_id,
        told_with=f"sign-up {page.slug}",
        now=now,
    )
    if found is None:
        raise SharedAddress(kind=attempt.identity_kind)
    customer = _held_customer(found.id)
    actor = Actor("customer", customer.pk, f"sign-up {page.slug}")
    outcome = _outcome(customer, created=found.created)
    referrer_id = _referrer(visit["referral_code"], customer)
    more = _columns(customer, attempt, outcome, store_id=store_id, referrer_id=referrer_id, campaign=visit["campaign"])
    if outcome != Joining.Outcome.ALREADY_MEMBER:
        more["member_since_at"] = now
    differing = writing.complete(customer, answers, more, actor=actor)
    _note_other_addresses(customer.pk, told["addresses"], attempt.identity_kind, actor=actor, now=now)
    if design.tags:
        tag_customers([customer.pk], add=design.tags, remove=[], actor=actor, scope=EVERYTHING)
    for channel, purpose, version in told["consents"]:
        record_consent(
            customer.pk,
            channel=channel,
            purpose=purpose,
            state="granted",
            given_at=now,
            how="sign_up" if attempt.kind == Attempt.Kind.WEB else "sign_up_call",
            wording_version=version,
            actor=actor,
        )
    _claim_visit(customer.pk, visit["anonymous_id"], actor=actor, now=now)
    joining, made = Joining.objects.get_or_create(
        page=page,
        customer=customer,
        defaults={
            "outcome": outcome,
            "kind": attempt.kind,
            "place": place,
            "store_id": store_id,
            "clerk_id": clerk_id,
            "referrer_id": referrer_id,
            "campaign": visit["campaign"] or None,
            "page_version": page.version,
            "joined_at": now,
        },
    )
    for field, value in differing.items():
        Proposal.objects.update_or_create(
            joining=joining, field=field, state=Proposal.State.OPEN, defaults={"told": value}
        )
    audit.record(
        actor,
        "join_by_page",
        subject_kind="customer",
        subject_id=customer.pk,
        details={"page_id": page.pk, "outcome": outcome, "kind": attempt.kind},
    )
    if outcome != Joining.Outcome.ALREADY_MEMBER:
        announce(
            MemberJoined(
                customer_id=customer.pk,
                page_id=page.pk,
                outcome=outcome,
                store_id=store_id,
                referrer_id=referrer_id,
                occurred_at=now,
            )
        )
    attempt.joined_at, attempt.joining, attempt.outcome = now, joining, outcome
    attempt.told_sealed = attempt.address_sealed = attempt.code_hmac = ""
    attempt.save()
    pages.count(page.pk, confirmed=1, joined=int(made), today=_day(now))
    return attempt


def _held_attempt(attempt_id: int) -> Attempt:
    """The attempt, alone until the end of the transaction: the same code typed twice at once joins once."""
    return (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("page__source", "place", "joining")
        .get(pk=attempt_id)
    )


def _held_customer(customer_id: int) -> Customer:
    """Her file, alone until the end of the transaction: of two devices at once one makes her a member."""
    standing = find_standing(customer_id, scope=EVERYTHING)
    customer = Customer.objects.select_for_update(no_key=True).get(pk=standing.pk)
    return customer if customer.merged_into_id is None else _held_customer(customer.merged_into_id)


def _outcome(customer: Customer, *, created: bool) -> str:
    if customer.member_since_at is not None:
        return str(Joining.Outcome.ALREADY_MEMBER)
    return str(Joining.Outcome.NEW if created else Joining.Outcome.BECAME_MEMBER)


def _referrer(code: str, customer: Customer) -> int | None:
    """The member whose link she came by; nobody refers herself, and an unknown code is nobody's."""
    if not code or len(code) > 16:
        return None
    found = ReferralCode.objects.filter(code=code, customer__state=Customer.State.ACTIVE).first()
    return None if found is None or found.customer_id == customer.pk else int(found.customer_id)


def _columns(
    customer: Customer,
    attempt: Attempt,
    outcome: str,
    *,
    store_id: int | None,
    referrer_id: int | None,
    campaign: str,
) -> dict[str, Any]:
    """Attribution and language, where the file has none."""
    columns: dict[str, Any] = {}
    if store_id is not None and customer.home_store_id is None:
        columns["home_store_id"] = store_id
    if campaign and not customer.source_campaign:
        columns["source_campaign"] = campaign
    if referrer_id is not None and customer.referrer_id is None and outcome != Joining.Outcome.ALREADY_MEMBER:
        columns["referrer_id"] = referrer_id
    if not customer.language:
        columns["language"] = _LANGUAGE_TAGS[attempt.language]
    return columns


def _note_other_addresses(
    customer_id: int, addresses: Mapping[str, str], confirmed: str, *, actor: Actor, now: datetime
) -> None:
    for kind, value in addresses.items():
        if kind == confirmed:
            continue
        with suppress(IdentityTooMany), transaction.atomic():
            add_identity(
                customer_id,
                kind=kind,
                text=value,
                source_id=None,
                verified=False,
                actor=actor,
                scope=EVERYTHING,
                now=now,
            )


def _claim_visit(customer_id: int, anonymous_id: str, *, actor: Actor, now: datetime) -> None:
    if len(anonymous_id) < _LONG_ENOUGH_DEVICE:
        return
    with suppress(HistoryNotFound, HistoryClaimed), transaction.atomic():
        claim_history(customer_id, key=f"device:{anonymous_id}", how="automatic", actor=actor, now=now)


def referral_code_of(customer_id: int) -> str:
    """What her link carries; made when it is first asked for."""
    code, _ = ReferralCode.objects.get_or_create(customer_id=customer_id, defaults={"code": pages.random_code(10)})
    return str(code.code)


def forget_attempts(now: datetime) -> int:
    """Attempts older than a day, joined or not; how many."""
    return Attempt.objects.filter(asked_at__lt=now - codes.ATTEMPTS_KEPT).delete()[0]


def _day(now: datetime) -> date:
    return now.astimezone(get_config().zone).date()


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _seal(value: Any) -> str:
    return encrypt(json.dumps(value, ensure_ascii=False), key=get_config().key(), purpose=_PURPOSE)


def _unseal(sealed: str) -> Any:
    return json.loads(decrypt(sealed, key=get_config().key(), purpose=_PURPOSE))
