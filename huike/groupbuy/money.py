"""What group buying owes and is owed, in double entry: the postings of `docs/algorithms/group-life.md`, section 7.

Each in the caller's transaction, once per what it is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from huike.kernel.money import Money
from huike.ledger import services as ledger


def asset_of(currency: str) -> str:
    return f"deals:{currency}"


def merchant_account(merchant_id: int) -> str:
    return f"merchant:{merchant_id}"


def captured(payment_id: int, amount: Money, *, reference: str, at: datetime) -> None:
    moves = {"paid": -amount.amount_minor, "unused": amount.amount_minor}
    _post(amount.currency, moves, key=f"payment:{payment_id}", reference=reference, at=at)


def refunded(refund_id: int, amount: Money, *, reference: str, at: datetime) -> None:
    moves = {"unused": -amount.amount_minor, "paid": amount.amount_minor}
    _post(amount.currency, moves, key=f"refund:{refund_id}", reference=reference, at=at)


def redeemed(
    redemption_id: int, amount: Money, *, commission_minor: int, merchant_id: int, reference: str, at: datetime
) -> None:
    moves = _to_merchant(amount.amount_minor, commission_minor, merchant_id)
    _post(amount.currency, moves, key=f"voucher_redemption:{redemption_id}", reference=reference, at=at)


def redemption_of(key: str) -> int | None:
    """The redemption that a posting by this key is of, done or undone; None for any other."""
    what, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    return int(number) if what == "voucher_redemption" and number.isdigit() else None


def undone(
    redemption_id: int, amount: Money, *, commission_minor: int, merchant_id: int, reference: str, at: datetime
) -> None:
    moves = _to_merchant(-amount.amount_minor, -commission_minor, merchant_id)
    _post(amount.currency, moves, key=f"voucher_redemption:{redemption_id}:undo", reference=reference, at=at)


def kept(voucher_id: int, amount: Money, *, commission_minor: int, merchant_id: int, at: datetime) -> None:
    """What was left of an expired voucher, where the terms leave it with the merchant."""
    moves = _to_merchant(amount.amount_minor, commission_minor, merchant_id)
    _post(amount.currency, moves, key=f"voucher:{voucher_id}:kept", reference=f"voucher:{voucher_id}", at=at)


def _to_merchant(amount_minor: int, commission_minor: int, merchant_id: int) -> dict[str, int]:
    return {
        "unused": -amount_minor,
        merchant_account(merchant_id): amount_minor - commission_minor,
        "commission": commission_minor,
    }


def _post(currency: str, moves: Mapping[str, int], *, key: str, reference: str, at: datetime) -> None:
    ledger.post(asset_of(currency), moves, key=key, at=at, reference=reference)
