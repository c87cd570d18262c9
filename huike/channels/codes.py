"""Six digits that show that an address is whose it is said to be: made, hashed, compared, sent.

docs/algorithms/sign-up.md, section 3. Whoever asks for them counts how often.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Final

from huike.channels.email import OutgoingMail, check_address
from huike.channels.errors import (
    AddressInvalid,
    CodeNotSent,
    SmsBlocked,
    SmsRefused,
    SmsTextInvalid,
    SmsUncertain,
    SmsUnreachable,
)
from huike.channels.secrets import SecretUnreadable
from huike.channels.services import domain_of, send_once, sender
from huike.channels.sms import send_sms
from huike.platform import clock
from huike.platform.config import get_config

logger = logging.getLogger(__name__)

LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
MOST_SENDS: Final = 4
COOL_DOWN: Final = timedelta(seconds=60)
FASTEST: Final = timedelta(seconds=2)
"""Nobody fills in a form sooner; a machine does."""


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def code_hmac(purpose: str, id_: int, code: str) -> str:
    """What is kept of the code that was sent for the `id_`-th attempt at `purpose`."""
    said = f"{id_}\x1f{code}".encode("utf-8", "surrogatepass")
    return hmac.new(_pepper(purpose, get_config().key()), said, sha256).hexdigest()


def is_code(purpose: str, id_: int, typed: str, kept: str) -> bool:
    """Compared in constant time. White space and full-width digits are as good as plain ones."""
    digits = "".join(str(int(c)) for c in typed[:40] if c.isdecimal())
    return bool(kept) and hmac.compare_digest(code_hmac(purpose, id_, digits), kept)


@lru_cache(maxsize=8)
def _pepper(purpose: str, key: str) -> bytes:
    return sha256(f"huike.{purpose}.codes\x1f{key}".encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What is sent in one language: `{code}` stands in `subject`, `text` and `short`, `{brand}` may stand in `text`."""

    subject: str
    text: str
    warning: str
    short: str


Wordings = Mapping[str, Wording]


def send_code(kind: str, address: str, code: str, wording: Wording) -> None:
    """One mail or one short message, once. Raises CodeNotSent where it surely does not arrive; what may have arrived
    counts as sent."""
    try:
        if kind == "phone":
            _send_short(address, wording.short.format(code=code))
        else:
            _send_mail(address, code, wording)
    except (SmsRefused, SmsUnreachable, SmsBlocked, SmsTextInvalid, AddressInvalid, SecretUnreadable) as error:
        logger.warning("a code was not sent: %s", error.code)
        raise CodeNotSent(reason=error.code) from error


def _send_short(number: str, text: str) -> None:
    try:
        send_sms(to_number=number, text=text, purpose="code")
    except SmsUncertain:
        logger.warning("the SMS gateway may have taken a code")


def _send_mail(address: str, code: str, wording: Wording) -> None:
    identity = sender()
    brand = get_config().brand_name
    first = wording.text.format(code="\x00", brand=brand)
    html = "".join(f"<p>{escape(line)}</p>" for line in (first, wording.warning))
    mail = OutgoingMail(
        message_header_id=f"<code.{secrets.token_hex(12)}@{domain_of(identity.from_address)}>",
        to_address=check_address(address),
        from_name=identity.from_name,
        from_address=identity.from_address,
        envelope_from=identity.bounce_address or identity.from_address,
        reply_to=identity.reply_to,
        subject=wording.subject.format(code=code),
        html=html.replace("\x00", f"<strong>{code}</strong>"),
        text=f"{first}\n\n{wording.warning}\n".replace("\x00", code),
        date_at=clock.now(),
        headers=(("Auto-Submitted", "auto-generated"),),
    )
    result = send_once(mail)
    if not result.ok and result.code != "email.uncertain":
        logger.warning("a code was not sent: %s", result.code)
        raise CodeNotSent(reason=result.code)
