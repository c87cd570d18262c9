"""Bodies of the endpoints about liability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from huike.kernel.money import Money
from huike.loyalty.liability.rules import Expected, month_text
from huike.loyalty.liability.selectors import Liability, Outstanding, names_of
from huike.platform.schema import Schema

MonthText = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
HouseAccount = Annotated[str, Field(pattern=r"^[a-z]{1,40}$")]


class OutstandingOut(Schema):
    """All members together. `total` is what the house owes them: what they owe is taken off. `name` is that of a count
    card, empty of points and money."""

    asset: str
    name: str
    pending: int
    available: int
    held: int
    owed: int
    total: int
    members: int

    @classmethod
    def of(cls, asset: str, one: Outstanding, *, names: Mapping[str, str]) -> OutstandingOut:
        return cls(
            asset=asset,
            name=names.get(asset, ""),
            pending=one.pending,
            available=one.available,
            held=one.held,
            owed=-one.owed,
            total=one.total,
            members=one.members,
        )


class ExpectedOut(Schema):
    """`untold` of the expected use is only assumed: nothing is known of what becomes of it."""

    use: int
    breakage: int
    untold: int

    @classmethod
    def of(cls, expected: Expected) -> ExpectedOut:
        return cls(use=expected.use, breakage=expected.breakage, untold=expected.untold)


class EndingOut(ExpectedOut):
    """What ends with `month`; null for what never does."""

    month: str | None
    left: int


class AgeOut(Schema):
    """Of points that came so many months before, which share was used in that month. `known`: enough is behind it."""

    age: int
    cohorts: int
    issued: int
    used: int
    rate: float
    known: bool


class WorthOut(Schema):
    amount_minor: int
    currency: str

    @classmethod
    def of(cls, money: Money) -> WorthOut:
        return cls(amount_minor=money.amount_minor, currency=money.currency)


class MovedOut(Schema):
    account: str
    amount: int


class MonthMovementOut(Schema):
    """opening + Σ moved = closing, exactly."""

    month: str
    opening: int
    moved: list[MovedOut]
    closing: int


class TrialLineOut(Schema):
    account: str
    balance: int


class ProofOut(Schema):
    at: datetime
    entries: int
    faults: int


class LiabilityOut(Schema):
    """`full` is the worth of everything outstanding, `expected_cost` of what is expected to be used: of uses what was
    paid for them, null of what is neither points of the running programme nor uses sold in one currency. `enough_data`
    is false where nothing is known of any of it."""

    asset: str
    assets: list[OutstandingOut]
    outstanding: OutstandingOut
    full: WorthOut | None
    expected_cost: WorthOut | None
    expected: ExpectedOut
    enough_data: bool
    endings: list[EndingOut]
    ages: list[AgeOut]
    movement: MonthMovementOut
    trial: list[TrialLineOut]
    proof: ProofOut | None

    @classmethod
    def whole(cls, told: Liability, *, assets: Sequence[tuple[str, Outstanding]], month: str) -> LiabilityOut:
        worth, expected, names = told.worth, told.expected, names_of([told.asset, *(asset for asset, _ in assets)])
        return cls(
            asset=told.asset,
            assets=[OutstandingOut.of(*one, names=names) for one in assets],
            outstanding=OutstandingOut.of(told.asset, told.outstanding, names=names),
            full=WorthOut.of(worth.full) if worth else None,
            expected_cost=WorthOut.of(worth.expected_cost) if worth else None,
            expected=ExpectedOut.of(expected),
            enough_data=expected.untold < expected.use + expected.breakage,
            endings=[
                EndingOut(
                    month=None if one.month is None else month_text(one.month),
                    left=one.left,
                    **ExpectedOut.of(one.expected).model_dump(),
                )
                for one in told.endings
            ],
            ages=[
                AgeOut(
                    age=one.age,
                    cohorts=one.cohorts,
                    issued=one.issued,
                    used=one.used,
                    rate=float(one.rate),
                    known=one.is_known,
                )
                for one in told.ages
            ],
            movement=MonthMovementOut(
                month=month,
                opening=told.movement.opening,
                moved=[MovedOut(account=name, amount=amount) for name, amount in told.movement.by_account.items()],
                closing=told.movement.closing,
            ),
            trial=[TrialLineOut(account=line.account, balance=line.balance) for line in told.trial],
            proof=ProofOut(at=told.proof.at, entries=told.proof.entries, faults=len(told.proof.faults))
            if told.proof
            else None,
        )


class MemberEndingOut(Schema):
    customer_id: int
    name: str
    left: int


class PostedOut(Schema):
    transaction_id: int
    kind: str
    posted_at: datetime
    customer_id: int | None
    name: str
    amount: int
    reference: str
