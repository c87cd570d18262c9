"""A mail as data, and as the bytes that go to a server."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from huike.channels.errors import AddressInvalid, HeaderInvalid

_ADDRESS = re.compile(r"^[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,253}$")
# RFC 5322 2.1.1: 998 with the name; beyond, a header is folded as encoded words.
_LONGEST_LINE: Final = 900
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
    """A mail whose headers and addresses have been judged: nothing in it can fail any more but the way out.

    `headers` are as a person reads them; `data` is what goes over the wire.
    """

    mail: OutgoingMail
    headers: tuple[tuple[str, str], ...]
    data: bytes


def ready(mail: OutgoingMail) -> ReadyMail:
    """The mail with a text and an HTML part. Raises HeaderInvalid and AddressInvalid.

    Written out here, because the standard library's header parser takes several milliseconds for each mail, more than
    all the rest of sending it.
    """
    check_address(mail.envelope_from)
    headers = _headers(mail)
    for name, value in headers:
        if _BREAKS_HEADER.search(value):
            raise HeaderInvalid(header=name)
    boundary = f"=_{sha256(mail.message_header_id.encode()).hexdigest()[:32]}"
    lines = [f"{name}: {_encoded(name, value, mail)}" for name, value in headers]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for subtype, content in (("plain", mail.text), ("html", mail.html)):
        lines += [
            f"--{boundary}",
            f'Content-Type: text/{subtype}; charset="utf-8"',
            "Content-Transfer-Encoding: base64",
            "",
            base64.encodebytes(content.encode()).decode().rstrip().replace("\n", "\r\n"),
        ]
    lines += [f"--{boundary}--", ""]
    return ReadyMail(mail, headers, "\r\n".join(lines).encode("ascii"))


def _headers(mail: OutgoingMail) -> tuple[tuple[str, str], ...]:
    name = f"{mail.from_name} " if mail.from_name else ""
    return (
        ("From", f"{name}<{check_address(mail.from_address)}>"),
        ("To", check_address(mail.to_address)),
        *((("Reply-To", check_address(mail.reply_to)),) if mail.reply_to else ()),
        ("Subject", mail.subject),
        ("Date", format_datetime(mail.date_at)),
        ("Message-ID", mail.message_header_id),
        *mail.headers,
    )


def check_address(address: str) -> str:
    """The address, if it is one that cannot break a header or an SMTP command. Raises AddressInvalid.

    ASCII only: few servers take others (RFC 6531), and one that does not would end the connection.
    """
    if len(address) > 254 or not address.isascii() or not address.isprintable() or not _ADDRESS.match(address):
        raise AddressInvalid
    return address


def _encoded(name: str, value: str, mail: OutgoingMail) -> str:
    """The value in ASCII: encoded words (RFC 2047) where it holds anything else, or what could be taken for one."""
    if name == "From":
        return f"{_phrase(mail.from_name)}<{mail.from_address}>"
    return value if _is_plain(value) else Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


def _phrase(text: str) -> str:
    if not text:
        return ""
    if _is_plain(text):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" '
    return f"{Header(text, 'utf-8', header_name='From').encode(linesep=chr(13) + chr(10))} "


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and len(text) <= _LONGEST_LINE
