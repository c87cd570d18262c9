"""One message as the mail that is sent: variables of a person, addresses of links, headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from huike.channels.email import OutgoingMail
from huike.channels.services import Sender, domain_of
from huike.customers.fields.selectors import specs, values_of, words_of
from huike.customers.in_words import said_of
from huike.customers.models import Customer
from huike.kernel.scope import Scope
from huike.messaging.models import TemplateVersion
from huike.messaging.rendering import CompiledContent, Rendered, compile_content, fill, variable_of
from huike.messaging.rules import first_name
from huike.messaging.tokens import bounce_address, make_token, message_header_id
from huike.platform.config import get_config


@dataclass(frozen=True, slots=True)
class MessageToSend:
    """Everything a mail is made of."""

    id: int
    campaign_id: int | None
    template_version_id: int
    language: str
    address: str
    person: dict[str, Any]
    variables: dict[str, Any]
    sender: Sender


def people_variables(
    customers: Mapping[int, Customer], languages: Mapping[int, str], *, scope: Scope
) -> dict[int, dict[str, Any]]:
    """What templates may say of each of these people, by id, each in the language given for her, to a reader of this
    scope: the person herself is told everything. What is not known is absent, so that it counts as missing."""
    own = specs()
    values = values_of(customers, scope=scope) if own else {}
    said = said_of(customers, languages, scope=scope)
    return {
        customer_id: {
            **{variable_of(key).removeprefix("customer."): word for key, word in said[customer_id].items()},
            **_first_name(customer),
            "fields": {
                key: words_of(own[key], value, values[customer_id].names.get(key))
                for key, value in (values[customer_id].fields if own else {}).items()
            },
        }
        for customer_id, customer in customers.items()
    }


def person_variables(customer: Customer, *, language: str, scope: Scope) -> dict[str, Any]:
    """The same of one person."""
    return people_variables({customer.pk: customer}, {customer.pk: language}, scope=scope)[customer.pk]


def _first_name(customer: Customer) -> dict[str, str]:
    name = first_name(customer.name)
    return {"first_name": name} if name else {}


def variables_of(
    person: Mapping[str, Any], variables: Mapping[str, Any], *, unsubscribe_url: str
) -> dict[str, dict[str, Any] | str]:
    """The nested mapping Liquid sees. `variables` are the message's own: `coupon`, `offer`."""
    return {
        **variables,
        "customer": dict(person),
        "brand": {"name": get_config().brand_name},
        "unsubscribe_url": unsubscribe_url,
    }


def unsubscribe_url(message_id: int) -> str:
    return f"{get_config().base_url}/u/{make_token('unsubscribe', message_id)}"


def example_unsubscribe_url() -> str:
    """Where a preview's or test mail's link leads: a page that explains itself."""
    return f"{get_config().base_url}/u/example"


def compiled(version_id: int, language: str) -> CompiledContent:
    """A version's words in one language, compiled once per process (versions never change)."""
    return _compiled(version_id, language)


@lru_cache(maxsize=256)
def _compiled(version_id: int, language: str) -> CompiledContent:
    version = TemplateVersion.objects.get(pk=version_id)
    return compile_content(version.contents[language], layout=version.layout, language=language)


def render_message(message: MessageToSend) -> Rendered:
    """The words with tracked links. Raises VariablesMissing, LinkUnsafe, TemplateInvalid."""
    content = compiled(message.template_version_id, message.language)
    base = get_config().base_url
    return fill(
        content,
        variables_of(message.person, message.variables, unsubscribe_url=unsubscribe_url(message.id)),
        link_urls=[
            f"{base}/t/c/{make_token('click', message.id, number=number)}" for number in range(len(content.links))
        ],
        pixel_url=f"{base}/t/o/{make_token('open', message.id)}.gif",
    )


def mail_of(message: MessageToSend, *, now: datetime) -> OutgoingMail:
    """The mail, with one-click unsubscription (RFC 8058). Raises what `render_message` raises."""
    rendered = render_message(message)
    sender = message.sender
    return OutgoingMail(
        message_header_id=message_header_id(message.id, domain=domain_of(sender.from_address)),
        to_address=message.address,
        from_name=sender.from_name,
        from_address=sender.from_address,
        envelope_from=bounce_address(message.id, address=sender.bounce_address)
        if sender.bounce_address
        else sender.from_address,
        reply_to=sender.reply_to,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        date_at=now,
        headers=(
            ("List-Unsubscribe", f"<{unsubscribe_url(message.id)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Auto-Submitted", "auto-generated"),
        ),
        message_id=message.id,
        campaign_id=message.campaign_id,
    )
