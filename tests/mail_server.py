"""A real SMTP server for tests: keeps what it takes, and refuses whom it is told to."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Taken:
    """One mail as the server got it."""

    envelope_from: str
    to_address: str
    message: EmailMessage

    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())


@dataclass
class MailServer:
    """`answers` maps an address to the answer its RCPT gets instead of 250."""

    host: str = "127.0.0.1"
    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    data_answers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        answer = self.answers.get(address)
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.data_answers.get(envelope.rcpt_tos[0])
        if answer == "hang up":
            # Taken, but the answer never arrives.
            self._keep(envelope)
            assert server.transport is not None
            server.transport.abort()
            return "250 never read"
        if answer is not None:
            return answer
        self._keep(envelope)
        return "250 taken"

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(Taken(str(envelope.mail_from), envelope.rcpt_tos[0], message))


@dataclass(frozen=True)
class Certificate:
    """Files: what a client must trust, what the server shows, its key."""

    authority: Path
    chain: Path
    key: Path


def make_certificate(folder: Path, *, host: str = "127.0.0.1") -> Certificate:
    """A certificate for `host`, good for a day, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificate(folder / "cert.pem", folder / "cert.pem", folder / "key.pem")
    files.chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _authenticator(accounts: dict[str, str]) -> Callable[..., AuthResult]:
    def decide(server: SMTP, session: Session, envelope: Envelope, mechanism: str, told: Any) -> AuthResult:
        good = isinstance(told, LoginPassword) and accounts.get(told.login.decode()) == told.password.decode()
        return AuthResult(success=good, handled=good)

    return decide


@contextmanager
def running_mail_server(
    *, security: str = "none", certificate: Certificate | None = None, accounts: dict[str, str] | None = None
) -> Iterator[MailServer]:
    """A server that takes mail: without encryption, after STARTTLS, or with TLS from the first byte; with `accounts`
    (user to password) only from who signs in, and never lets anybody sign in unencrypted."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = MailServer(port=port)
    told: dict[str, Any] = {}
    if accounts is not None:
        told |= {"auth_required": True, "authenticator": _authenticator(accounts)}
    if security != "none":
        assert certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        told |= {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
    if security == "tls":
        # aiosmtpd takes a connection that was TLS from its first byte for an unencrypted one.
        told["auth_require_tls"] = False
        controller: Controller = Controller(server, hostname=server.host, port=port, ssl_context=context, **told)
    else:
        controller = Controller(server, hostname=server.host, port=port, **told)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
