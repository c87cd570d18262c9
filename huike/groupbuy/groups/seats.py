"""What money that came, did not come, or went back means for a group: seats, forming, failing, leaving.

`ParticipationListener` is called by the payment side in the transaction that learned of it; the group is locked before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from huike.groupbuy import money
from huike.groupbuy.errors import ParticipationNotFound, ParticipationStateRefused
from huike.groupbuy.events import (
    GroupFailed,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    GroupOpened,
    ParticipationRefunded,
)
from huike.groupbuy.groups import changes
from huike.groupbuy.groups.joining import PREFIX, hold_group
from huike.groupbuy.groups.rules import Member, heir_of, why_given_back
from huike.groupbuy.models import Group, Participation
from huike.groupbuy.vouchers import issuing
from huike.payments import services as payments
from huike.payments.listeners import Listener
from huike.payments.selectors import PaymentView, RefundView
from huike.platform import audit, locks, sql
from huike.platform.audit import Actor
from huike.platform.outbox import announce

_State = Participation.State


class ParticipationListener(Listener):
    """Hears of payments for `participation:<id>`."""

    def hold(self, reference: str) -> None:
        hold_group(_id_of(reference))

    def captured(self, payment: PaymentView, now: datetime) -> None:
        money.captured(payment.id, payment.amount, reference=payment.reference, at=now)
        part = _part(_id_of(payment.reference))
        captured_at = payment.captured_at or now
        reason = why_given_back(
            participation_state=part.state,
            group_state=part.group_state,
            seats=part.seats,
            size=part.size,
            deadline_at=part.deadline_at,
            captured_at=captured_at,
        )
        seats = None
        if reason is None:
            seats = changes.take_seat(
                part.id, part.group_id, payment_id=payment.id, is_paying=_tried_twice(part, payment.id), at=now
            )
            reason = "full" if seats is None else None
        if seats is None or reason is not None:
            one = _participation(part.id)
            _give_back(one, payment.id, payment.amount.amount_minor, reason or "full", now)
        else:
            _seat(part, payment.id, seats, now)

    def ended(self, payment: PaymentView, now: datetime) -> None:
        one = _participation(_id_of(payment.reference))
        if one.payment_id != payment.id:
            return  # another try has taken its place
        Participation.objects.filter(pk=one.pk).update(is_paying=False)
        if one.state == _State.RESERVED and (now >= one.pay_until or one.group.state != Group.State.FORMING):
            lapse(one, reason="unpaid", now=now)

    def refund_ended(self, refund: RefundView, now: datetime) -> None:
        succeeded = refund.state == "succeeded"
        if succeeded:
            money.refunded(refund.id, refund.amount, reference=refund.reference, at=now)
        one = _participation(_id_of(refund.reference))
        if succeeded and one.refund_id == refund.id:
            changes.move([one.pk], _State.REFUNDED, from_states=[_State.REFUNDING], reason=one.reason, at=now)
        announce(
            ParticipationRefunded(
                participation_id=one.pk,
                group_id=one.group_id,
                deal_id=one.deal_id,
                amount_minor=refund.amount.amount_minor,
                currency=refund.amount.currency,
                state="refunded" if succeeded else "refused",
                customer_id=one.customer_id,
                occurred_at=now,
            )
        )


def _id_of(reference: str) -> int:
    return int(reference.removeprefix(f"{PREFIX}:"))


def _participation(participation_id: int) -> Participation:
    """Her row, locked; the group is locked already."""
    return Participation.objects.select_for_update(of=("self",)).select_related("group").get(pk=participation_id)


@dataclass(frozen=True, slots=True)
class _Part:
    """Her part and her group, as far as a seat needs them."""

    id: int
    state: str
    payment_id: int | None
    is_paying: bool
    customer_id: int
    deal_id: int
    group_id: int
    group_state: str
    seats: int
    size: int
    deadline_at: datetime


_PART = """
SELECT p.id, p.state, p.payment_id, p.is_paying, p.customer_id, p.deal_id, g.id, g.state, g.seats, g.size, g.deadline_at
  FROM groupbuy_participation p JOIN groupbuy_group g ON g.id = p.group_id
 WHERE p.id = %s FOR UPDATE OF p
