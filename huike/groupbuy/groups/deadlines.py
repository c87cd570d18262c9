"""What time does to groups: their deadline, and pieces that nobody paid for. Any number of workers may do it at once.

Section 4 of `docs/algorithms/group-life.md`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from huike.groupbuy.groups.joining import hold_group
from huike.groupbuy.groups.rules import GroupFacts, decide, is_to_be_decided
from huike.groupbuy.groups.seats import close_payments, fail, form, lapse
from huike.groupbuy.models import Group, Participation
from huike.platform import locks

_BATCH = 200


def decide_due(*, now: datetime, most: int = _BATCH) -> int:
    """Look at the groups that have reached their deadline; how many were decided.

    Payments that are not final are closed first, which asks for them; a group whose payments all are final is decided.
    """
    due = Group.objects.filter(state=Group.State.FORMING, deadline_at__lte=now)
    ids = list(due.order_by("deadline_at", "pk").values_list("pk", flat=True)[:most])
    return sum(locks.again_after_deadlock(lambda id_=id_: _decided(id_, now)) for id_ in ids)  # type: ignore[misc]


def _decided(group_id: int, now: datetime) -> bool:
    """Whether the group was decided now; one that another worker holds is left to it."""
    with transaction.atomic():
        group = Group.objects.select_for_update(skip_locked=True).filter(pk=group_id).first()
        if group is None or group.state != Group.State.FORMING:
            return False
        close_payments(group_id, now=now)
        group.refresh_from_db()  # the opener who never began to pay took it along
        facts = GroupFacts(
            state=group.state,
            size=group.size,
            forms_at=group.forms_at,
            seats=group.seats,
            deadline_at=group.deadline_at,
        )
        paying = Participation.objects.filter(group_id=group_id, is_paying=True).count()
        if not is_to_be_decided(facts, paying=paying, now=now):
            return False
        if decide(facts) == "formed":
            form(group.pk, group.deal_id, now=now)
        else:
            fail(group, reason=Group.Reason.SHORT, now=now)
        return True


def lapse_due(*, now: datetime, most: int = _BATCH) -> int:
    """Free the pieces of those whose payment ended and whose time to pay is over; how many of them.

    Whoever's payment has not ended keeps her pieces until it has (the payment side closes it by itself).
    """
    due = Participation.objects.filter(state=Participation.State.RESERVED, is_paying=False, pay_until__lte=now)
    ids = list(due.order_by("pay_until", "pk").values_list("pk", flat=True)[:most])
    return sum(locks.again_after_deadlock(lambda id_=id_: _lapsed(id_, now)) for id_ in ids)  # type: ignore[misc]


def _lapsed(participation_id: int, now: datetime) -> bool:
    with transaction.atomic():
        hold_group(participation_id)
        one = Participation.objects.select_for_update(of=("self",)).select_related("group").get(pk=participation_id)
        if one.state != Participation.State.RESERVED or one.is_paying or now < one.pay_until:
            return False
        lapse(one, reason="unpaid", now=now)
        return True
