"""Setting up e-mail, and sending outside a dispatch (test mails)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import transaction

from huike.channels.email import OutgoingMail, check_address, ready
from huike.channels.errors import SetupIncomplete, Uncertain, Undeliverable, Unreachable
from huike.channels.models import EmailSetup
from huike.channels.secrets import decrypt, encrypt
from huike.channels.transports import SandboxTransport, SmtpTransport, Transport
from huike.platform import clock
from huike.platform.audit import Actor, record
from huike.platform.config import get_config

_PASSWORD_PURPOSE = "email"  # noqa: S105 - a name, not a password


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who mails come from, and how many leave at once. `rate_per_second` None means no limit."""

    mode: str
    from_name: str
    from_address: str
    reply_to: str
    bounce_address: str
    rate_per_second: int | None
    connections_count: int


def email_setup() -> EmailSetup | None:
    return EmailSetup.objects.filter(pk=1).first()


def sender() -> Sender:
    """The sender identity in force; without settings, the sandbox with an address that cannot exist elsewhere."""
    setup = email_setup()
    config = get_config()
    if setup is None:
        host = urlsplit(config.base_url).hostname or "localhost"
        domain = host if "." in host and not host.replace(".", "").isdigit() else "sandbox.invalid"
        return Sender(
            mode=EmailSetup.Mode.SANDBOX,
            from_name=config.brand_name,
            from_address=f"hello@{domain}",
            reply_to="",
            bounce_address="",
            rate_per_second=None,
            connections_count=2,
        )
    return Sender(
        mode=setup.mode,
        from_name=setup.from_name or config.brand_name,
        from_address=setup.from_address,
        reply_to=setup.reply_to,
        bounce_address=setup.bounce_address,
        rate_per_second=setup.rate_per_second,
        connections_count=setup.connections_count,
    )


def open_transport() -> Transport:
    """A transport by the settings in force. The caller closes it. Raises SecretUnreadable."""
    setup = email_setup()
    if setup is None or setup.mode == EmailSetup.Mode.SANDBOX:
        return SandboxTransport()
    return smtp_transport(setup)


def smtp_transport(setup: EmailSetup) -> SmtpTransport:
    """A connection to the server of `setup`, whichever mode is in force."""
    password = setup.password_encrypted
    return SmtpTransport(
        host=setup.host,
        port=setup.port,
        security=setup.security,
        username=setup.username,
        password=decrypt(password, key=get_config().key(), purpose=_PASSWORD_PURPOSE) if password else "",
    )


def configure_email(
    actor: Actor,
    *,
    mode: str,
    host: str,
    port: int,
    security: str,
    username: str,
    password: str | None,
    from_name: str,
    from_address: str,
    reply_to: str,
    bounce_address: str,
    rate_per_second: int | None,
    connections_count: int,
) -> EmailSetup:
    """Store the settings. `password` None keeps the stored one, unless host or user changed: a password is only ever
    sent to the server it was entered for. Raises SetupIncomplete, AddressInvalid."""
    if mode == EmailSetup.Mode.SMTP and not host:
        raise SetupIncomplete
    for address in (from_address, reply_to, bounce_address):
        if address:
            check_address(address)
    with transaction.atomic():
        before = EmailSetup.objects.select_for_update().filter(pk=1).first()
        encrypted = ""
        if password:
            encrypted = encrypt(password, key=get_config().key(), purpose=_PASSWORD_PURPOSE)
        elif password is None and before and (before.host, before.username) == (host, username):
            encrypted = before.password_encrypted
        setup = EmailSetup(
            pk=1,
            mode=mode,
            host=host,
            port=port,
            security=security,
            username=username,
            password_encrypted=encrypted,
            from_name=from_name,
            from_address=from_address,
            reply_to=reply_to,
            bounce_address=bounce_address,
            rate_per_second=rate_per_second,
            connections_count=connections_count,
            updated_at=clock.now(),
        )
        setup.save(force_insert=before is None, force_update=before is not None)
        record(
            actor,
            "configure_email",
            subject_kind="channel",
            details={"mode": mode, "host": host, "port": port, "security": security},
        )
    return setup


def forget_email(actor: Actor) -> None:
    """Back to the sandbox; the stored password is gone."""
    with transaction.atomic():
        deleted, _ = EmailSetup.objects.filter(pk=1).delete()
        if deleted:
            record(actor, "forget_email", subject_kind="channel")


@dataclass(frozen=True, slots=True)
class TestResult:
    """Whether a test mail was taken; `code` and `detail` say what the server answered."""

    ok: bool
    code: str
    detail: str


def send_test_mail(*, to_address: str) -> TestResult:
    """Send a short mail by the settings in force. Raises AddressInvalid, SecretUnreadable."""
    identity = sender()
    brand = get_config().brand_name
    text = f"{brand}:回客的邮件通道可以发信了。\nHuike can send e-mail for {brand}."
    mail = OutgoingMail(
        message_header_id=f"<test.{secrets.token_hex(12)}@{domain_of(identity.from_address)}>",
        to_address=check_address(to_address),
        from_name=identity.from_name,
        from_address=identity.from_address,
        envelope_from=identity.bounce_address or identity.from_address,
        reply_to=identity.reply_to,
        subject=f"{brand} · 测试邮件 Test mail",
        html="".join(f"<p>{_escape(line)}</p>" for line in text.split("\n")),
        text=text,
        date_at=clock.now(),
    )
    return send_once(mail)


def send_once(mail: OutgoingMail) -> TestResult:
    """Send one mail that belongs to no dispatch, and say what came of it. Raises HeaderInvalid, AddressInvalid."""
    prepared = ready(mail)
    transport = open_transport()
    try:
        return TestResult(True, "", transport.send(prepared))
    except (Undeliverable, Uncertain, Unreachable) as error:
        return TestResult(False, error.code, error.detail)
    finally:
        transport.close()


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