"""


def _part(participation_id: int) -> _Part:
    """As `_participation`, for the step that everybody takes."""
    return _Part(*sql.rows(_PART, [participation_id])[0])


# A seat


def _seat(part: _Part, payment_id: int, seats: int, now: datetime) -> None:
    told: dict[str, Any] = {
        "group_id": part.group_id,
        "deal_id": part.deal_id,
        "customer_id": part.customer_id,
        "occurred_at": now,
    }
    joined = GroupJoined(**told, participation_id=part.id, missing=part.size - seats)
    if seats == 1:
        announce(GroupOpened(**told, size=part.size, deadline_at=part.deadline_at.isoformat()), joined)
    else:
        announce(joined)
    if seats == part.size:
        form(part.group_id, part.deal_id, now=now)
    if _tried_twice(part, payment_id) and part.payment_id is not None:
        payments.close(part.payment_id, now=now)


def _tried_twice(part: _Part, payment_id: int) -> bool:
    """Whether another payment of hers is on its way than the one that came."""
    return part.is_paying and part.payment_id != payment_id


def _give_back(one: Participation, payment_id: int, amount_minor: int, reason: str, now: datetime) -> None:
    """Money that takes no seat goes back at once. Where she has a seat by another payment, nothing else changes."""
    refund = payments.refund(
        payment_id, amount_minor, key=f"{PREFIX}:{one.pk}:payment:{payment_id}", reason=reason, now=now
    )
    if one.payment_id == payment_id:
        Participation.objects.filter(pk=one.pk).update(is_paying=False)
    if one.state in {_State.RESERVED, _State.LAPSED}:
        Participation.objects.filter(pk=one.pk).update(refund_id=refund.id)
        changes.move([one.pk], _State.REFUNDING, from_states=[_State.RESERVED, _State.LAPSED], reason=reason, at=now)
    if one.state == _State.RESERVED:
        _close_unpaid(one.group, now=now)
        changes.release_pieces(one.deal_id, one.quantity)


# The end of a group


def form(group_id: int, deal_id: int, *, now: datetime) -> None:
    """Let a locked group be formed: everybody with a seat is confirmed and has her vouchers. Nobody pays any more."""
    if not changes.end_group(group_id, Group.State.FORMED, at=now):
        return
    confirmed = changes.confirm(group_id, at=now)
    issuing.issue(group_id, confirmed, formed_at=now)
    announce(GroupFormed(group_id=group_id, deal_id=deal_id, seats=len(confirmed), occurred_at=now))
    close_payments(group_id, now=now)
    _lapse_unpaid(group_id, now=now)


def fail(group: Group, *, reason: str, now: datetime) -> None:
    """Let a locked group fail: whoever has a seat gets her money back, once. Nobody pays any more."""
    if not changes.end_group(group.pk, Group.State.FAILED, reason=reason, at=now):
        return
    seated = list(
        Participation.objects.select_for_update().filter(group_id=group.pk, state=_State.SEATED).order_by("pk")
    )
    for one in seated:
        refund_seat(one, reason="failed", now=now)
    changes.note(group.pk, "failed", seats=0, at=now)
    announce(GroupFailed(group_id=group.pk, deal_id=group.deal_id, reason=reason, occurred_at=now))
    close_payments(group.pk, now=now)
    _lapse_unpaid(group.pk, now=now)
    changes.release_pieces(group.deal_id, sum(one.quantity for one in seated))


def refund_seat(one: Participation, *, reason: str, now: datetime) -> None:
    """The money of a seat goes back; the seat itself is the caller's, and so are the pieces."""
    assert one.seat_payment_id is not None  # noqa: S101 - the database refuses a seat without
    refund = payments.refund(
        one.seat_payment_id,
        one.amount_minor,
        key=f"{PREFIX}:{one.pk}:payment:{one.seat_payment_id}",
        reason=reason,
        now=now,
    )
    Participation.objects.filter(pk=one.pk).update(refund_id=refund.id)
    changes.move([one.pk], _State.REFUNDING, from_states=[_State.SEATED], reason=reason, at=now)


