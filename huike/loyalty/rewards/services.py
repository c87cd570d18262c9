"""Writes: the catalogue, and every change of a redemption: one conditional update, one row of history.

`docs/algorithms/rewards.md` is the specification. Locks are taken in one order: her file, her account, the reward, the
redemption.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from huike.customers import selectors as customers
from huike.customers.errors import CustomerNotFound
from huike.kernel.codes import make_code
from huike.kernel.scope import EVERYTHING, Scope
from huike.ledger import selectors as ledger
from huike.ledger import services as holds
from huike.ledger.books import Books, open_books
from huike.loyalty.errors import ProgrammeNotFound
from huike.loyalty.events import RedemptionEnded, RewardRedeemed
from huike.loyalty.models import Redemption, RedemptionChange, Reward, RewardCode
from huike.loyalty.points.reading import asset_of
from huike.loyalty.programme import selectors as programmes
from huike.loyalty.rewards import selectors
from huike.loyalty.rewards.errors import (
    REFUSALS,
    RedemptionCodeGiven,
    RedemptionCouponUsed,
    RedemptionKeyReused,
    RedemptionStateRefused,
    RewardInvalid,
    RewardNotFound,
    RewardSoldOut,
    RewardStateRefused,
)
from huike.loyalty.rewards.rules import CODE_LENGTH, collect_until, states_before, why_not
from huike.platform import audit, clock, pictures, sql
from huike.platform.audit import SYSTEM, Actor
from huike.platform.config import get_config
from huike.platform.outbox import announce
from huike.promotions import selectors as coupons
from huike.promotions.coupons import issuing
from huike.promotions.coupons import services as life
from huike.promotions.errors import CouponStateRefused
from huike.promotions.offers.selectors import find_offer

_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardDraft:
    """A reward as it is to be. Empty `tiers` means every tier; no `stock` means any number."""

    kind: str
    name_zh: str
    name_en: str
    points: int
    about_zh: str = ""
    about_en: str = ""
    picture_id: str | None = None
    use_zh: str = ""
    use_en: str = ""
    offer_id: int | None = None
    product_id: int | None = None
    partner: str = ""
    has_codes: bool = False
    tiers: Sequence[str] = ()
    limit_count: int | None = None
    limit_period: str = "ever"
    stock: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    collect_days: int = 30


def create_reward(draft: RewardDraft, *, actor: Actor) -> Reward:
    """A draft in the programme that runs. Raises ProgrammeNotFound, RewardInvalid, OfferNotFound."""
    running = programmes.running()
    if running is None:
        raise ProgrammeNotFound
    _check(draft)
    with transaction.atomic():
        reward = Reward.objects.create(
            programme=running,
            created_by_id=actor.id if actor.kind == "user" else None,
            **{**asdict(draft), "tiers": sorted(set(draft.tiers)), "stock": 0 if draft.has_codes else draft.stock},
        )
        audit.record(actor, "create_reward", subject_kind="reward", subject_id=reward.pk)
        return reward


def update_reward(reward_id: int, draft: RewardDraft, *, actor: Actor) -> Reward:
    """Give a reward these words, price and conditions, for redemptions from now on.

    Raises RewardNotFound, RewardInvalid (also where its kind would change, or more are out than `stock`),
    OfferNotFound, RewardStateRefused once it has ended.
    """
    _check(draft)
    with transaction.atomic():
        reward = Reward.objects.select_for_update().filter(pk=reward_id).first()
        if reward is None:
            raise RewardNotFound
        if reward.state == Reward.State.ENDED:
            raise RewardStateRefused(state=reward.state)
        if (reward.kind, reward.has_codes) != (draft.kind, draft.has_codes):
            raise RewardInvalid("a reward keeps its kind", field="kind")
        wanted = replace(draft, stock=reward.stock) if reward.has_codes else draft
        if wanted.stock is not None and wanted.stock < reward.taken:
            raise RewardInvalid("more of it are out already", field="stock", taken=reward.taken)
        for name, value in asdict(wanted).items():
            setattr(reward, name, sorted(set(value)) if name == "tiers" else value)
        reward.updated_at = clock.now()
        reward.save()
        audit.record(actor, "update_reward", subject_kind="reward", subject_id=reward_id)
        return reward


def _check(draft: RewardDraft) -> None:
    is_coupon = draft.kind == Reward.Kind.COUPON
    if is_coupon != (draft.offer_id is not None):
        raise RewardInvalid("a coupon is of an offer", field="offer_id")
    if draft.offer_id is not None:
        find_offer(draft.offer_id)
    if draft.picture_id is not None and pictures.unknown_of([draft.picture_id]):
        raise RewardInvalid("there is no such picture", field="picture")
    if draft.product_id is not None and draft.kind != Reward.Kind.PRODUCT:
        raise RewardInvalid("only a product names one", field="product_id")
    if draft.has_codes and draft.kind != Reward.Kind.BENEFIT:
        raise RewardInvalid("only a partner's benefit has codes", field="has_codes")
    if draft.starts_at is not None and draft.ends_at is not None and draft.starts_at >= draft.ends_at:
        raise RewardInvalid("it ends before it starts", field="ends_at")


def activate_reward(reward_id: int, *, actor: Actor) -> None:
    """Raises RewardNotFound, RewardStateRefused."""
    _move_reward(reward_id, Reward.State.ACTIVE, actor)


def pause_reward(reward_id: int, *, actor: Actor) -> None:
    """Nobody may redeem it until it is active again; what was promised is still handed out. Raises as above."""
    _move_reward(reward_id, Reward.State.PAUSED, actor)


def end_reward(reward_id: int, *, actor: Actor) -> None:
    """For good; what was promised is still handed out. Raises as above."""
    _move_reward(reward_id, Reward.State.ENDED, actor)


def _move_reward(reward_id: int, target: Reward.State, actor: Actor) -> None:
    with transaction.atomic():
        movable = Reward.objects.filter(pk=reward_id, state__in=states_before(target))
        if not movable.update(state=target, updated_at=clock.now()):
            state = Reward.objects.filter(pk=reward_id).values_list("state", flat=True).first()
            if state is None:
                raise RewardNotFound
            raise RewardStateRefused(state=state, wanted=target.value)
        audit.record(actor, "move_reward", subject_kind="reward", subject_id=reward_id, details={"state": target.value})


def add_codes(reward_id: int, texts: Iterable[str], *, actor: Actor) -> int:
    """Put a partner's codes into stock; how many are new. A code that is there already is left out.

    Raises RewardNotFound, RewardInvalid for a reward without codes, RewardStateRefused once it has ended.
    """
    wanted = list(dict.fromkeys(text for text in (told.strip() for told in texts) if text))
    with transaction.atomic():
        reward = Reward.objects.select_for_update().filter(pk=reward_id).first()
        if reward is None:
            raise RewardNotFound
        if not reward.has_codes:
            raise RewardInvalid("the reward has no codes", field="has_codes")
        if reward.state == Reward.State.ENDED:
            raise RewardStateRefused(state=reward.state)
        added = len(
            sql.rows(
                """
                INSERT INTO loyalty_reward_code (reward_id, text)
                SELECT %(reward)s, told.text FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS told (text, place)
                 ORDER BY told.place
                ON CONFLICT DO NOTHING RETURNING id
                """,
                {"reward": reward_id, "texts": wanted},
            )
        )
        reward.stock = (reward.stock or 0) + added
        reward.updated_at = clock.now()
        reward.save(update_fields=["stock", "updated_at"])
        audit.record(actor, "add_reward_codes", subject_kind="reward", subject_id=reward_id, details={"count": added})
        return added


def redeem(
    reward_id: int, customer_id: int, *, key: str, now: datetime, actor: Actor, scope: Scope = EVERYTHING
) -> Redemption:
    """Exchange her points for the reward, once for each `key`; a second time gives the redemption that is there.

    Raises RewardNotFound, CustomerNotFound, RedemptionKeyReused, a reason of `rules.why_not`, InsufficientBalance,
    AccountFrozen, OfferNotActive.
    """
    customers.find_standing(customer_id, scope=scope)
    with transaction.atomic():
        her = _standing_file(customer_id)
        reward = selectors.find_reward(reward_id)
        asset = asset_of(reward.programme_id)
        with open_books(asset, [her]) as books:
            known = Redemption.objects.filter(key=key).first()
            if known is not None:
                if (known.reward_id, known.customer_id) != (reward_id, her):
                    raise RedemptionKeyReused(key=key)
                return selectors.find_redemption(known.pk)
            _may_have(reward_id, her, now=now)
            _take_one(reward_id)
            redemption = _write(reward, her, key=key, now=now, actor=actor)
            if redemption.state == Redemption.State.FULFILLED:
                books.burn(her, redemption.points, key=_burn_key(redemption.pk), at=now, **_about(redemption, actor))
        if redemption.state == Redemption.State.REQUESTED and redemption.until_at is not None:
            holds.hold(
                asset,
                her,
                redemption.points,
                key=hold_key(redemption.pk),
                until=redemption.until_at,
                now=now,
                reference=reference_of(redemption.pk),
                actor=actor.label,
            )
        _give(reward, redemption, now=now)
        announce(
            RewardRedeemed(
                redemption_id=redemption.pk,
                reward_id=reward_id,
                points=redemption.points,
                state=redemption.state,
                customer_id=her,
                occurred_at=now,
            )
        )
    return selectors.find_redemption(redemption.pk)


def _standing_file(customer_id: int) -> int:
    """Her file, or the one that stands for it: locked against a merge until the transaction ends."""
    found = sql.row("SELECT id, merged_into_id FROM customers_customer WHERE id = %s FOR KEY SHARE", [customer_id])
    if found is None:
        raise CustomerNotFound
    return int(found[1] or found[0])


@contextmanager
def _her_books(redemption_id: int) -> Iterator[tuple[Redemption, Books]]:
    """The redemption, and the books of whose it is; in a transaction of its own."""
    with transaction.atomic():
        _standing_file(selectors.find_redemption(redemption_id).customer_id)
        # Read again: what was merged meanwhile moved with her.
        found = selectors.find_redemption(redemption_id)
        with open_books(asset_of(found.reward.programme_id), [found.customer_id]) as books:
            yield found, books


def reference_of(redemption_id: int) -> str:
    """What a posting of the ledger says it was for."""
    return f"redemption:{redemption_id}"


def hold_key(redemption_id: int) -> str:
    return f"redemption:{redemption_id}"


def _burn_key(redemption_id: int) -> str:
    return f"redemption:{redemption_id}:burned"


def _about(redemption: Redemption, actor: Actor) -> dict[str, Any]:
    return {
        "reference": reference_of(redemption.pk),
        "reason": {"redemption": redemption.pk, "reward": redemption.reward_id},
        "actor": actor.label,
    }


def _may_have(reward_id: int, customer_id: int, *, now: datetime) -> None:
    reward = selectors.find_reward(reward_id)
    member = selectors.members_facts(customer_id, [reward_id])[reward_id]
    refusal = why_not(selectors.facts_of(reward), member, now=now, zone=get_config().zone)
    if refusal is not None:
        raise REFUSALS[refusal.code](**refusal.params)


# Looking and taking in one: whoever comes second waits for the row and sees what is left.
_TAKE_ONE = """
UPDATE loyalty_reward SET taken = taken + 1
 WHERE id = %(id)s AND state = 'active' AND (stock IS NULL OR taken < stock)
