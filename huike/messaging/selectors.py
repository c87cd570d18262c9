"""Reads: templates, messages, counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from huike.customers import timeline
from huike.kernel.pages import Page
from huike.kernel.scope import Scope
from huike.messaging.errors import MessageNotFound, TemplateNotFound
from huike.messaging.models import Attempt, Dispatch, Message, Receipt, Template, TemplateVersion
from huike.platform.api import keyset_page


@dataclass(frozen=True, slots=True)
class TemplateWithWords:
    template: Template
    version: TemplateVersion


def templates(*, q: str, purpose: str | None, cursor: str | None, limit: int) -> Page[TemplateWithWords]:
    """Templates in use, the latest change first."""
    found = Template.objects.filter(archived_at=None)
    if q:
        found = found.filter(name__icontains=q)
    if purpose is not None:
        found = found.filter(purpose=purpose)
    page = keyset_page(found, order="-updated_at", cursor=cursor, limit=limit, with_total=True)
    return Page([_with_words(template) for template in page.items], page.next_cursor, page.total)


def template(template_id: int) -> TemplateWithWords:
    """Raises TemplateNotFound; an archived template is not found."""
    found = Template.objects.filter(pk=template_id, archived_at=None).first()
    if found is None:
        raise TemplateNotFound
    return _with_words(found)


def template_version(version_id: int) -> TemplateVersion:
    return TemplateVersion.objects.get(pk=version_id)


def _with_words(found: Template) -> TemplateWithWords:
    return TemplateWithWords(found, TemplateVersion.objects.get(template_id=found.pk, version=found.version))


def messages(
    *,
    scope: Scope,
    customer_id: int | None,
    campaign_id: int | None,
    state: str | None,
    reason: str | None,
    cursor: str | None,
    limit: int,
) -> Page[Message]:
    """Newest first, with their people; only people in scope."""
    found = _visible(scope)
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    if campaign_id is not None:
        found = found.filter(campaign_id=campaign_id)
    if state is not None:
        found = found.filter(state=state)
    if reason is not None:
        found = found.filter(reason=reason)
    return keyset_page(found.select_related("customer"), order="-id", cursor=cursor, limit=limit)


def message(message_id: int, *, scope: Scope) -> Message:
    """Raises MessageNotFound."""
    found = _visible(scope).select_related("customer").filter(pk=message_id).first()
    if found is None:
        raise MessageNotFound
    return found


def attempts_of(message_id: int) -> list[Attempt]:
    return list(Attempt.objects.filter(message_id=message_id).order_by("pk"))


def receipts_of(message_id: int) -> list[Receipt]:
    return list(Receipt.objects.filter(message_id=message_id).order_by("at", "pk"))


def _visible(scope: Scope) -> QuerySet[Message]:
    found = Message.objects.all()
    return found if scope.all_stores else found.filter(customer__home_store_id__in=sorted(scope.store_ids))


def dispatch(dispatch_id: int) -> Dispatch:
    return Dispatch.objects.get(pk=dispatch_id)


def counts_by_state(campaign_id: int, *, scope: Scope) -> dict[str, int]:
    """How many messages of a campaign are in each state, to people in scope."""
    rows = _visible(scope).filter(campaign_id=campaign_id).values("state").annotate(count=Count("pk"))
    return {row["state"]: row["count"] for row in rows}


def counts_by_reason(campaign_id: int, *, scope: Scope) -> dict[str, int]:
    """Why messages of a campaign to people in scope were not sent, and how many for each reason."""
    rows = (
        _visible(scope)
        .filter(campaign_id=campaign_id, state__in=[Message.State.NOT_SENT, Message.State.FAILED])
        .values("reason")
        .annotate(count=Count("pk"))
    )
    return {row["reason"]: row["count"] for row in rows}


MESSAGE_MOMENTS = "SELECT created_at AS at, id FROM messaging_message WHERE customer_id = %(customer_id)s::bigint"


def timeline_of_messages(customer_id: int, ids: Sequence[int]) -> Iterable[timeline.Entry]:
    """Messages for the customer's timeline, at the instant they were sent or, unsent, written."""
    subject = TemplateVersion.objects.filter(pk=OuterRef("template_version_id")).values("template__name")[:1]
    return [
        timeline.Entry(
            at=row.created_at,
            kind="message",
            id=row.pk,
            title_code=f"timeline.message_{row.state}",
            params={
                "channel": row.channel,
                "template": row.template_name,
                "state": row.state,
                "reason": row.reason,
                "sent_at": row.sent_at.isoformat() if row.sent_at else None,
                "opened": row.opened_at is not None,
                "clicked": row.clicked_at is not None,
                "campaign_id": row.campaign_id,
            },
            link=f"/campaigns/{row.campaign_id}" if row.campaign_id else None,
        )
        for row in Message.objects.filter(pk__in=ids).annotate(template_name=Subquery(subject))
    ]


RECEIPT_MOMENTS = """
SELECT r.at, r.id FROM messaging_message m JOIN messaging_receipt r ON r.message_id = m.id
 WHERE m.customer_id = %(customer_id)s::bigint
"""


def timeline_of_receipts(customer_id: int, ids: Sequence[int]) -> Iterable[timeline.Entry]:
    """What became of messages after they left: opened, clicked, bounced … each at its own instant."""
    subject = TemplateVersion.objects.filter(pk=OuterRef("message__template_version_id")).values("template__name")[:1]
    heard = Receipt.objects.filter(pk__in=ids).select_related("message")
    return [
        timeline.Entry(
            at=row.at,
            kind="receipt",
            id=row.pk,
            title_code=f"timeline.receipt.{row.kind}",
            params={"channel": row.message.channel, "template": row.template_name},
            link=f"/campaigns/{row.message.campaign_id}" if row.message.campaign_id else None,
        )
        for row in heard.annotate(template_name=Subquery(subject))
    ]


@dataclass(frozen=True, slots=True)
class MessageFigures:
    """How many people of an arm were reached, and what they did with it. `reached`: the server took the message."""

    reached: int = 0
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    bounced: int = 0


def figures_by_arm(campaign_id: int, *, scope: Scope) -> dict[int, MessageFigures]:
    """Of people in scope."""
    sent = Q(state=Message.State.SENT)
    rows = (
        _visible(scope)
        .filter(campaign_id=campaign_id)
        .values("arm")
        .annotate(
            reached=Count("pk", filter=sent),
            delivered=Count("pk", filter=sent & Q(bounced_at=None)),
            opened=Count("opened_at"),
            clicked=Count("clicked_at"),
            unsubscribed=Count("unsubscribed_at"),
            bounced=Count("bounced_at"),
        )
    )
    columns = ("arm", "reached", "delivered", "opened", "clicked", "unsubscribed", "bounced")
    return {arm: MessageFigures(*counts) for arm, *counts in rows.values_list(*columns)}


def counts_by_campaign(campaign_ids: Sequence[int], *, scope: Scope) -> dict[int, dict[str, int]]:
    """As `counts_by_state`, for a list of campaigns in one query."""
    counts: dict[int, dict[str, int]] = {campaign_id: {} for campaign_id in campaign_ids}
    messages = _visible(scope).filter(campaign_id__in=campaign_ids)
    rows = messages.values("campaign_id", "state").annotate(n=Count("pk"))
    for campaign_id, state, count in rows.values_list("campaign_id", "state", "n"):
        if campaign_id is not None:
            counts[campaign_id][state] = count
    return counts
