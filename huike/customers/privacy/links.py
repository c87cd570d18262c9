"""One-time links to a person's own page, and the session one opens. `docs/algorithms/privacy.md` §8."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Final

from django.db import transaction
from django.db.models import Q

from huike.channels.email import OutgoingMail
from huike.channels.secrets import decrypt, encrypt
from huike.channels.services import domain_of, send_once, sender
from huike.customers import selectors
from huike.customers.errors import CustomerNotFound
from huike.customers.models import Customer, Identity, OwnLink
from huike.customers.privacy.errors import LinkInvalid
from huike.customers.privacy.page_words import WORDS
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import audit
from huike.platform.audit import Actor
from huike.platform.config import get_config

LINK_GOOD: Final = timedelta(minutes=30)
# A link a colleague hands over may travel by other ways than a mail.
HANDED_LINK_GOOD: Final = timedelta(hours=24)
SESSION_LASTS: Final = timedelta(minutes=30)
_PURPOSE: Final = "own page"


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh link; the address is shown or sent once, and kept by nobody here."""

    address: str
    expires_at: datetime


def make(customer_id: int, *, actor: Actor, scope: Scope, good: timedelta, now: datetime) -> Made:
    """A link for this person. Raises CustomerNotFound."""
    selectors.find_customer(customer_id, scope=scope)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        link = OwnLink.objects.create(
            customer_id=customer_id,
            token_sha256=_digest(token),
            made_by=actor.label[:120],
            created_at=now,
            expires_at=now + good,
        )
        audit.record(
            actor, "make_own_link", subject_kind="customer", subject_id=customer_id, details={"link_id": link.pk}
        )
    return Made(f"{get_config().base_url}/me/link/{token}", link.expires_at)


def is_good(token: str, *, now: datetime) -> bool:
    """Whether the link could be used now; looking does not use it."""
    return OwnLink.objects.filter(
        token_sha256=_digest(token), used_at=None, expires_at__gt=now, customer__state=Customer.State.ACTIVE
    ).exists()


def use(token: str, *, now: datetime) -> OwnLink:
    """Use the link up and begin its session. Of two at once one gets in. Raises LinkInvalid."""
    digest = _digest(token)
    used = OwnLink.objects.filter(
        token_sha256=digest, used_at=None, expires_at__gt=now, customer__state=Customer.State.ACTIVE
    ).update(used_at=now, session_ends_at=now + SESSION_LASTS)
    if not used:
        raise LinkInvalid
    return OwnLink.objects.get(token_sha256=digest)


def session_of(cookie: str, *, now: datetime) -> OwnLink | None:
    """The session a cookie is of, if this house signed it and it has not ended."""
    number, _, mac = cookie.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and mac.isascii()):
        return None
    if not hmac.compare_digest(mac, _mac(int(number))):
        return None
    return (
        OwnLink.objects.select_related("customer")
        .filter(pk=int(number), session_ends_at__gt=now, customer__state=Customer.State.ACTIVE)
        .first()
    )


def cookie_of(link: OwnLink) -> str:
    return f"{link.pk}.{_mac(link.pk)}"


def end_session(link: OwnLink, *, now: datetime) -> None:
    OwnLink.objects.filter(pk=link.pk, session_ends_at__gt=now).update(session_ends_at=now)


def whose(kind: str, value: str) -> Customer | None:
    """The one living person who has this identity verified, and an e-mail address to send a link to."""
    found = Customer.objects.filter(
        pk__in=Identity.objects.filter(kind=kind, value=value, verified=True).values("customer_id"),
        state=Customer.State.ACTIVE,
    ).filter(Q(email__isnull=False))
    return found.first()


def seal_wish(kind: str, value: str, *, language: str) -> str:
    """What somebody typed at the door, for the task that looks for her: nobody reads it on the way."""
    return encrypt(json.dumps([kind, value, language]), key=get_config().key(), purpose=_PURPOSE)


def send(sealed: str, *, now: datetime) -> bool:
    """Send a link to whoever was meant; False, and nothing done, where that is nobody."""
    kind, value, language = json.loads(decrypt(sealed, key=get_config().key(), purpose=_PURPOSE))
    customer = whose(kind, value)
    if customer is None or customer.email is None:
        return False
    made = make(
        customer.pk, actor=Actor("customer", customer.pk, "customer"), scope=EVERYTHING, good=LINK_GOOD, now=now
    )
    words, identity = WORDS[language], sender()
    brand = get_config().brand_name
    text = words["mail_text"].format(brand=brand, address=made.address)
    sent = send_once(
        OutgoingMail(
            message_header_id=f"<own.{secrets.token_hex(12)}@{domain_of(identity.from_address)}>",
            to_address=customer.email,
            from_name=identity.from_name,
            from_address=identity.from_address,
            envelope_from=identity.bounce_address or identity.from_address,
            reply_to=identity.reply_to,
            subject=words["mail_subject"].format(brand=brand),
            html="".join(f"<p>{_linked(line, made.address)}</p>" for line in text.split("\n") if line),
            text=text,
            date_at=now,
            headers=(("Auto-Submitted", "auto-generated"),),
        )
    )
    return sent.ok


def _linked(line: str, address: str) -> str:
    return f'<a href="{escape(address)}">{escape(address)}</a>' if line == address else escape(line)


def forget_old(now: datetime) -> int:
    """Links whose time and session are over."""
    gone, _ = OwnLink.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    return gone


def standing(customer_id: int) -> Customer:
    """Raises CustomerNotFound."""
    return selectors.find_standing(customer_id, scope=EVERYTHING)


def _digest(token: str) -> str:
    """256 random bits cannot be searched backwards."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _mac(number: int) -> str:
    key = sha256(b"huike.customers.privacy\x1f" + get_config().key().encode()).digest()
    return hmac.new(key, f"own page\x1f{number}".encode(), sha256).hexdigest()


__all__ = ["CustomerNotFound", "Made", "cookie_of", "is_good", "make", "session_of", "use", "whose"]
