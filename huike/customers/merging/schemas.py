"""Bodies of the endpoints about merging."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from huike.customers import rules
from huike.customers.fields.references import called
from huike.customers.file_parts import store_names
from huike.customers.merging.rules import Because, FieldChoice, Outcome, Side, field_of
from huike.customers.merging.services import Plan, columns_of
from huike.customers.models import Channel, ConsentEvent, Customer, Merge, Purpose
from huike.customers.rules import ConsentWord
from huike.customers.schemas import Id, NamedRef
from huike.kernel.scope import Scope
from huike.platform.schema import Schema


class MergeIn(Schema):
    """Which file to merge with. Where `survivor_id` is not given, the rule says which of the two stays; `choices` names
    the file whose word a field takes where it is not the default."""

    other_id: Id
    survivor_id: Id | None = None
    choices: Annotated[
        dict[Annotated[str, Field(max_length=60)], Literal["survivor", "absorbed"]], Field(max_length=100)
    ] = {}
    note: Annotated[str, Field(max_length=300)] = ""


class UndoIn(Schema):
    note: Annotated[str, Field(max_length=300)] = ""


class MergeFieldOut(Schema):
    """One field of both files, personal data masked. `conflicts` where both say something and not the same."""

    field: str
    survivor: list[str]
    absorbed: list[str]
    default: Side
    taken: Side
    conflicts: bool


class StandingOut(Schema):
    state: ConsentEvent.State
    given_at: datetime

    @classmethod
    def of(cls, word: ConsentWord | None) -> StandingOut | None:
        return None if word is None else cls(state=ConsentEvent.State(word.state), given_at=word.given_at)


class MergeConsentOut(Schema):
    """What becomes of one channel and purpose, and why; null where the person never spoke about it."""

    channel: Channel
    purpose: Purpose
    survivor: StandingOut | None
    absorbed: StandingOut | None
    after: StandingOut | None
    because: Outcome


class MergePlanOut(Schema):
    """What merging two files would do. `moves` counts the absorbed file's rows by kind."""

    survivor: NamedRef
    absorbed: NamedRef
    suggested_id: int
    because: Because
    fields: list[MergeFieldOut]
    moves: dict[str, int]
    consents: list[MergeConsentOut]

    @classmethod
    def of(cls, plan: Plan) -> MergePlanOut:
        mine, theirs = columns_of(plan.survivor), columns_of(plan.absorbed)
        stores = store_names((plan.survivor.home_store_id, plan.absorbed.home_store_id))
        return cls(
            survivor=NamedRef(id=plan.survivor.pk, name=plan.survivor.name),
            absorbed=NamedRef(id=plan.absorbed.pk, name=plan.absorbed.name),
            suggested_id=plan.suggested_id,
            because=plan.because,
            fields=[
                MergeFieldOut(
                    field=choice.field,
                    survivor=_shown(choice, mine, plan.survivor, stores),
                    absorbed=_shown(choice, theirs, plan.absorbed, stores),
                    default=choice.default,
                    taken=choice.taken,
                    conflicts=choice.conflicts,
                )
                for choice in plan.fields
            ],
            moves=plan.moves,
            consents=[
                MergeConsentOut(
                    channel=Channel(channel),
                    purpose=Purpose(purpose),
                    survivor=StandingOut.of(outcome.survivor),
                    absorbed=StandingOut.of(outcome.absorbed),
                    after=StandingOut.of(outcome.after),
                    because=outcome.because,
                )
                for (channel, purpose), outcome in plan.consents.items()
            ],
        )


_MASKS: Final = {"phone": rules.mask_phone, "email": rules.mask_email, "card_number": rules.mask_card}
_HIDDEN: Final = frozenset({"name_pinyin", "name_initials", "source_channel", "birth_lunar_leap"})
_OPEN: Final = frozenset(
    {
        "name", "gender", "birth_on", "language", "country", "province", "city", "district", "occupation", "notes",
        "tags", "member_since_at", "source_campaign",
    }
)  # fmt: skip


def _shown(choice: FieldChoice, columns: Mapping[str, Any], customer: Customer, stores: Mapping[int, str]) -> list[str]:
    """What a field says, part by part. What is not known to be open is only said to be there."""
    shown: list[str] = []
    for column in choice.columns:
        value = columns[column]
        if column in _HIDDEN or value is False or value in (None, "", [], {}):
            continue
        if column in _MASKS:
            shown.append(_MASKS[column](value) or "")
        elif column == "source_id":
            shown.append(customer.source.name if customer.source else "")
        elif column == "home_store_id":
            shown.append(stores.get(value, ""))
        elif column == "tags":
            shown.extend(value)
        elif column in _OPEN:
            shown.append(value.isoformat() if hasattr(value, "isoformat") else str(value))
        else:
            shown.append("***")
    return shown


class MergeOut(Schema):
    """A merge that was made. It can be undone where `undone_at` is null and nothing stands in the way (`blocked_by`, a
    later merge of the survivor)."""

    id: int
    survivor: NamedRef
    absorbed: NamedRef
    merged_at: datetime
    merged_by: str
    note: str
    fields: list[str]
    moves: dict[str, int]
    consents: list[MergeConsentOut]
    undone_at: datetime | None
    undone_by: str
    undo_note: str
    blocked_by: int | None

    @classmethod
    def of(cls, merge: Merge, *, moves: Mapping[str, int], blocked_by: int | None, scope: Scope) -> MergeOut:
        # While it is merged away a file is part of the one that stands for it; undone, it is somebody's of some store.
        absorbed = merge.absorbed
        is_seen = merge.undone_at is None or scope.allows_store(absorbed.home_store_id)
        return cls(
            id=merge.pk,
            survivor=NamedRef(id=merge.survivor_id, name=merge.survivor.name),
            absorbed=NamedRef(id=absorbed.pk, name=called(absorbed.pk, absorbed.name, is_seen=is_seen)),
            merged_at=merge.merged_at,
            merged_by=merge.merged_by,
            note=merge.note,
            fields=sorted({field_of(column) for column in merge.fields}),
            moves=dict(moves),
            consents=[MergeConsentOut.model_validate(line) for line in merge.consents],
            undone_at=merge.undone_at,
            undone_by=merge.undone_by,
            undo_note=merge.undo_note,
            blocked_by=blocked_by,
        )
