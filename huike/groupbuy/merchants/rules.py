"""Checks of an application, and the score they come to. Pure; `docs/algorithms/merchants.md` is the specification."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final
from unicodedata import normalize

from stdnum import numdb
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from huike.groupbuy.merchants.errors import BankAccountInvalid, CreditCodeInvalid

NATIONAL: Final = "100000"
"""The region in a code of a business that registered nationally."""
SOON: Final = timedelta(days=30)

_SEPARATORS = re.compile(r"[\s\-]")


class Outcome(StrEnum):
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    WAIVED = "waived"


CHECKS: Final = (
    "credit_code",
    "licence",
    "documents",
    "duplicates",
    "licence_matches",
    "premises",
    "bank_account",
)
"""Every check, in the order in which they are shown."""
MANUAL: Final = frozenset({"licence_matches", "premises", "bank_account"})

_WORTH: Final = {
    Outcome.PASSED: Fraction(1),
    Outcome.WARNED: Fraction(1, 2),
    Outcome.WAIVED: Fraction(1, 2),
    Outcome.FAILED: Fraction(0),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says, and by what."""

    outcome: Outcome
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as the checks see it; `expires_on` is its last day, None where it has none."""

    kind: str
    expires_on: date | None

    def is_over(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today

    def is_over_soon(self, today: date) -> bool:
        return self.expires_on is not None and today <= self.expires_on <= today + SOON


@dataclass(frozen=True, slots=True)
class Other:
    """Another merchant that has one of the same: its credit code, its bank account or its contact's phone."""

    merchant_id: int
    state: str
    same: str


def credit_code(text: str) -> str:
    """The code as it is kept, full-width letters and blanks undone. Raises CreditCodeInvalid."""
    try:
        return str(uscc.validate(normalize("NFKC", text)))
    except ValidationError as error:
        raise CreditCodeInvalid from error


def account_number(text: str) -> str:
    """A bank account: 8 to 30 digits and capitals, as domestic numbers and IBANs are. Raises BankAccountInvalid."""
    number = _SEPARATORS.sub("", text).upper()
    if not (8 <= len(number) <= 30 and number.isascii() and number.isalnum()):
        raise BankAccountInvalid
    return number


def shown_account(number: str) -> str:
    return f"•••• {number[-4:]}"


def region_of(code: str) -> str | None:
    """Where a credit code was given out: `上海市静安区`, `国家`; None where the number of the region is of none."""
    number = code[2:8]
    if number == NATIONAL:
        return "国家"
    told = {name: value for _, values in numdb.get("cn/loc").info(number) for name, value in values.items()}
    if "county" not in told:
        return None
    # Counties that are no more are told with their years: `[1982-1999]卢湾区`.
    county = told["county"].split(",")[-1].rpartition("]")[2]
    province = told.get("province", "").split(",")[-1].rpartition("]")[2]
    return province if county == province else f"{province}{county}"


def check_credit_code(code: str) -> Finding:
    try:
        uscc.validate(code)
    except ValidationError:
        return Finding(Outcome.FAILED)
    region = region_of(code)
    if region is None:
        return Finding(Outcome.WARNED, {"region_code": code[2:8]})
    return Finding(Outcome.PASSED, {"region": region})


def newest(papers: Iterable[Paper]) -> dict[str, Paper]:
    """The paper of each kind that counts, of papers in the order in which they came."""
    return {paper.kind: paper for paper in papers}


def check_licence(papers: Iterable[Paper], *, today: date) -> Finding:
    licence = newest(papers).get("licence")
    if licence is None:
        return Finding(Outcome.FAILED, {"missing": ["licence"]})
    told = {} if licence.expires_on is None else {"expires_on": licence.expires_on.isoformat()}
    if licence.is_over(today):
        return Finding(Outcome.FAILED, told)
    return Finding(Outcome.WARNED if licence.is_over_soon(today) else Outcome.PASSED, told)


def check_documents(papers: Iterable[Paper], *, required: Iterable[str], today: date) -> Finding:
    """`required` are the kinds asked of this merchant's categories."""
    held = newest(papers)
    asked = sorted(set(required))
    missing = [kind for kind in asked if kind not in held]
    over = [kind for kind in asked if kind in held and held[kind].is_over(today)]
    if missing or over:
        return Finding(Outcome.FAILED, {"missing": missing, "over": over})
    soon = [kind for kind in asked if held[kind].is_over_soon(today)]
    return Finding(Outcome.WARNED, {"over_soon": soon}) if soon else Finding(Outcome.PASSED)


_PAST: Final = frozenset({"rejected", "closed"})


def check_duplicates(others: Sequence[Other]) -> Finding:
    """An applicant who was refused before may come again, so that only warns; as does a phone, which may serve two."""
    if not others:
        return Finding(Outcome.PASSED)
    told = {"others": [{"merchant_id": o.merchant_id, "state": o.state, "same": o.same} for o in others]}
    is_taken = any(other.same != "phone" and other.state not in _PAST for other in others)
    return Finding(Outcome.FAILED if is_taken else Outcome.WARNED, told)


def score(outcomes: Mapping[str, Outcome], weights: Mapping[str, int]) -> int:
    """0 to 100: what the checks that have an answer come to. The weights of all checks come to 100."""
    return round(
        sum((weight * _WORTH[outcomes[name]] for name, weight in weights.items() if name in outcomes), Fraction(0))
    )


def in_the_way(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Checks without an answer, and those that failed, in their order."""
    return [name for name in CHECKS if outcomes.get(name, Outcome.FAILED) is Outcome.FAILED]


def standing_score(admission: int, *, admission_percent: int, rate: float, suspends_at: float) -> int:
    """The score of an admitted merchant, from that of its admission and its complaints' rate."""
    standing = 100 * (1 - min(1.0, rate / suspends_at))
    return round((admission_percent * admission + (100 - admission_percent) * standing) / 100)
