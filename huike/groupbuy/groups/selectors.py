"""Reading groups and who takes part in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from huike.customers.timeline import Entry
from huike.groupbuy.errors import GroupNotFound, ParticipationNotFound
from huike.groupbuy.models import Group, GroupChange, Participation, ParticipationChange
from huike.kernel.scope import EVERYTHING, Scope


def list_groups(
    *,
    deal_id: int | None = None,
    state: str | None = None,
    ends_before: datetime | None = None,
    missing_at_most: int | None = None,
) -> QuerySet[Group]:
    """Groups whose opener has paid, with their deal; `missing_at_most` those that lack so few people."""
    groups = Group.objects.select_related("deal__merchant").exclude(state=Group.State.FORMING, seats=0)
    groups = groups.exclude(reason=Group.Reason.UNPAID)
    if deal_id is not None:
        groups = groups.filter(deal_id=deal_id)
    if state is not None:
        groups = groups.filter(state=state)
    if ends_before is not None:
        groups = groups.filter(state=Group.State.FORMING, deadline_at__lt=ends_before)
    if missing_at_most is not None:
        groups = groups.filter(state=Group.State.FORMING, seats__gte=F("size") - missing_at_most)
    return groups


def find_group(group_id: int) -> Group:
    """Raises GroupNotFound."""
    group = Group.objects.select_related("deal__merchant", "terms").filter(pk=group_id).first()
    if group is None:
        raise GroupNotFound
    return group


def find_by_token(token: str) -> Group:
    """The group of a link that was shared. Raises GroupNotFound."""
    group = Group.objects.select_related("deal__merchant", "terms").filter(token=token).first()
    if group is None:
        raise GroupNotFound
    return group


def changes_of(group_id: int) -> list[GroupChange]:
    return list(GroupChange.objects.filter(group_id=group_id).order_by("pk"))


def list_participations(
    *,
    scope: Scope = EVERYTHING,
    group_id: int | None = None,
    deal_id: int | None = None,
    customer_id: int | None = None,
    state: str | None = None,
) -> QuerySet[Participation]:
    """Parts in groups of customers in scope, with group, deal and customer."""
    found = Participation.objects.select_related("group", "deal", "customer")
    if not scope.all_stores:
        found = found.filter(customer__home_store_id__in=sorted(scope.store_ids))
    given = {"group_id": group_id, "deal_id": deal_id, "customer_id": customer_id, "state": state}
    return found.filter(**{name: value for name, value in given.items() if value is not None})


def find_participation(participation_id: int, *, scope: Scope = EVERYTHING) -> Participation:
    """Raises ParticipationNotFound, also outside the scope."""
    found = list_participations(scope=scope).filter(pk=participation_id).first()
    if found is None:
        raise ParticipationNotFound
    return found


def find_own(token: str) -> Participation:
    """The part of whoever has this link. Raises ParticipationNotFound."""
    found = list_participations().filter(token=token).first()
    if found is None:
        raise ParticipationNotFound
    return found


PARTICIPATION_MOMENTS = """
SELECT h.at, h.id FROM groupbuy_participation p JOIN groupbuy_participation_change h ON h.participation_id = p.id
 WHERE p.customer_id = %(customer_id)s::bigint
"""


def timeline_of_participations(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time this customer's part in a group changed."""
    return [
        Entry(
            at=change.at,
            kind="group",
            id=change.pk,
            title_code=f"timeline.group.{change.to_state}",
            params={
                "deal": change.participation.deal.name,
                "quantity": change.participation.quantity,
                "amount_minor": change.participation.amount_minor,
                "currency": change.participation.group.currency,
                "reason": change.reason,
            },
            link=f"/groupbuy/groups/{change.participation.group_id}",
        )
        for change in ParticipationChange.objects.filter(pk__in=ids).select_related(
            "participation__deal", "participation__group"
        )
    ]