def close_payments(group_id: int, *, now: datetime) -> None:
    """Nobody wants the payments of this locked group any more that are not final: they are closed, or found paid."""
    paying = sql.rows(
        """
        SELECT payment_id FROM groupbuy_participation
         WHERE group_id = %s AND is_paying AND payment_id IS NOT NULL ORDER BY id
        """,
        [group_id],
    )
    for (payment_id,) in paying:
        payments.close(payment_id, now=now)


def _lapse_unpaid(group_id: int, *, now: datetime) -> None:
    """The pieces of those who stand between two tries to pay are free: in a group that has ended nobody tries again."""
    between = Participation.objects.select_for_update(of=("self",)).select_related("group")
    for one in between.filter(group_id=group_id, state=_State.RESERVED, is_paying=False).order_by("pk"):
        lapse(one, reason="unpaid", now=now)


def lapse(one: Participation, *, reason: str, now: datetime) -> None:
    """Pieces that nobody paid for are free again; a group whose opener never paid is over. The group is locked."""
    if not changes.move([one.pk], _State.LAPSED, from_states=[_State.RESERVED], reason=reason, at=now):
        return
    _close_unpaid(one.group, now=now)
    changes.release_pieces(one.deal_id, one.quantity)


def _close_unpaid(group: Group, *, now: datetime) -> None:
    if group.seats == 0 and not _ids(group.pk, _State.RESERVED):
        fail(group, reason=Group.Reason.UNPAID, now=now)


def _ids(group_id: int, state: str) -> list[int]:
    rows = sql.rows(
        "SELECT id FROM groupbuy_participation WHERE group_id = %s AND state = %s ORDER BY id", [group_id, state]
    )
    return [row[0] for row in rows]


# Leaving


def leave(participation_id: int, *, actor: Actor, now: datetime) -> Participation:
    """Give up a seat, or pieces that are not paid yet, while the group forms. Leaving twice is leaving once.

    What she paid goes back. Raises ParticipationNotFound, ParticipationStateRefused once the group has ended or its
    deadline is reached.
    """
    return locks.again_after_deadlock(lambda: _left(participation_id, actor=actor, now=now))


def _left(participation_id: int, *, actor: Actor, now: datetime) -> Participation:
    with transaction.atomic():
        hold_group(participation_id)
        one = (
            Participation.objects.select_for_update(of=("self",))
            .select_related("group")
            .filter(pk=participation_id)
            .first()
        )
        if one is None:
            raise ParticipationNotFound
        if one.reason == "left":
            return one
        group = one.group
        if group.state != Group.State.FORMING or now >= group.deadline_at:
            raise ParticipationStateRefused(state=one.state, group=group.state)
        if one.state == _State.SEATED:
            _give_seat_up(one, group, now)
        elif one.state == _State.RESERVED:
            lapse(one, reason="left", now=now)
            if one.is_paying and one.payment_id is not None:
                payments.close(one.payment_id, now=now)
        else:
            raise ParticipationStateRefused(state=one.state, group=group.state)
        audit.record(actor, "leave_group", subject_kind="participation", subject_id=one.pk)
        return _participation(participation_id)


def _give_seat_up(one: Participation, group: Group, now: datetime) -> None:
    refund_seat(one, reason="left", now=now)
    others = Participation.objects.filter(group=group, state=_State.SEATED).exclude(pk=one.pk)
    members = [Member(id_, at) for id_, at in others.values_list("pk", "seated_at") if at is not None]
    leader_id = heir_of(members) if group.leader_id == one.pk else group.leader_id
    group.seats = changes.leave_seat(group.pk, leader_id=leader_id)
    if leader_id is not None and leader_id != group.leader_id:
        changes.note(group.pk, "led", seats=group.seats, participation_id=leader_id, at=now)
    announce(
        GroupLeft(
            group_id=group.pk,
            deal_id=group.deal_id,
            participation_id=one.pk,
            missing=group.size - group.seats,
            customer_id=one.customer_id,
            occurred_at=now,
        )
    )
    if group.seats == 0:
        fail(group, reason=Group.Reason.LEFT, now=now)
    changes.release_pieces(one.deal_id, one.quantity)
