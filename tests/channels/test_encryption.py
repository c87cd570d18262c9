"""Mail over an encrypted connection with a sign-in, against a real server; and each way in which that goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from huike.channels import errors
from huike.channels.email import ready
from huike.channels.transports import SmtpTransport
from huike.staff.rules import Role
from tests.channels.test_email import MAIL
from tests.mail_server import Certificate, MailServer, make_certificate, running_mail_server
from tests.messaging.world import use_server
from tests.people import signed_in

ACCOUNTS = {"brand": "s3cret"}
ENCRYPTED = pytest.mark.parametrize("security", ["starttls", "tls"])


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path / "server")


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The machine trusts the server's certificate, as an operator would have it trust that of her own server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    return certificate


def transport(server: MailServer, security: str, *, password: str = "s3cret", username: str = "brand") -> SmtpTransport:
    return SmtpTransport(host=server.host, port=server.port, security=security, username=username, password=password)


@ENCRYPTED
def test_mails_arrive_over_one_encrypted_connection_when_the_sign_in_is_right(
    security: str, trusted: Certificate
) -> None:
    with running_mail_server(security=security, certificate=trusted, accounts=ACCOUNTS) as server:
        sending = transport(server, security)
        for _ in range(2):
            assert sending.send(ready(MAIL)) == "taken"
        sending.close()
    assert [mail.to_address for mail in server.taken] == [MAIL.to_address] * 2


def refused_as(kind: type[errors.Unreachable], sending: SmtpTransport) -> str:
    """What the server said of it."""
    with pytest.raises(errors.Unreachable) as refusal:
        sending.send(ready(MAIL))
    assert type(refusal.value) is kind, refusal.value.detail
    assert refusal.value.detail
    return refusal.value.detail


@ENCRYPTED
def test_nothing_is_sent_when_the_password_is_wrong(security: str, trusted: Certificate) -> None:
    with running_mail_server(security=security, certificate=trusted, accounts=ACCOUNTS) as server:
        said = refused_as(errors.SignInRefused, transport(server, security, password="guess"))
    assert "535" in said
    assert server.taken == []


@ENCRYPTED
def test_the_password_is_not_told_when_the_certificate_is_signed_by_nobody_known(
    security: str, certificate: Certificate
) -> None:
    heard: list[str] = []
    with running_mail_server(security=security, certificate=certificate, accounts=Listening(heard)) as server:
        said = refused_as(errors.CertificateRefused, transport(server, security))
    assert "self-signed" in said
    assert (heard, server.taken) == ([], [])


class Listening(dict[str, str]):
    """Accounts that note who was asked for."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(ACCOUNTS)
        self._heard = heard

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self._heard.append(name)
        return super().get(name, default)


@ENCRYPTED
def test_the_password_is_not_told_when_the_certificate_is_for_another_name(
    security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = make_certificate(tmp_path / "other", host="192.0.2.7")
    monkeypatch.setenv("SSL_CERT_FILE", str(elsewhere.authority))
    heard: list[str] = []
    with running_mail_server(security=security, certificate=elsewhere, accounts=Listening(heard)) as server:
        assert "127.0.0.1" in refused_as(errors.CertificateRefused, transport(server, security))
    assert heard == []


def plain(certificate: Certificate) -> dict[str, object]:
    return {}


def offers_starttls(certificate: Certificate) -> dict[str, object]:
    return {"security": "starttls", "certificate": certificate}


@pytest.mark.parametrize(("server_offers", "set_to"), [(plain, "starttls"), (plain, "tls"), (offers_starttls, "tls")])
def test_mail_never_leaves_unencrypted_when_encryption_is_set_and_not_offered(
    server_offers: Callable[[Certificate], dict[str, object]], set_to: str, trusted: Certificate
) -> None:
    with running_mail_server(**server_offers(trusted)) as server:  # type: ignore[arg-type]
        refused_as(errors.EncryptionNotOffered, transport(server, set_to, username=""))
    assert server.taken == []


def test_an_unencrypted_server_that_takes_no_sign_in_says_so() -> None:
    with running_mail_server() as server:
        refused_as(errors.SignInRefused, transport(server, "none"))


@pytest.mark.django_db(transaction=True)
def test_the_test_button_names_what_is_wrong(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = signed_in(Role.OWNER)

    def press(security: str, password: str) -> tuple[bool, str]:
        use_server(server, security=security, username="brand", password=password)
        answer = owner.post("/channels/email/test", {"to": "me@brand.example"}).json()
        assert answer["ok"] or answer["detail"]
        return answer["ok"], answer["code"]

    with running_mail_server(security="starttls", certificate=certificate, accounts=ACCOUNTS) as server:
        assert press("starttls", "s3cret") == (False, "email.certificate_refused")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
        assert press("starttls", "guess") == (False, "email.sign_in_refused")
        assert press("tls", "s3cret") == (False, "email.encryption_not_offered")
        assert press("starttls", "s3cret") == (True, "")
    assert [mail.to_address for mail in server.taken] == ["me@brand.example"]