RETURNING id
"""


def _take_one(reward_id: int) -> None:
    if sql.row(_TAKE_ONE, {"id": reward_id}) is not None:
        return
    state = Reward.objects.values_list("state", flat=True).get(pk=reward_id)
    if state != Reward.State.ACTIVE:
        raise REFUSALS["reward.not_active"](state=state)
    raise RewardSoldOut


def _put_back(reward_id: int) -> None:
    sql.rows("UPDATE loyalty_reward SET taken = taken - 1 WHERE id = %s", [reward_id])


def _write(reward: Reward, customer_id: int, *, key: str, now: datetime, actor: Actor) -> Redemption:
    waits = reward.kind == Reward.Kind.PRODUCT
    redemption = Redemption.objects.create(
        key=key,
        code=make_code(length=CODE_LENGTH, randbelow=secrets.randbelow),
        reward=reward,
        customer_id=customer_id,
        state=Redemption.State.REQUESTED if waits else Redemption.State.FULFILLED,
        points=reward.points,
        requested_at=now,
        until_at=collect_until(now, reward.collect_days, get_config().zone) if waits else None,
        ended_at=None if waits else now,
    )
    RedemptionChange.objects.create(
        redemption=redemption, at=now, from_state=None, to_state=redemption.state, actor=actor.label[:120]
    )
    return redemption


def _give(reward: Reward, redemption: Redemption, *, now: datetime) -> None:
    """The coupon or the code she gets at once."""
    if reward.offer_id is not None:
        reason = reference_of(redemption.pk)
        issuing.issue(reward.offer_id, [redemption.customer_id], reason=reason, now=now)
        issued = coupons.coupons_of(offer_id=reward.offer_id, customer_ids=[redemption.customer_id], reason=reason)
        coupon = coupons.find_coupon(issued[redemption.customer_id].code)
        Redemption.objects.filter(pk=redemption.pk).update(coupon=coupon)
    elif reward.has_codes:
        taken = sql.row(
            """
            UPDATE loyalty_reward_code SET redemption_id = %(redemption)s
             WHERE id = (SELECT id FROM loyalty_reward_code WHERE reward_id = %(reward)s AND redemption_id IS NULL
                          ORDER BY id LIMIT 1 FOR UPDATE)
            RETURNING id
            """,
            {"redemption": redemption.pk, "reward": reward.pk},
        )
        if taken is None:
            raise RewardSoldOut


def fulfil(
    redemption_id: int,
    *,
    now: datetime,
    actor: Actor,
    store_id: int | None = None,
    note: str = "",
) -> Redemption:
    """Hand a requested product out: her points are spent. Again, it does nothing.

    Raises RedemptionNotFound, RedemptionStateRefused once it was cancelled, or its time is over.
    """
    with _her_books(redemption_id) as (found, books):
        moved = _move(
            redemption_id,
            to_state=Redemption.State.FULFILLED,
            leaves=[Redemption.State.REQUESTED],
            in_time=True,
            now=now,
            actor=actor,
            note=note,
            store_id=store_id,
        )
        current = selectors.find_redemption(redemption_id)
        if not moved:
            if current.state == Redemption.State.FULFILLED:
                return current
            late = current.state == Redemption.State.REQUESTED
            raise RedemptionStateRefused(state=Redemption.State.EXPIRED.value if late else current.state)
        holds.end_in(
            hold_key(redemption_id),
            found.points,
            state="settled",
            books=books,
            now=now,
            **_about(current, actor),
        )
        _tell(current, now)
    return current


def cancel(redemption_id: int, *, note: str, now: datetime, actor: Actor) -> Redemption:
    """Give her points back to where they came from, and the piece to the stock. Again, it does nothing.

    Raises RedemptionNotFound, RedemptionStateRefused once it has expired, RedemptionCouponUsed, RedemptionCodeGiven.
    """
    with _her_books(redemption_id) as (found, books):
        before = Redemption.objects.values_list("state", flat=True).get(pk=redemption_id)
        moved = _move(
            redemption_id,
            to_state=Redemption.State.CANCELLED,
            leaves=[Redemption.State.REQUESTED, Redemption.State.FULFILLED],
            now=now,
            actor=actor,
            note=note,
        )
        current = selectors.find_redemption(redemption_id)
        if not moved:
            if current.state == Redemption.State.CANCELLED:
                return current
            raise RedemptionStateRefused(state=current.state)
        if before == Redemption.State.REQUESTED:
            holds.end_in(hold_key(redemption_id), 0, state="released", books=books, now=now, actor=actor.label)
        else:
            _take_back(current, note=note, now=now, actor=actor)
            (spent_id,) = ledger.burns_of(reference_of(redemption_id), asset=asset_of(found.reward.programme_id))
            books.restore(
                found.customer_id,
                ledger.still_spent(spent_id),
                found.points,
                key=f"redemption:{redemption_id}:restored",
                at=now,
                reverses_id=spent_id,
                **_about(current, actor),
            )
        _put_back(found.reward_id)
        audit.record(
            actor, "cancel_redemption", subject_kind="redemption", subject_id=redemption_id, details={"note": note}
        )
        _tell(current, now)
    return current


def _take_back(redemption: Redemption, *, note: str, now: datetime, actor: Actor) -> None:
    """What she was given goes out of use."""
    if redemption.coupon is not None:
        try:
            life.void_coupon(redemption.coupon.code, note=note, now=now, actor=actor, undoable=False)
        except CouponStateRefused as refused:
            raise RedemptionCouponUsed from refused
    elif RewardCode.objects.filter(redemption=redemption).exists():
        raise RedemptionCodeGiven


def expire_overdue(*, now: datetime) -> int:
    """Give back what nobody collected in time; how many. Call it until it says 0."""
    waiting = Redemption.objects.filter(state=Redemption.State.REQUESTED, until_at__lte=now)
    overdue = list(waiting.order_by("until_at").values_list("pk", flat=True)[:_BATCH])
    for redemption_id in overdue:
        with _her_books(redemption_id) as (found, books):
            if not _move(
                redemption_id,
                to_state=Redemption.State.EXPIRED,
                leaves=[Redemption.State.REQUESTED],
                now=now,
                actor=SYSTEM,
                note="",
            ):
                continue  # it was handed out or cancelled in this very moment
            # The ledger may have let go of the hold already: its time is the same.
            holds.end_in(hold_key(redemption_id), 0, state="timed_out", books=books, now=now)
            _put_back(found.reward_id)
            _tell(selectors.find_redemption(redemption_id), now)
    return len(overdue)


def _tell(redemption: Redemption, now: datetime) -> None:
    announce(
        RedemptionEnded(
            redemption_id=redemption.pk,
            reward_id=redemption.reward_id,
            points=redemption.points,
            state=redemption.state,
            customer_id=redemption.customer_id,
            occurred_at=now,
        )
    )


# Who comes second waits for the row, then sees what the first made of it and changes nothing.
_MOVE = """
WITH before AS (SELECT id, state, until_at FROM loyalty_redemption WHERE id = %(id)s FOR UPDATE),
changed AS (
    UPDATE loyalty_redemption r
       SET state = %(to)s, ended_at = %(at)s, store_id = COALESCE(%(store)s::bigint, r.store_id)
      FROM before
     WHERE r.id = before.id AND before.state = ANY(%(leaves)s)
       AND (NOT %(in_time)s OR before.until_at IS NULL OR before.until_at > %(at)s)
    RETURNING r.id, before.state
)
INSERT INTO loyalty_redemption_change (redemption_id, at, from_state, to_state, actor, note)
SELECT id, %(at)s, state, %(to)s, %(actor)s, %(note)s FROM changed
"""


def _move(
    redemption_id: int,
    *,
    to_state: str,
    leaves: Sequence[str],
    now: datetime,
    actor: Actor,
    note: str,
    store_id: int | None = None,
    in_time: bool = False,
) -> bool:
    """False where the redemption is in no state this may leave, or `in_time` and its time is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "id": redemption_id,
                "to": str(to_state),
                "leaves": [str(state) for state in leaves],
                "at": now,
                "store": store_id,
                "in_time": in_time,
                "actor": actor.label[:120],
                "note": note[:300],
            },
        )
        return bool(cursor.rowcount)
