"""Writes: a programme, the draft of its terms, publishing them, pausing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from huike.catalog import selectors as catalog
from huike.kernel.errors import FieldError
from huike.kernel.money import minor_exponent
from huike.loyalty.errors import (
    AnotherProgrammeRuns,
    DraftChangedMeanwhile,
    ProgrammeNotFound,
    ProgrammeStateRefused,
    TermsInThePast,
    TermsInvalid,
    TermsPublishedMeanwhile,
)
from huike.loyalty.models import Pause, Programme, Terms, TermsDraft
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.earning import Earning
from huike.loyalty.terms.reading import read
from huike.platform import audit, clock
from huike.platform.audit import Actor


def create_programme(*, name: str, points_name: str, currency: str, actor: Actor) -> Programme:
    """A programme that does not run yet: it does when its first terms are published. Raises UnknownCurrency."""
    minor_exponent(currency)
    with transaction.atomic():
        programme = Programme.objects.create(
            name=name, points_name=points_name, currency=currency, created_by_id=_user_id(actor)
        )
        audit.record(actor, "create_programme", subject_kind="programme", subject_id=programme.pk)
        return programme


def rename_programme(programme_id: int, *, name: str | None, points_name: str | None, actor: Actor) -> None:
    """Raises ProgrammeNotFound."""
    with transaction.atomic():
        programme = _locked(programme_id)
        programme.name = programme.name if name is None else name
        programme.points_name = programme.points_name if points_name is None else points_name
        programme.updated_at = clock.now()
        programme.save(update_fields=["name", "points_name", "updated_at"])
        audit.record(actor, "rename_programme", subject_kind="programme", subject_id=programme_id)


def save_draft(programme_id: int, *, document: Mapping[str, Any], expected_version: int, actor: Actor) -> TermsDraft:
    """Keep what was typed, whole or not. `expected_version` is that of the draft it was typed into, 0 for none.

    Raises ProgrammeNotFound, DraftChangedMeanwhile where it is another's by now.
    """
    with transaction.atomic():
        _locked(programme_id)
        draft = _expected_draft(programme_id, expected_version)
        if draft is None:
            draft = TermsDraft(programme_id=programme_id, version=0)
        draft.document = dict(document)
        draft.version += 1
        draft.edited_by, draft.edited_at = actor.label[:120], clock.now()
        draft.save()
        return draft


def discard_draft(programme_id: int, *, expected_version: int, actor: Actor) -> None:
    """Raises ProgrammeNotFound, DraftChangedMeanwhile."""
    with transaction.atomic():
        _locked(programme_id)
        draft = _expected_draft(programme_id, expected_version)
        if draft is not None:
            draft.delete()
            audit.record(actor, "discard_terms_draft", subject_kind="programme", subject_id=programme_id)


def publish(
    programme_id: int,
    *,
    expected_version: int,
    draft_version: int,
    effective_at: datetime | None,
    note: str,
    actor: Actor,
) -> Terms:
    """The draft becomes the next version, in effect from `effective_at`, or from now.

    The first starts the programme, and may begin in the past: orders of then are judged by it.
    `expected_version` is that of the newest terms whoever publishes has seen, `draft_version` that of the draft.
    Raises ProgrammeNotFound, TermsPublishedMeanwhile, DraftChangedMeanwhile, TermsInThePast, TermsInvalid,
    AnotherProgrammeRuns.
    """
    with transaction.atomic():
        programme = _locked(programme_id)
        if programme.version != expected_version:
            raise TermsPublishedMeanwhile(version=programme.version)
        draft = _expected_draft(programme_id, draft_version)
        if draft is None:
            raise DraftChangedMeanwhile(version=0, edited_by="", edited_at=None)
        terms = _publishable(draft.document)
        now = clock.now()
        # The first version may begin with a history that was brought along: there is nothing yet that it would rewrite.
        if effective_at is not None and effective_at < now and programme.version > 0:
            raise TermsInThePast(now=now.isoformat())
        version = Terms.objects.create(
            programme=programme,
            version=programme.version + 1,
            effective_at=effective_at or now,
            document=terms.model_dump(mode="json"),
            note=note,
            created_by_id=_user_id(actor),
        )
        _start(programme, version=version.version, now=now)
        draft.delete()
        audit.record(
            actor,
            "publish_terms",
            subject_kind="programme",
            subject_id=programme_id,
            details={"version": version.version, "effective_at": version.effective_at.isoformat()},
        )
        return version


def pause(programme_id: int, *, actor: Actor) -> None:
    """From now on purchases earn nothing; what members have stays. Raises ProgrammeNotFound, ProgrammeStateRefused."""
    with transaction.atomic():
        now = _move(programme_id, from_state=Programme.State.ACTIVE, to_state=Programme.State.PAUSED, actor=actor)
        Pause.objects.create(programme_id=programme_id, paused_at=now)


def resume(programme_id: int, *, actor: Actor) -> None:
    """Raises ProgrammeNotFound, ProgrammeStateRefused."""
    with transaction.atomic():
        now = _move(programme_id, from_state=Programme.State.PAUSED, to_state=Programme.State.ACTIVE, actor=actor)
        Pause.objects.filter(programme_id=programme_id, resumed_at=None).update(resumed_at=now)


def _locked(programme_id: int) -> Programme:
    programme = Programme.objects.select_for_update().filter(pk=programme_id).first()
    if programme is None:
        raise ProgrammeNotFound
    return programme


def _expected_draft(programme_id: int, version: int) -> TermsDraft | None:
    """The draft, if it is of this version; None where none is expected and there is none."""
    draft = TermsDraft.objects.filter(programme_id=programme_id).first()
    if (draft.version if draft else 0) != version:
        raise DraftChangedMeanwhile(
            version=draft.version if draft else 0,
            edited_by=draft.edited_by if draft else "",
            edited_at=draft.edited_at.isoformat() if draft else None,
        )
    return draft


def whole_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with everything it leaves to a default; as it was typed where it cannot be understood."""
    terms, _ = read(document)
    return dict(document) if terms is None else terms.model_dump(mode="json")


