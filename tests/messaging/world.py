"""People, templates and messages for the tests of sending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from huike.channels.services import configure_email
from huike.customers.models import Customer
from huike.customers.services import record_consent
from huike.messaging import services
from huike.messaging.delivery import finish_dispatches, send_due
from huike.messaging.models import Dispatch, Message, TemplateVersion
from huike.messaging.services import Addressee
from huike.platform.audit import SYSTEM
from tests.mail_server import MailServer

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WORDS: dict[str, dict[str, str]] = {
    "zh-CN": {
        "subject": "{{ customer.first_name | default: '朋友' }},你好",
        "body": "你的码是 {{ coupon.code }}。看看[新品](https://shop.example/new?c={{ coupon.code | url_encode }})。",
        "button_label": "去逛逛",
        "button_url": "https://shop.example/",
    },
    "en": {
        "subject": "Hello {{ customer.first_name | default: 'friend' }}",
        "body": "Your code is {{ coupon.code }}. "
        "See what is [new](https://shop.example/new?c={{ coupon.code | url_encode }}).",
        "button_label": "Have a look",
        "button_url": "https://shop.example/",
    },
}


def customer(
    name: str = "Ann Lee", *, email: str | None = "", consent: str | None = "granted", **fields: Any
) -> Customer:
    """A person; `email` "" makes one up."""
    made = Customer.objects.create(name=name, language=fields.pop("language", "en"), **fields)
    made.email = f"person{made.pk}@example.com" if email == "" else email
    made.save()
    if consent is not None:
        says(made, consent)
    return made


def says(person: Customer, state: str, *, at: datetime = LONG_AGO) -> None:
    record_consent(person.pk, channel="email", purpose="marketing", state=state, given_at=at, how="test", actor=SYSTEM)


def version(contents: dict[str, dict[str, str]] | None = None, *, layout: str = "plain") -> TemplateVersion:
    template = services.create_template(
        SYSTEM,
        name="Welcome back",
        channel="email",
        purpose="marketing",
        layout=layout,
        contents=contents or WORDS,
        user_id=None,
    )
    return services.current_version(template)


def dispatch(
    people: Sequence[Customer],
    *,
    campaign_id: int = 1,
    words: TemplateVersion | None = None,
    variables: dict[str, Any] | None = None,
) -> Dispatch:
    """An open dispatch with a message to each of these people."""
    words = words or version()
    made = services.open_dispatch_for(campaign_id, channel="email", purpose="marketing")
    services.add_messages(
        made,
        [
            Addressee(
                customer_id=person.pk,
                arm=1,
                template_version_id=words.pk,
                variables=variables if variables is not None else {"coupon": {"code": f"C{person.pk}"}},
            )
            for person in people
        ],
        now=datetime.now(UTC),
    )
    services.move_dispatch(made.pk, "open")
    return made


def use_server(server: MailServer, **settings: Any) -> None:
    """Let mail leave through this server."""
    configure_email(
        SYSTEM,
        **{
            "mode": "smtp",
            "host": server.host,
            "port": server.port,
            "security": "none",
            "username": "",
            "password": None,
            "from_name": "茶与山",
            "from_address": "hello@brand.example",
            "reply_to": "",
            "bounce_address": "",
            "rate_per_second": None,
            "connections_count": 2,
            **settings,
        },
    )


def send(made: Dispatch) -> None:
    """One turn, and the look afterwards that a worker would take."""
    send_due(made.pk, seconds=30)
    finish_dispatches()


def states(made: Dispatch) -> dict[int, str]:
    """The state of each person's message."""
    return dict(Message.objects.filter(dispatch=made).values_list("customer_id", "state"))


def message_to(person: Customer) -> Message:
    return Message.objects.get(customer=person)
