"""Bodies of the endpoints about merchants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field

from huike.customers.schemas import NamedRef
from huike.groupbuy.complaints.rules import Verdict
from huike.groupbuy.merchants import rules
from huike.groupbuy.merchants.services import Told
from huike.groupbuy.merchants.terms import BasisPoints, Category, MerchantTerms
from huike.groupbuy.models import CommissionRate, Merchant, MerchantCheck, MerchantDocument, MerchantStep
from huike.platform.schema import Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Line = Annotated[str, Field(min_length=1, max_length=120)]
Words = Annotated[str, Field(min_length=1, max_length=300)]


class MerchantIn(Schema):
    """What an application says, and whether it `is_own`: the house itself. Where a bank account is kept already, an
    empty one leaves it as it is."""

    name: Line
    credit_code: Annotated[str, Field(min_length=1, max_length=40)]
    contact_name: Annotated[str, Field(min_length=1, max_length=80)]
    contact_phone: Annotated[str, Field(min_length=1, max_length=40)]
    contact_email: Annotated[str, Field(max_length=254)] = ""
    bank_name: Line
    bank_holder: Line
    bank_account: Annotated[str, Field(max_length=60)] = ""
    categories: Annotated[list[Category], Field(min_length=1, max_length=9)]
    store_ids: Annotated[list[Id], Field(max_length=1_000)] = []
    about: Annotated[str, Field(max_length=2_000)] = ""
    is_own: bool = False

    def told(self) -> Told:
        return Told(**self.model_dump())


class MerchantRow(Schema):
    """`score` is that of its admission and its complaints once admitted, of its checks before; `score_version` is the
    version of the house's terms it follows from, 0 for what Huike comes with. `open_checks` are in the way of
    admission."""

    id: int
    name: str
    state: Merchant.State
    credit_code: str
    categories: list[str]
    stores: list[NamedRef]
    score: int
    score_version: int
    is_own: bool
    open_checks: int
    is_warned: bool
    applied_at: datetime | None
    decided_at: datetime | None


class MerchantDocumentOut(Schema):
    """`is_newest` of its kind; `expires_on` is its last day."""

    id: int
    kind: str
    name: str
    content_type: str
    size_bytes: int
    expires_on: date | None
    handed_in_by: str
    handed_in_at: datetime
    is_newest: bool

    @classmethod
    def all_of(cls, documents: Sequence[MerchantDocument]) -> list[Self]:
        newest = {document.kind: document.pk for document in documents}
        return [
            cls(
                id=one.pk,
                kind=one.kind,
                name=one.name,
                content_type=one.content_type,
                size_bytes=one.size_bytes,
                expires_on=one.expires_on,
                handed_in_by=one.handed_in_by,
                handed_in_at=one.handed_in_at,
                is_newest=newest[one.kind] == one.pk,
            )
            for one in reversed(documents)
        ]


class MerchantCheckOut(Schema):
    """`outcome` is null where nobody answered yet. `by` is empty for one that ran by itself."""

    name: str
    is_manual: bool
    weight: int
    outcome: rules.Outcome | None
    details: dict[str, Any]
    words: str
    by: str
    at: datetime | None

    @classmethod
    def all_of(cls, checks: Mapping[str, MerchantCheck], weights: Mapping[str, int]) -> list[Self]:
        return [cls._of(name, checks.get(name), weights[name]) for name in rules.CHECKS]

    @classmethod
    def _of(cls, name: str, check: MerchantCheck | None, weight: int) -> Self:
        return cls(
            name=name,
            is_manual=name in rules.MANUAL,
            weight=weight,
            outcome=None if check is None else rules.Outcome(check.outcome),
            details={} if check is None else check.details,
            words="" if check is None else check.words,
            by="" if check is None else check.by,
            at=None if check is None else check.at,
        )


class MerchantStepOut(Schema):
    from_state: str
    to_state: str
    reason: str
    words: str
    by: str
    at: datetime

    @classmethod
    def all_of(cls, steps: Iterable[MerchantStep]) -> list[Self]:
        return [
            cls(
                from_state=step.from_state,
                to_state=step.to_state,
                reason=step.reason,
                words=step.words,
                by=step.by,
                at=step.at,
            )
            for step in steps
        ]


class CommissionRateOut(Schema):
    commission_bp: int
    starts_at: datetime
    agreed_by: str
    words: str

    @classmethod
    def all_of(cls, rates: Iterable[CommissionRate]) -> list[Self]:
        return [
            cls(commission_bp=rate.commission_bp, starts_at=rate.starts_at, agreed_by=rate.agreed_by, words=rate.words)
            for rate in rates
        ]


class ComplaintStandingOut(Schema):
    """What was upheld of what was redeemed in the window. `rate` is the least share at 95 %; `level` what follows."""

    upheld: int
    redemptions: int
    rate: float
    level: str
    warns_at_bp: int
    suspends_at_bp: int

    @classmethod
    def of(cls, verdict: Verdict, terms: MerchantTerms) -> Self:
        return cls(
            upheld=verdict.upheld,
            redemptions=verdict.redemptions,
            rate=verdict.rate,
            level=verdict.level.value,
            warns_at_bp=terms.complaints.warns_at_bp,
            suspends_at_bp=terms.complaints.suspends_at_bp,
        )


class MerchantOut(MerchantRow):
    """`is_mine`: the reader entered it, and so does not decide about it. The bank account by its last digits. Checks
    weigh what they do in `admission_version` of the terms: the one it was decided by, or the newest before."""

    contact_name: str
    contact_phone: str
    contact_email: str
    bank_name: str
    bank_holder: str
    bank_account_shown: str
    about: str
    asked: str
    entered_by: str
    is_mine: bool
    admission_score: int | None
    admission_version: int
    admission_percent: int
    least_score: int
    required_documents: list[str]
    commission_bp: int
    suspended_at: datetime | None
    documents: list[MerchantDocumentOut]
    checks: list[MerchantCheckOut]
    steps: list[MerchantStepOut]
    rates: list[CommissionRateOut]
    complaints: ComplaintStandingOut


class MerchantEnteredOut(Schema):
    """`link` is where the applicant hands in papers; it is told this once."""

    merchant: MerchantOut
    link: str


class MerchantLinkOut(Schema):
    link: str


class MerchantBankAccountOut(Schema):
    bank_account: str


class CheckAnswerIn(Schema):
    passed: bool
    words: Words


class MerchantWordsIn(Schema):
    words: Words


class MerchantAskIn(Schema):
    words: Annotated[str, Field(max_length=1_000)] = ""


class AdmissionIn(Schema):
    """Without a commission, the house's own."""

    words: Words
    commission_bp: BasisPoints | None = None


class CommissionIn(Schema):
    """From `starts_at` on; from now on where that is past or not told."""

    commission_bp: BasisPoints
    starts_at: AwareDatetime | None = None
    words: Words


class MerchantCountsOut(Schema):
    """How many merchants there are in each state."""

    counts: dict[str, int]


class MerchantTermsOut(Schema):
    """A version of what the house asks of merchants; 0 is what Huike comes with, made by nobody."""

    version: int
    made_by: str
    made_at: datetime | None
    terms: MerchantTerms


class MerchantTermsIn(Schema):
    """`instead_of` is the version that was read and changed."""

    instead_of: Annotated[int, Field(ge=0, lt=2**63)]
    terms: MerchantTerms
