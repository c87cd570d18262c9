"""Which file stays, whose word a field takes, and what consent is left: pure decisions of a merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from huike.customers.rules import ConsentWord, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What decides which of two files stays."""

    id: int
    member: bool
    verified_count: int
    created_at: datetime
    orders_count: int


class Because(StrEnum):
    """Why a file is the one to stay."""

    MEMBER = "member"
    VERIFIED = "verified"
    OLDER = "older"
    ORDERS = "orders"
    FIRST = "first"


def choose_survivor(one: Candidate, other: Candidate) -> tuple[int, Because]:
    """The known customer stays: a member before others, more verified identities, the older file, more orders."""
    for because, left, right in (
        (Because.MEMBER, one.member, other.member),
        (Because.VERIFIED, one.verified_count, other.verified_count),
        (Because.OLDER, -one.created_at.timestamp(), -other.created_at.timestamp()),
        (Because.ORDERS, one.orders_count, other.orders_count),
    ):
        if left != right:
            return (one.id if left > right else other.id), because
    return min(one.id, other.id), Because.FIRST


# Columns that only make sense together are chosen together; every other column is a field of its own.
_FIELD_OF: Final = {
    "name_pinyin": "name",
    "name_initials": "name",
    "country": "address",
    "province": "address",
    "city": "address",
    "district": "address",
    "latitude": "address",
    "longitude": "address",
    "source_id": "source",
    "source_channel": "source",
    "source_campaign": "source",
}
# Both files' words are kept, or the rule leaves nothing to choose.
_COMBINED: Final = frozenset({"tags", "notes", "member_since_at"})


def field_of(column: str) -> str:
    """The field a column belongs to; columns of one field go together."""
    if column.startswith("birth_"):
        return "birth"
    return _FIELD_OF.get(column, column)


class Side(StrEnum):
    SURVIVOR = "survivor"
    ABSORBED = "absorbed"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChoice:
    """One field of two files: the columns it has, whose value is taken, and whether there was anything to choose."""

    field: str
    columns: tuple[str, ...]
    taken: Side
    default: Side
    conflicts: bool


def choose_fields(
    survivor: Mapping[str, Any], absorbed: Mapping[str, Any], choices: Mapping[str, str]
) -> list[FieldChoice]:
    """Whose value each field takes: what a person chose, else the survivor's where it says anything.

    Both mappings have the same columns. Raises ValueError on a choice about a field that is not there or is combined.
    """
    columns_of: dict[str, list[str]] = {}
    for column in survivor:
        columns_of.setdefault(field_of(column), []).append(column)
    unknown = set(choices) - (set(columns_of) - _COMBINED)
    if unknown or set(choices.values()) - {Side.SURVIVOR, Side.ABSORBED}:
        raise ValueError(f"no such choice: {sorted(unknown) or dict(choices)}")
    chosen = []
    for field, columns in columns_of.items():
        mine = {column: survivor[column] for column in columns}
        theirs = {column: absorbed[column] for column in columns}
        if field in _COMBINED:
            default, conflicts = Side.BOTH, False
        else:
            default = Side.ABSORBED if is_empty(mine) and not is_empty(theirs) else Side.SURVIVOR
            conflicts = mine != theirs and not is_empty(mine) and not is_empty(theirs)
        taken = default if default is Side.BOTH else Side(choices.get(field, default))
        chosen.append(
            FieldChoice(field=field, columns=tuple(columns), taken=taken, default=default, conflicts=conflicts)
        )
    return chosen


def is_empty(values: Mapping[str, Any]) -> bool:
    """Whether a field says nothing."""
    return all(value is False or value in (None, "", [], {}) for value in values.values())


def merged_columns(
    survivor: Mapping[str, Any], absorbed: Mapping[str, Any], chosen: Iterable[FieldChoice]
) -> dict[str, Any]:
    """What the survivor's columns say after the merge."""
    after: dict[str, Any] = {}
    for choice in chosen:
        for column in choice.columns:
            if choice.taken is Side.BOTH:
                after[column] = _combined(column, survivor[column], absorbed[column])
            else:
                after[column] = (absorbed if choice.taken is Side.ABSORBED else survivor)[column]
    return after


