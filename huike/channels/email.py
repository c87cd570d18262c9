"""A mail as data, and as the bytes that go to a server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from huike.channels.errors import AddressInvalid, HeaderInvalid

_ADDRESS = re.compile(r"^[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,253}$")
# What would end a header, or is invisible and could hide another.
_BREAKS_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """Everything about one mail. `envelope_from` is where a bounce comes back to; `headers` are extra ones."""

    message_header_id: str
    to_address: str
    from_name: str
    from_address: str
    envelope_from: str
    subject: str
    html: str
    text: str
    date_at: datetime
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    message_id: int | None = None
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReadyMail:
    """A mail whose headers and addresses have been judged: nothing in it can fail any more but the way out."""

    mail: OutgoingMail
    message: EmailMessage

    @property
    def data(self) -> bytes:
        return self.message.as_bytes()


def ready(mail: OutgoingMail) -> ReadyMail:
    """Raises HeaderInvalid and AddressInvalid."""
    check_address(mail.envelope_from)
    return ReadyMail(mail, mime_message(mail))


def check_address(address: str) -> str:
    """The address, if it is one that cannot break a header or an SMTP command. Raises AddressInvalid."""
    if len(address) > 254 or not _ADDRESS.match(address) or not address.isprintable():
        raise AddressInvalid
    return address


def mime_message(mail: OutgoingMail) -> EmailMessage:
    """The mail with a text and an HTML part. Raises HeaderInvalid and AddressInvalid before anything is written."""
    message = EmailMessage(policy=SMTP)
    _set(message, "From", _mailbox(mail.from_name, mail.from_address))
    _set(message, "To", check_address(mail.to_address))
    if mail.reply_to:
        _set(message, "Reply-To", check_address(mail.reply_to))
    _set(message, "Subject", mail.subject)
    _set(message, "Date", format_datetime(mail.date_at))
    _set(message, "Message-ID", mail.message_header_id)
    for name, value in mail.headers:
        _set(message, name, value)
    message.set_content(mail.text, charset="utf-8", cte="base64")
    message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="base64")
    return message


def _set(message: EmailMessage, name: str, value: str) -> None:
    if _BREAKS_HEADER.search(value):
        raise HeaderInvalid(header=name)
    message[name] = value


def _mailbox(name: str, address: str) -> str:
    check_address(address)
    if _BREAKS_HEADER.search(name):
        raise HeaderInvalid(header="From")
    local, _, domain = address.rpartition("@")
    return str(Address(display_name=name, username=local, domain=domain))
