"""Money as integers in the currency's minor unit. Floats never hold money here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from huike.kernel.errors import Invalid

# ISO 4217 minor-unit exponents that differ from 2 (source: ISO 4217:2015, table A.1).
EXPONENTS: Final = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0, "KRW": 0,
    "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0,
    "XPF": 0,
}  # fmt: skip


class CurrencyMismatch(Invalid):
    code = "money.currency_mismatch"
    title = "Amounts of different currencies cannot be combined"


class UnknownCurrency(Invalid):
    code = "money.unknown_currency"
    title = "A currency is three capital letters (ISO 4217)"


def minor_exponent(currency: str) -> int:
    """How many decimal digits the currency's minor unit has: 2 for CNY, 0 for JPY, 3 for KWD.

    Raises UnknownCurrency when the code is not three capital ASCII letters.
    """
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise UnknownCurrency(currency=currency)
    return EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `amount_minor` in the minor unit of `currency`. May be negative (a refund)."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        minor_exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other).amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other).amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Money:
        """Rounds half to even at the currency's minor unit."""
        return cls(to_minor(amount, currency), currency)

    def to_decimal(self) -> Decimal:
        return Decimal(self.amount_minor).scaleb(-minor_exponent(self.currency))

    def written(self) -> str:
        """As people write it: `¥79`, `¥9.90`, `CHF 12.50`, with its minor units where there are any."""
        number = self.to_decimal()
        told = f"{abs(number):,.0f}" if number == number.to_integral_value() else f"{abs(number):,}"
        return f"{'-' if number < 0 else ''}{currency_sign(self.currency)}{told}"


_SIGNS: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"}


def currency_sign(currency: str) -> str:
    """What stands before an amount."""
    return _SIGNS.get(currency, f"{currency} ")


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount in minor units, rounded half to even."""
    return int(amount.scaleb(minor_exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def percent_of(amount_minor: int, *, percent_bp: int) -> int:
    """`percent_bp` basis points (1/100 of a percent) of an amount, rounded half to even, sign kept."""
    return int((Decimal(amount_minor) * percent_bp / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def allocate(total_minor: int, weights: list[int]) -> list[int]:
    """Split `total_minor` by non-negative `weights` so that the parts sum to it exactly.

    Largest-remainder method (Hamilton); ties go to the earlier part. With all weights zero everything goes to the
    first part. Raises ValueError on an empty or negative list.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be a non-empty list of non-negative integers")
    whole = sum(weights)
    if whole == 0:
        return [total_minor] + [0] * (len(weights) - 1)
    sign = -1 if total_minor < 0 else 1
    size = abs(total_minor)
    parts = [size * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in remainders[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]