def _combined(column: str, mine: Any, theirs: Any) -> Any:
    if column == "tags":
        return sorted({*mine, *theirs})
    if column == "member_since_at":
        return min((at for at in (mine, theirs) if at is not None), default=None)
    if not theirs or theirs in mine:
        return mine
    return f"{mine}\n\n{theirs}" if mine else theirs


def restored(column: str, *, before: Any, after: Any, now: Any) -> Any:
    """What a column says once the merge is undone: as before, unless somebody changed it since the merge."""
    if column == "tags":
        return sorted(set(now) - (set(after) - set(before)))
    return before if now == after else now


@dataclass(frozen=True, slots=True, kw_only=True)
class FileConsent:
    """Where one file stands on one channel and purpose, and the addresses it has there."""

    word: ConsentWord | None
    addresses: frozenset[str]


class Outcome(StrEnum):
    """Why consent is what it is after a merge."""

    SAME = "same"  # as the survivor stood
    NO_OF_OTHER = "no_of_other"  # the absorbed file's later "no" counts
    YES_OF_OTHER = "yes_of_other"  # the absorbed file's "yes" for the address that is kept
    NOT_FOR_ADDRESS = "not_for_address"  # the survivor's "yes" was not given for the address that is kept
    YES_DROPPED = "yes_dropped"  # the absorbed file's "yes" was given for an address that is not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentOutcome:
    """Where both files stood, where the survivor stands `after`, and the word to note on it (`carried`) so that it
    does."""

    survivor: ConsentWord | None
    absorbed: ConsentWord | None
    after: ConsentWord | None
    carried: ConsentWord | None
    because: Outcome


def merge_consent(
    survivor: FileConsent, absorbed: FileConsent, *, addresses_after: frozenset[str], now: datetime
) -> ConsentOutcome:
    """Consent of the merged file on one channel and purpose.

    A "no" of either file counts. A "yes" counts where every address that may be written to after the merge is an
    address of a file that said it. Of the words that count the latest wins, a "no" on a tie.
    """
    said_yes = [file for file in (survivor, absorbed) if file.word is not None and file.word.state == "granted"]
    covered = frozenset[str]().union(*(file.addresses for file in said_yes))
    yes_counts = addresses_after <= covered
    counting = [
        file.word for file in (survivor, absorbed)
        if file.word is not None and (file.word.state != "granted" or yes_counts)
    ]  # fmt: skip
    after = standing(counting)
    mine, theirs = survivor.word, absorbed.word
    if mine is not None and mine.state == "granted" and not yes_counts:
        state = after.state if after is not None else "withdrawn"
        narrowed = ConsentWord(state, max(now, mine.given_at))
        return ConsentOutcome(
            survivor=mine, absorbed=theirs, after=narrowed, carried=narrowed, because=Outcome.NOT_FOR_ADDRESS
        )
    if after == mine:
        dropped = theirs is not None and theirs.state == "granted" and not yes_counts
        why = Outcome.YES_DROPPED if dropped else Outcome.SAME
        return ConsentOutcome(survivor=mine, absorbed=theirs, after=after, carried=None, because=why)
    assert after is not None  # noqa: S101 - what remains is the absorbed file's word
    because = Outcome.YES_OF_OTHER if after.state == "granted" else Outcome.NO_OF_OTHER
    return ConsentOutcome(survivor=mine, absorbed=theirs, after=after, carried=after, because=because)


def part_consent(
    *,
    survivor_own: ConsentWord | None,
    survivor_before: ConsentWord | None,
    absorbed_before: ConsentWord | None,
    no_since: ConsentWord | None,
    address_changes: bool,
    now: datetime,
) -> tuple[ConsentWord | None, ConsentWord | None]:
    """The words to note on (survivor, absorbed) when a merge is undone, so that nobody may be written to who said "no"
    meanwhile, and no "yes" said meanwhile moves to another address.

    `survivor_own` is where the survivor stands without what the merge carried; `no_since` the latest "no" that was
    said between merge and undoing. Whose "no" that was cannot be known: it counts for both.
    """
    for_survivor = for_absorbed = None
    granted = survivor_own is not None and survivor_own.state == "granted"
    if granted and address_changes and survivor_own != survivor_before:
        for_survivor = ConsentWord("withdrawn", now)
    if no_since is not None and absorbed_before is not None and absorbed_before.state == "granted":
        for_absorbed = ConsentWord(no_since.state, max(no_since.given_at, absorbed_before.given_at))
    return for_survivor, for_absorbed
