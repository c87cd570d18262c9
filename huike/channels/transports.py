"""How a mail leaves: one verb, typed failures."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from typing import Final, Protocol

from django.db import IntegrityError, transaction

from huike.channels.email import ReadyMail
from huike.channels.errors import (
    CertificateRefused,
    EncryptionNotOffered,
    SignInRefused,
    Uncertain,
    Undeliverable,
    Unreachable,
)
from huike.channels.models import MAILBOX, SandboxMail
from huike.platform.signals import nudge

TIMEOUT_SECONDS: Final = 30
_BARE_NEWLINE = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"(?m)^\.")


class Transport(Protocol):
    """A connection that sends one mail at a time. Not shared between threads."""

    def send(self, ready: ReadyMail) -> str:
        """Hand the mail over; what the server answered. Raises Undeliverable, Uncertain, Unreachable."""

    def close(self) -> None: ...


class SmtpTransport:
    """A kept connection to an SMTP server, opened at the first mail and again after it fell."""

    def __init__(self, *, host: str, port: int, security: str, username: str, password: str) -> None:
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect and sign in, if that is not done. Raises Unreachable, in its kinds."""
        if self._smtp is not None:
            return
        try:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP
            if self._security == "tls":
                smtp = smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
            else:
                smtp = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
            try:
                if self._security == "starttls":
                    _start_tls(smtp, context)
                smtp.ehlo_or_helo_if_needed()
                if self._username:
                    _sign_in(smtp, self._username, self._password)
            except BaseException:
                smtp.close()
                raise
        except ssl.SSLCertVerificationError as error:
            raise CertificateRefused(error.verify_message or _said(error)) from error
        except ssl.SSLError as error:
            raise EncryptionNotOffered(_said(error)) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Unreachable(_said(error)) from error
        if smtp.sock is not None:
            # The final dot is a small packet after a large one: without this it waits for the server's delayed ACK.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._smtp = smtp

    def send(self, ready: ReadyMail) -> str:
        mail = ready.mail
        data = _dot_stuffed(ready.data)
        self.open()
        smtp = self._smtp
        assert smtp is not None  # noqa: S101 - open() raises otherwise
        try:
            _expect(smtp.mail(mail.envelope_from), {250})
            _expect(smtp.rcpt(mail.to_address), {250, 251})
            _expect(smtp.docmd("DATA"), {354})
        except Undeliverable as refusal:
            self._after_refusal(smtp, refusal.smtp_code)
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Unreachable(_said(error)) from error
        return self._send_content(smtp, data)

    def _send_content(self, smtp: smtplib.SMTP, data: bytes) -> str:
        try:
            # The last line goes apart: a connection that falls before it leaves half a message, which no server keeps.
            smtp.send(data)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Unreachable(_said(error)) from error
        try:
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Uncertain(_said(error)) from error
        try:
            _expect((code, said), {250})
        except Undeliverable as refusal:
            self._after_refusal(smtp, refusal.smtp_code)
            raise
        return _text(said)

    def _after_refusal(self, smtp: smtplib.SMTP, code: int) -> None:
        if code == 421:
            self._drop()
            return
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._drop()


class SandboxTransport:
    """Keeps mail in the product. The same message twice is refused by the database, and counts as taken."""

    def send(self, ready: ReadyMail) -> str:
        mail, headers = ready.mail, dict(ready.headers)
        try:
            with transaction.atomic():
                SandboxMail.objects.create(
                    message_id=mail.message_id,
                    campaign_id=mail.campaign_id,
                    to_address=mail.to_address,
                    from_header=headers["From"],
                    subject=mail.subject,
                    html=mail.html,
                    text=mail.text,
                    headers=[list(header) for header in ready.headers],
                    sent_at=mail.date_at,
                )
        except IntegrityError:
            return "already in the sandbox"
        nudge(MAILBOX)
        return "kept in the sandbox"

    def close(self) -> None:
        return None


def _start_tls(smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
    try:
        smtp.starttls(context=context)
    except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
        raise EncryptionNotOffered(_said(error)) from error


def _sign_in(smtp: smtplib.SMTP, username: str, password: str) -> None:
    try:
        smtp.login(username, password)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
        raise SignInRefused(_said(error)) from error


def _dot_stuffed(data: bytes) -> bytes:
    """The content as RFC 5321 4.5.2 wants it, ending in CRLF, without the final dot."""
    lines = _LEADING_DOT.sub(b"..", _BARE_NEWLINE.sub(b"\n", data)).replace(b"\n", b"\r\n")
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _expect(reply: tuple[int, bytes], wanted: set[int]) -> None:
    code, said = reply
    if code not in wanted:
        if code == -1:
            raise smtplib.SMTPServerDisconnected("the connection was closed")
        raise Undeliverable(permanent=500 <= code < 600, smtp_code=code, detail=_text(said))


def _text(said: bytes) -> str:
    return " ".join(said.decode("utf-8", "replace").split())[:300]


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {_text(said if isinstance(said, bytes) else said.encode())}"
    return f"{type(error).__name__}: {error}"[:300]
