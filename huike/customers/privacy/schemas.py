"""Bodies about requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.customers.models import PrivacyMoment, PrivacyRequest, PrivacyRules
from huike.customers.privacy import answers, corrections
from huike.customers.privacy.rules import MASK
from huike.customers.privacy.selectors import Held
from huike.customers.rules import mask_email, mask_phone
from huike.customers.schemas import Id
from huike.platform.schema import Schema

Kind = Literal["export", "erase", "correct"]
State = Literal["open", "running", "done", "refused", "withdrawn", "failed"]
Note = Annotated[str, Field(max_length=1000)]


class AskIn(Schema):
    """`changes` are the new values of a correction, by field; empty text takes a value away."""

    customer_id: Id
    kind: Kind
    note: Note = ""
    changes: Annotated[dict[str, Annotated[str, Field(max_length=400)]], Field(max_length=20)] = {}


class RefuseIn(Schema):
    answer: Annotated[str, Field(min_length=1, max_length=1000)]


class ChangeOut(Schema):
    """One field of a correction. Phone and e-mail are masked."""

    field: str
    old: str
    new: str


class MomentOut(Schema):
    at: datetime
    what: str
    by: str
    details: dict[str, Any]

    @classmethod
    def of(cls, moment: PrivacyMoment) -> MomentOut:
        return cls(at=moment.at, what=moment.what, by=moment.by, details=moment.details)


class PrivacyRequestOut(Schema):
    """`customer` is null once the person is erased. `days_left` until the answer is due; negative when late."""

    id: int
    kind: Kind
    state: State
    customer_id: int | None
    customer_name: str | None
    asked_by: Literal["customer", "staff", "restore"]
    asked_by_label: str
    note: str
    asked_at: datetime
    due_on: date
    days_left: int | None
    decided_by: str
    decided_at: datetime | None
    answer: str
    changes: list[ChangeOut]
    result: dict[str, Any]
    step: str
    job_id: int | None
    finished_at: datetime | None
    file_until: datetime | None
    has_begun_erasing: bool

    @classmethod
    def of(cls, request: PrivacyRequest, *, today: date) -> PrivacyRequestOut:
        kept = request.kind == "export" and request.state == "done" and request.customer_id is not None
        return cls(
            id=request.pk,
            kind=request.kind,
            state=request.state,
            customer_id=request.customer_id,
            customer_name=None if request.customer is None else request.customer.name,
            asked_by=request.asked_by,
            asked_by_label=request.asked_by_label,
            note=request.note.replace(MASK, "").strip(),
            asked_at=request.asked_at,
            due_on=request.due_on,
            days_left=(request.due_on - today).days if request.finished_at is None else None,
            decided_by=request.decided_by,
            decided_at=request.decided_at,
            answer=request.answer,
            changes=[_change(field, values) for field, values in _in_order(request.proposed)],
            result=request.result,
            step=request.step,
            job_id=request.job_id,
            finished_at=request.finished_at,
            file_until=request.finished_at + answers.KEPT if kept and request.finished_at else None,
            has_begun_erasing=bool(request.step) and request.kind == "erase",
        )


def _in_order(proposed: dict[str, dict[str, str]]) -> list[tuple[str, dict[str, str]]]:
    return sorted(proposed.items(), key=lambda item: corrections.FIELDS.index(item[0]))


def _change(field: str, values: dict[str, str]) -> ChangeOut:
    masks = {"phone": mask_phone, "email": mask_email}
    shown = masks.get(field, lambda text: text)
    return ChangeOut(field=field, old=shown(values["old"]) or "", new=shown(values["new"]) or "")


class PrivacyRequestDetail(Schema):
    request: PrivacyRequestOut
    moments: list[MomentOut]


class HeldOut(Schema):
    """Rows of one kind. `fate`: they are `gone` after an erasure, or `kept` without saying whose."""

    name: str
    title_zh: str
    title_en: str
    count: int
    fate: Literal["gone", "kept"]
    exported: bool

    @classmethod
    def of(cls, held: Held) -> HeldOut:
        zh, en = held.titles
        return cls(name=held.name, title_zh=zh, title_en=en, count=held.count, fate=held.fate, exported=held.exported)


class HeldList(Schema):
    customer_id: int
    customer_name: str
    items: list[HeldOut]


class PrivacyRulesBody(Schema):
    """Working days to answer in; whether corrections of simple fields, and erasures people ask for on their own page,
    are carried out without a colleague."""

    answer_working_days: Annotated[int, Field(ge=1, le=90)]
    simple_corrections_at_once: bool
    erasure_at_once: bool

    @classmethod
    def of(cls, chosen: PrivacyRules) -> PrivacyRulesBody:
        return cls(
            answer_working_days=chosen.answer_working_days,
            simple_corrections_at_once=chosen.simple_corrections_at_once,
            erasure_at_once=chosen.erasure_at_once,
        )


class OwnLinkOut(Schema):
    """The address opens the person's own page once; it is not shown again."""

    address: str
    expires_at: datetime
