"""The e-mail channel: settings, secrets, headers, and a server that answers oddly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from huike.channels.email import OutgoingMail, ready
from huike.channels.errors import AddressInvalid, HeaderInvalid, SetupIncomplete, Undeliverable, Unreachable
from huike.channels.models import EmailSetup, SandboxMail
from huike.channels.secrets import SecretUnreadable, decrypt, encrypt
from huike.channels.services import configure_email, email_setup, sender, smtp_transport
from huike.channels.transports import SmtpTransport
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.mail_server import running_mail_server
from tests.messaging.world import use_server
from tests.people import code_of, signed_in

MAIL = OutgoingMail(
    message_header_id="<1@brand.example>",
    to_address="ann@example.com",
    from_name="茶与山",
    from_address="hello@brand.example",
    envelope_from="bounces@brand.example",
    subject="你好",
    html="<p>Hello</p>",
    text=".\nA line that is a dot\n..two\n",
    date_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


def transport_to(port: int) -> SmtpTransport:
    return SmtpTransport(host="127.0.0.1", port=port, security="none", username="", password="")


@pytest.mark.parametrize(
    "broken",
    [
        {"subject": "Hi\r\nBcc: all@example.com"},
        {"subject": "Hi\nX: y"},
        {"subject": "Hi\x00"},
        {"from_name": "Tea\r\nBcc: all@example.com"},
        {"headers": (("List-Unsubscribe", "<https://x>\r\nBcc: y@z.example"),)},
        {"message_header_id": "<1@x>\nBcc: y@z.example"},
    ],
)
def test_no_value_begins_a_second_header(broken: dict[str, object]) -> None:
    with pytest.raises(HeaderInvalid):
        ready(replace(MAIL, **broken))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address", ["", "ann", "ann@x, bob@y.example", "ann@x.example\r\nRCPT TO:<b@y>", "a b@x.example", "<a@x.example>"]
)
def test_no_address_breaks_out_of_its_command(address: str) -> None:
    for broken in ({"to_address": address}, {"envelope_from": address}, {"from_address": address}):
        with pytest.raises(AddressInvalid):
            ready(replace(MAIL, **broken))


def test_lines_of_dots_arrive_as_they_were_over_one_connection() -> None:
    with running_mail_server() as server:
        transport = transport_to(server.port)
        for _ in range(3):
            transport.send(ready(MAIL))
        transport.close()

    assert [mail.text().replace("\r\n", "\n") for mail in server.taken] == [MAIL.text] * 3
    assert server.taken[0].envelope_from == "bounces@brand.example"


def test_a_refused_recipient_leaves_the_connection_good_for_the_next() -> None:
    with running_mail_server() as server:
        server.answers = {"gone@example.com": "550 5.1.1 no such user", "later@example.com": "451 4.3.0 later"}
        transport = transport_to(server.port)
        for address, permanent in (("gone@example.com", True), ("later@example.com", False)):
            with pytest.raises(Undeliverable) as refused:
                transport.send(ready(replace(MAIL, to_address=address)))
            assert refused.value.permanent is permanent
        assert transport.send(ready(MAIL)) == "taken"
        transport.close()

    assert [mail.to_address for mail in server.taken] == ["ann@example.com"]


def test_a_server_that_is_not_there_or_wants_a_sign_in_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        transport_to(1).send(ready(MAIL))
    with running_mail_server() as server:
        signing_in = SmtpTransport(host="127.0.0.1", port=server.port, security="none", username="u", password="p")
        with pytest.raises(Unreachable):
            signing_in.send(ready(MAIL))


def test_a_password_is_read_back_with_the_same_key_only() -> None:
    sealed = encrypt("s3cret", key="k" * 40, purpose="email")

    assert "s3cret" not in sealed
    assert encrypt("s3cret", key="k" * 40, purpose="email") != sealed
    assert decrypt(sealed, key="k" * 40, purpose="email") == "s3cret"
    for wrong in ({"key": "o" * 40, "purpose": "email"}, {"key": "k" * 40, "purpose": "sms"}):
        with pytest.raises(SecretUnreadable):
            decrypt(sealed, **wrong)


SETTINGS = {
    "mode": "smtp",
    "host": "mail.brand.example",
    "port": 587,
    "security": "starttls",
    "username": "brand",
    "password": "s3cret",
    "from_name": "Brand",
    "from_address": "hello@brand.example",
}


@pytest.mark.django_db
def test_the_password_is_never_shown_and_goes_only_to_the_server_it_was_entered_for() -> None:
    owner = signed_in(Role.OWNER)

    stored = owner.call("PUT", "/channels/email", SETTINGS)
    assert stored.status_code == 200, stored.content
    assert stored.json()["has_password"] is True
    assert b"s3cret" not in stored.content + owner.get("/channels/email").content
    assert "s3cret" not in str(list(AuditEntry.objects.values_list("details", flat=True)))

    kept = owner.call("PUT", "/channels/email", {**SETTINGS, "password": None, "from_name": "Other"})
    assert kept.json()["has_password"] is True
    setup = email_setup()
    assert setup is not None
    assert smtp_transport(setup)._password == "s3cret"

    moved = owner.call("PUT", "/channels/email", {**SETTINGS, "password": None, "host": "mail.elsewhere.example"})
    assert moved.json()["has_password"] is False


@pytest.mark.django_db
def test_only_who_manages_channels_sees_them() -> None:
    for method, path in (("GET", "/channels/email"), ("DELETE", "/channels/email")):
        refused = signed_in(Role.MARKETING).call(method, path)
        assert (refused.status_code, code_of(refused)) == (403, "forbidden")


@pytest.mark.django_db
def test_a_server_without_a_name_is_refused_and_nothing_is_kept() -> None:
    with pytest.raises(SetupIncomplete):
        configure_email(
            SYSTEM,
            **{**SETTINGS, "host": ""},  # type: ignore[arg-type]
            reply_to="",
            bounce_address="",
            rate_per_second=None,
            connections_count=1,
        )
    assert not EmailSetup.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_test_button_sends_a_mail_or_says_what_the_server_said() -> None:
    owner = signed_in(Role.OWNER)
    with running_mail_server() as server:
        use_server(server)
        assert owner.post("/channels/email/test", {"to": "me@brand.example"}).json() == {
            "ok": True,
            "code": "",
            "detail": "taken",
        }
        server.answers = {"me@brand.example": "550 no"}
        refused = owner.post("/channels/email/test", {"to": "me@brand.example"}).json()
    assert len(server.taken) == 1
    assert (refused["ok"], refused["code"], refused["detail"]) == (False, "email.undeliverable", "no")


@pytest.mark.django_db
def test_the_sandbox_shows_mail_to_those_who_see_everything() -> None:
    assert sender().mode == "sandbox"
    owner = signed_in(Role.OWNER)
    owner.post("/channels/email/test", {"to": "me@brand.example"})

    (row,) = owner.get("/sandbox-mails?q=ME@brand").json()["items"]
    mail = owner.get(f"/sandbox-mails/{row['id']}").json()

    assert mail["to"] == "me@brand.example"
    assert ["To", "me@brand.example"] in mail["headers"]
    limited = signed_in(Role.OWNER, store_ids=[1])
    assert limited.get("/sandbox-mails").json()["items"] == []
    assert limited.get(f"/sandbox-mails/{row['id']}").status_code == 404
    assert SandboxMail.objects.count() == 1
