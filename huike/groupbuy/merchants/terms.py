"""What the house asks of merchants, and how it settles with them: one document a version."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from huike.platform.schema import Schema

DocumentKind = Literal["licence", "food_permit", "special_permit", "authorisation", "identity", "other"]
Category = Literal["food", "drink", "beauty", "leisure", "travel", "education", "health", "goods", "other"]
Period = Literal["month", "half_month", "week"]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


class AskedDocument(Schema):
    """A kind of document asked of merchants of these categories; of all, where none are named."""

    kind: DocumentKind
    categories: list[Category] = []


class ComplaintRules(Schema):
    """Rates are the lower end of Wilson's interval, in hundredths of a percent."""

    window_days: Annotated[int, Field(ge=7, le=730)] = 90
    least_redemptions: Annotated[int, Field(ge=1, le=10_000)] = 50
    warns_at_bp: Annotated[int, Field(ge=1, le=10_000)] = 200
    suspends_at_bp: Annotated[int, Field(ge=1, le=10_000)] = 500
    suspends: bool = True

    @model_validator(mode="after")
    def _warned_before(self) -> Self:
        if self.warns_at_bp > self.suspends_at_bp:
            raise ValueError("a warning comes before a suspension")
        return self


Weight = Annotated[int, Field(ge=0, le=100)]


class CheckWeights(Schema):
    """What each check counts for in the score of an admission. Each has to be answered, whatever it counts for."""

    credit_code: Weight = 20
    licence: Weight = 15
    documents: Weight = 15
    duplicates: Weight = 15
    licence_matches: Weight = 15
    premises: Weight = 10
    bank_account: Weight = 10

    @model_validator(mode="after")
    def _a_hundred(self) -> Self:
        if sum(self.model_dump().values()) != 100:
            raise ValueError("weights come to 100")
        return self


class ScoreRules(Schema):
    """`admission_percent` of an admitted merchant's score is that of its admission; the rest falls with complaints."""

    weights: CheckWeights = CheckWeights()
    admission_percent: Annotated[int, Field(ge=0, le=100)] = 40


class SettlementRules(Schema):
    period: Period = "month"
    waits_days: Annotated[int, Field(ge=0, le=10)] = 2


class MerchantTerms(Schema):
    documents: Annotated[list[AskedDocument], Field(max_length=20)] = [
        AskedDocument(kind="licence"),
        AskedDocument(kind="food_permit", categories=["food", "drink"]),
        AskedDocument(kind="special_permit", categories=["health", "education"]),
    ]
    least_score: Annotated[int, Field(ge=0, le=100)] = 70
    score: ScoreRules = ScoreRules()
    commission_bp: BasisPoints = 800
    complaints: ComplaintRules = ComplaintRules()
    settlement: SettlementRules = SettlementRules()

    def required_of(self, categories: list[str]) -> list[str]:
        """The kinds of documents asked of a merchant of these categories."""
        return [
            asked.kind for asked in self.documents if not asked.categories or set(asked.categories) & set(categories)
        ]


DEFAULT: Final = MerchantTerms()
