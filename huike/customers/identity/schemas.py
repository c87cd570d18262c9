"""Bodies of the endpoints about identities, their limits, and claims."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.customers import rules
from huike.customers.identity.claiming import Claimable
from huike.customers.models import Claim, Identity, IdentityRefusal, SharedIdentity
from huike.customers.schemas import Id, NamedRef
from huike.platform.schema import Schema

Most = Annotated[int, Field(ge=1, le=1_000)]


class LinkedIdentityOut(Schema):
    """An identity of a file, masked, from when until when."""

    id: int
    kind: Identity.Kind
    value: str
    source: NamedRef | None
    verified: bool
    linked_at: datetime
    released_at: datetime | None
    release_reason: Identity.ReleaseReason | None

    @classmethod
    def of(cls, row: Identity) -> LinkedIdentityOut:
        return cls(
            id=row.pk,
            kind=Identity.Kind(row.kind),
            value=rules.mask_identity(row.kind, row.value),
            source=NamedRef(id=row.source.pk, name=row.source.name) if row.source else None,
            verified=row.verified,
            linked_at=row.created_at,
            released_at=row.released_at,
            release_reason=Identity.ReleaseReason(row.release_reason) if row.release_reason else None,
        )


class IdentityIn(Schema):
    kind: Identity.Kind
    value: Annotated[str, Field(min_length=1, max_length=254)]
    source_id: Id | None = None
    verified: bool = False


class IdentityReleaseIn(Schema):
    reason: Literal["replaced", "recycled", "wrong"]


class LimitOut(Schema):
    kind: Identity.Kind
    most_per_customer: int
    most_files: int


class LimitIn(Schema):
    most_per_customer: Most
    most_files: Most


class RefusalOut(Schema):
    """An identity that was told and not linked: with what, for whom, whose it is, how often."""

    id: int
    reason: IdentityRefusal.Reason
    kind: Identity.Kind
    value: str
    source: NamedRef | None
    told_with: str
    customer: NamedRef | None
    holder: NamedRef | None
    times: int
    first_at: datetime
    last_at: datetime

    @classmethod
    def of(cls, row: IdentityRefusal) -> RefusalOut:
        return cls(
            id=row.pk,
            reason=IdentityRefusal.Reason(row.reason),
            kind=Identity.Kind(row.kind),
            value=rules.mask_identity(row.kind, row.value),
            source=NamedRef(id=row.source.pk, name=row.source.name) if row.source else None,
            told_with=row.told_with,
            customer=NamedRef(id=row.customer.pk, name=row.customer.name) if row.customer else None,
            holder=NamedRef(id=row.holder.pk, name=row.holder.name) if row.holder else None,
            times=row.times,
            first_at=row.first_at,
            last_at=row.last_at,
        )


class SharedOut(Schema):
    id: int
    kind: Identity.Kind
    value: str
    files_count: int
    found_at: datetime

    @classmethod
    def of(cls, row: SharedIdentity) -> SharedOut:
        return cls(
            id=row.pk,
            kind=Identity.Kind(row.kind),
            value=rules.mask_identity(row.kind, row.value),
            files_count=row.files_count,
            found_at=row.found_at,
        )


class ClaimableOut(Schema):
    """History kept under a key. `state` says whether it waits, is this customer's already, or somebody else's."""

    kind: str
    id: int
    at: datetime
    source: str
    params: dict[str, Any]
    state: Literal["waiting", "hers", "taken"]

    @classmethod
    def of(cls, item: Claimable, *, customer_id: int) -> ClaimableOut:
        state: Literal["waiting", "hers", "taken"] = "waiting"
        if item.customer_id is not None:
            state = "hers" if item.customer_id == customer_id else "taken"
        return cls(kind=item.kind, id=item.id, at=item.at, source=item.source, params=item.params, state=state)


class HistoryClaimIn(Schema):
    """The number on the receipt, `card:8001…` or `device:…`; of one source where named."""

    key: Annotated[str, Field(min_length=1, max_length=120)]
    source_id: Id | None = None


class HistoryClaimOut(Schema):
    """`counts` says how much of each kind moved; nothing where it was hers already."""

    counts: dict[str, int]
    claimed_at: datetime | None

    @classmethod
    def of(cls, claim: Claim | None) -> HistoryClaimOut:
        return (
            cls(counts={}, claimed_at=None) if claim is None else cls(counts=claim.counts, claimed_at=claim.claimed_at)
        )
