"""Bodies of the endpoints about the programme and its terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from huike.kernel.errors import FieldError
from huike.loyalty.models import Programme, Terms, TermsDraft
from huike.loyalty.programme.rules import Span
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.reading import Difference
from huike.platform.schema import FieldProblem, Schema

Id = Annotated[int, Field(ge=1, lt=2**63)]
Version = Annotated[int, Field(ge=0, lt=2**31)]
ProgrammeName = Annotated[str, Field(min_length=1, max_length=120)]
PointsName = Annotated[str, Field(min_length=1, max_length=40)]


class ProgrammeIn(Schema):
    name: ProgrammeName
    points_name: PointsName
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="The operator's where none is told"
    )


class ProgrammeChange(Schema):
    name: ProgrammeName | None = None
    points_name: PointsName | None = None


class VersionRow(Schema):
    """A version of the terms: in effect in `[effective_at, ends_at)`. `overtaken` was replaced before it began."""

    version: int
    effective_at: datetime
    ends_at: datetime | None
    overtaken: bool
    in_effect: bool
    note: str
    published_by: str
    published_at: datetime

    @classmethod
    def of(cls, terms: Terms, *, span: Span, names: Mapping[int, str], now: datetime) -> VersionRow:
        return cls(
            version=terms.version,
            effective_at=terms.effective_at,
            ends_at=span.ends_at,
            overtaken=span.is_overtaken,
            in_effect=span.starts_at <= now and (span.ends_at is None or now < span.ends_at),
            note=terms.note,
            published_by=names.get(terms.created_by_id or 0, ""),
            published_at=terms.created_at,
        )


class ProgrammeOut(Schema):
    """`version` is that of the newest terms, 0 before the first; `draft_version` 0 means nobody is editing."""

    id: int
    name: str
    points_name: str
    currency: str
    state: Programme.State
    version: int
    draft_version: int
    in_effect: VersionRow | None
    scheduled: list[VersionRow]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, programme: Programme, *, versions: list[VersionRow], draft: TermsDraft, now: datetime) -> ProgrammeOut:
        return cls(
            id=programme.pk,
            name=programme.name,
            points_name=programme.points_name,
            currency=programme.currency,
            state=Programme.State(programme.state),
            version=programme.version,
            draft_version=draft.version,
            in_effect=next((row for row in versions if row.in_effect), None),
            scheduled=[row for row in reversed(versions) if row.effective_at > now and not row.overtaken],
            created_at=programme.created_at,
            updated_at=programme.updated_at,
        )


class VersionOut(VersionRow):
    document: TermsDocument


class DraftIn(Schema):
    """What was typed, whole or not; `expected_version` is the draft's it was typed into, 0 where there was none."""

    document: dict[str, Any]
    expected_version: Version


class DraftOut(Schema):
    """`document` leaves nothing to a default, where it can be understood; `faults` keep it from being published."""

    document: dict[str, Any]
    version: int
    edited_by: str
    edited_at: datetime | None
    faults: list[FieldProblem]

    @classmethod
    def of(cls, draft: TermsDraft, *, document: dict[str, Any], faults: list[FieldError]) -> DraftOut:
        return cls(
            document=document,
            version=draft.version,
            edited_by=draft.edited_by,
            edited_at=draft.edited_at,
            faults=[FieldProblem(where=fault.where, code=fault.code, params=fault.params) for fault in faults],
        )


class PublishIn(Schema):
    """`expected_version` is that of the newest terms you have seen. Without `effective_at` they hold from now on."""

    expected_version: Version
    draft_version: Version
    effective_at: AwareDatetime | None = None
    note: Annotated[str, Field(max_length=300)] = ""


class PauseOut(Schema):
    """A time `[paused_at, resumed_at)` whose purchases earned nothing; without an end it lasts."""

    paused_at: datetime
    resumed_at: datetime | None


class DifferenceOut(Schema):
    """`where` leads to it by the names of the document, a thing of a list by its own name."""

    where: list[str]
    before: Any
    after: Any

    @classmethod
    def of(cls, difference: Difference) -> DifferenceOut:
        return cls(where=list(difference.where), before=difference.before, after=difference.after)
