"""What is heard about a message after it left: opened, clicked, unsubscribed, bounced, complained."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.message import Message as MimePart
from typing import Final

from django.db import transaction

from huike.customers.models import ConsentEvent, Suppression
from huike.customers.services import record_consent, suppress
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING
from huike.messaging.delivery import note_bounce
from huike.messaging.errors import NoticeUnreadable
from huike.messaging.events import PersonUnsubscribed
from huike.messaging.mails import person_variables
from huike.messaging.models import Message, Receipt, TemplateVersion
from huike.messaging.rendering import link_target
from huike.messaging.rules import is_hard_bounce
from huike.messaging.tokens import message_of_bounce_address, message_of_header_id
from huike.platform.audit import SYSTEM, Actor
from huike.platform.outbox import announce

_INSTANT_OF: Final = {
    Receipt.Kind.DELIVERED: "delivered_at",
    Receipt.Kind.BOUNCED: "bounced_at",
    Receipt.Kind.OPENED: "opened_at",
    Receipt.Kind.CLICKED: "clicked_at",
    Receipt.Kind.UNSUBSCRIBED: "unsubscribed_at",
    Receipt.Kind.COMPLAINED: "complained_at",
}
# A mail reader that loads the picture again is not a new reading.
_SAME_OPENING: Final = timedelta(minutes=1)


def note_opened(message_id: int, *, now: datetime) -> None:
    """The picture was fetched. Proxies fetch it too: an opening is a hint, not a proof."""
    with transaction.atomic():
        message = _known(message_id)
        if message is None or (message.opened_at and now - message.opened_at < _SAME_OPENING):
            return
        _append(message, Receipt.Kind.OPENED, now)


def note_clicked(message_id: int, number: int, *, now: datetime, counts: bool = True) -> str | None:
    """Where link `number` of a message leads, noting the click. None where there is no such link, or it needs something
    that is gone from the person's file. `counts` is False for a HEAD request."""
    with transaction.atomic():
        message = _known(message_id)
        if message is None:
            return None
        links = TemplateVersion.objects.get(pk=message.template_version_id).links.get(message.language, [])
        if number >= len(links):
            return None
        try:
            person = person_variables(message.customer, language=message.language, scope=EVERYTHING)
            target = link_target(links[number], {**message.variables, "customer": person})
        except HuikeError:
            return None
        if counts:
            _append(message, Receipt.Kind.CLICKED, now, link_number=number)
        return target


def unsubscribe(message_id: int, *, now: datetime, how: str = "unsubscribe") -> bool:
    """Withdraw the consent under which a message was sent; saying it twice changes nothing. False for an unknown
    message."""
    with transaction.atomic():
        message = _known(message_id)
        if message is None:
            return False
        if message.unsubscribed_at is not None:
            return True
        record_consent(
            message.customer_id,
            channel=message.channel,
            purpose=message.purpose,
            state=ConsentEvent.State.WITHDRAWN,
            given_at=now,
            how=how,
            actor=Actor("customer", message.customer_id, f"customer {message.customer_id}"),
        )
        _append(message, Receipt.Kind.UNSUBSCRIBED, now)
        announce(
            PersonUnsubscribed(
                message_id=message.pk,
                campaign_id=message.campaign_id,
                customer_id=message.customer_id,
                occurred_at=now,
            )
        )
        return True


def take_in_notice(raw: bytes, *, now: datetime) -> tuple[int, str]:
    """Read a delivery status notification (RFC 3464) or a complaint (ARF, RFC 5965) and act on it.

    A permanent failure that says the address does not exist suppresses it; a complaint suppresses it and withdraws
    the consent; `delivered` is noted; anything temporary is noted only by the answer. The message is found by the
    bounce address or by the Message-ID in the returned headers, both of which only this house can make. Gives the
    message's id and what was understood (`bounced`, `complained`, `delivered`, `delayed`). Raises NoticeUnreadable.
    """
    notice = email.message_from_bytes(raw, policy=email.policy.default)
    message_id = _message_of(notice)
    if message_id is None:
        raise NoticeUnreadable
    with transaction.atomic():
        message = _known(message_id)
        if message is None:
            raise NoticeUnreadable
        if _part(notice, "message/feedback-report") is not None:
            _complained(message, now)
            return message_id, Receipt.Kind.COMPLAINED.value
        action, status, diagnosis = _status(notice)
        detail = f"{status} {diagnosis}".strip()
        if action == "delivered":
            _append(message, Receipt.Kind.DELIVERED, now, detail=detail)
            return message_id, "delivered"
        if action == "failed":
            if message.bounced_at is None:
                if is_hard_bounce(smtp_code=550, detail=detail):
                    note_bounce(message_id, detail=detail, now=now)
                else:
                    Receipt.objects.create(message=message, kind=Receipt.Kind.BOUNCED, at=now, detail=detail[:300])
                Message.objects.filter(pk=message_id).update(bounced_at=now)
            return message_id, "bounced"
        return message_id, "delayed"


def _complained(message: Message, now: datetime) -> None:
    if message.complained_at is not None:
        return
    _append(message, Receipt.Kind.COMPLAINED, now)
    if message.customer.email:
        suppress(
            message.customer.email,
            channel=message.channel,
            reason=Suppression.Reason.COMPLAINED,
            customer_id=message.customer_id,
            actor=SYSTEM,
        )
    unsubscribe(message.pk, now=now, how="complaint")


def _known(message_id: int) -> Message | None:
    """The message with its person, locked, so that a receipt told twice at once is noted once."""
    return (
        Message.objects.select_for_update(of=("self",))
        .select_related("customer")
        .filter(pk=message_id, attempts_count__gt=0)
        .first()
    )


def _append(
    message: Message, kind: Receipt.Kind, now: datetime, *, link_number: int | None = None, detail: str = ""
) -> None:
    Receipt.objects.create(message=message, kind=kind, at=now, link_number=link_number, detail=detail[:300])
    field = _INSTANT_OF[kind]
    if getattr(message, field) is None:
        setattr(message, field, now)
        message.save(update_fields=[field])


def _message_of(notice: EmailMessage) -> int | None:
    for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To"):
        for header in notice.get_all(name, []):
            found = message_of_bounce_address(str(header))
            if found is not None:
                return found
    for returned in _returned_headers(notice):
        found = message_of_header_id(returned)
        if found is not None:
            return found
    return None


def _returned_headers(notice: EmailMessage) -> list[str]:
    found = []
    for part in notice.walk():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            found += [str(item.get("Message-ID", "")) for item in inner if isinstance(item, MimePart)]
        elif part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            headers = email.message_from_bytes(text if isinstance(text, bytes) else b"")
            found.append(str(headers.get("Message-ID", "")))
    return found


def _part(notice: EmailMessage, content_type: str) -> MimePart | None:
    return next((part for part in notice.walk() if part.get_content_type() == content_type), None)


def _status(notice: EmailMessage) -> tuple[str, str, str]:
    """Action, status and diagnosis of the first recipient."""
    report = _part(notice, "message/delivery-status")
    blocks = report.get_payload() if report is not None else []
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, MimePart) and block.get("Action"):
            diagnosis = str(block.get("Diagnostic-Code", "")).partition(";")[2].strip()
            return str(block["Action"]).strip().lower(), str(block.get("Status", "")).strip(), diagnosis
    raise NoticeUnreadable