def faults_of(document: Mapping[str, Any]) -> list[FieldError]:
    """What keeps a draft from being published, by place."""
    return _read(document)[1]


def _publishable(document: Mapping[str, Any]) -> TermsDocument:
    terms, faults = _read(document)
    if terms is None or faults:
        raise TermsInvalid(errors=faults)
    return terms


def _read(document: Mapping[str, Any]) -> tuple[TermsDocument | None, list[FieldError]]:
    terms, faults = read(document)
    return terms, faults if terms is None else [*faults, *_unknown_references(terms.earning)]


def _unknown_references(earning: Earning) -> list[FieldError]:
    """The stores, categories, products and brands of a rule that do not exist."""
    places: list[tuple[str, Any]] = [("earning.exclusions", earning.exclusions)]
    places += [(f"earning.multipliers.{index}", each) for index, each in enumerate(earning.multipliers)]
    wanted = {
        name: {id for _, part in places for id in getattr(part, name)}
        for name in ("store_ids", "category_ids", "product_ids", "brand_ids")
    }
    known = {
        "store_ids": set(catalog.store_names(wanted["store_ids"])),
        "category_ids": {picked.id for picked in catalog.categories()} if wanted["category_ids"] else set(),
        "product_ids": set(catalog.products(ids=wanted["product_ids"]).values_list("pk", flat=True)),
        "brand_ids": set(catalog.brand_names(wanted["brand_ids"])),
    }
    return [
        FieldError(f"{where}.{name}", "earning.reference_unknown", {"id": id})
        for where, part in places
        for name in wanted
        for id in getattr(part, name)
        if id not in known[name]
    ]


def _start(programme: Programme, *, version: int, now: datetime) -> None:
    """The programme has this version now, and runs. Raises AnotherProgrammeRuns."""
    programme.version, programme.updated_at = version, now
    if programme.state == Programme.State.DRAFT:
        programme.state = Programme.State.ACTIVE
    try:
        with transaction.atomic():
            programme.save(update_fields=["version", "state", "updated_at"])
    except IntegrityError as error:
        raise AnotherProgrammeRuns from error


def _move(programme_id: int, *, from_state: str, to_state: str, actor: Actor) -> datetime:
    programme = _locked(programme_id)
    if programme.state != from_state:
        raise ProgrammeStateRefused(state=programme.state)
    programme.state, programme.updated_at = to_state, clock.now()
    programme.save(update_fields=["state", "updated_at"])
    audit.record(
        actor, "move_programme", subject_kind="programme", subject_id=programme_id, details={"state": to_state}
    )
    return programme.updated_at


def _user_id(actor: Actor) -> int | None:
    return actor.id if actor.kind == "user" else None
