"""The programme and its terms over HTTP."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from huike.loyalty.models import Programme
from huike.loyalty.programme import selectors, services
from huike.loyalty.programme.rules import spans
from huike.loyalty.programme.schemas import (
    DifferenceOut,
    DraftIn,
    DraftOut,
    Id,
    PauseOut,
    ProgrammeChange,
    ProgrammeIn,
    ProgrammeOut,
    PublishIn,
    Version,
    VersionOut,
    VersionRow,
)
from huike.loyalty.terms.document import TermsDocument
from huike.loyalty.terms.reading import differences
from huike.platform import clock
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.staff.access import Requires, principal_of
from huike.staff.selectors import user_names

router = Router(tags=["loyalty"])


@router.get(
    "/loyalty/programmes",
    auth=Requires("loyalty.read"),
    operation_id="list_programmes",
    summary="The programmes, newest first; one runs at a time",
    response={200: list[ProgrammeOut], **problems()},
)
def list_programmes(request: HttpRequest) -> list[ProgrammeOut]:
    return [_out(programme) for programme in selectors.programmes()]


@router.post(
    "/loyalty/programmes",
    auth=Requires("loyalty.write"),
    operation_id="create_programme",
    summary="A new programme; it runs once its first terms are published",
    response={201: ProgrammeOut, **problems()},
)
def create_programme(request: HttpRequest, body: ProgrammeIn) -> Status[ProgrammeOut]:
    programme = services.create_programme(
        name=body.name,
        points_name=body.points_name,
        currency=body.currency or get_config().currency,
        actor=principal_of(request).actor,
    )
    return Status(201, _programme(programme.pk))


@router.get(
    "/loyalty/programmes/{id}",
    auth=Requires("loyalty.read"),
    operation_id="get_programme",
    summary="One programme: its state, the terms in effect and those that will be",
    response={200: ProgrammeOut, **problems(404)},
)
def get_programme(request: HttpRequest, id: Id) -> ProgrammeOut:
    return _programme(id)


@router.patch(
    "/loyalty/programmes/{id}",
    auth=Requires("loyalty.write"),
    operation_id="rename_programme",
    summary="Rename the programme or its points",
    response={200: ProgrammeOut, **problems(404)},
)
def rename_programme(request: HttpRequest, id: Id, body: ProgrammeChange) -> ProgrammeOut:
    services.rename_programme(id, name=body.name, points_name=body.points_name, actor=principal_of(request).actor)
    return _programme(id)


@router.post(
    "/loyalty/programmes/{id}/pause",
    auth=Requires("loyalty.write"),
    operation_id="pause_programme",
    summary="Purchases placed from now on earn nothing, until it is resumed",
    response={200: ProgrammeOut, **problems(404, 409)},
)
def pause_programme(request: HttpRequest, id: Id) -> ProgrammeOut:
    services.pause(id, actor=principal_of(request).actor)
    return _programme(id)


@router.post(
    "/loyalty/programmes/{id}/resume",
    auth=Requires("loyalty.write"),
    operation_id="resume_programme",
    summary="Purchases placed from now on earn again",
    response={200: ProgrammeOut, **problems(404, 409)},
)
def resume_programme(request: HttpRequest, id: Id) -> ProgrammeOut:
    services.resume(id, actor=principal_of(request).actor)
    return _programme(id)


@router.get(
    "/loyalty/programmes/{id}/pauses",
    auth=Requires("loyalty.read"),
    operation_id="list_pauses",
    summary="When the programme was paused, the latest first",
    response={200: list[PauseOut], **problems(404)},
)
def list_pauses(request: HttpRequest, id: Id) -> list[PauseOut]:
    selectors.find(id)
    return [PauseOut.model_validate(pause) for pause in selectors.pauses(id)]


@router.get(
    "/loyalty/programmes/{id}/draft",
    auth=Requires("loyalty.read"),
    operation_id="get_terms_draft",
    summary="The terms that are being edited, and what keeps them from being published",
    response={200: DraftOut, **problems(404)},
)
def get_terms_draft(request: HttpRequest, id: Id) -> DraftOut:
    selectors.find(id)
    return _draft(id)


@router.put(
    "/loyalty/programmes/{id}/draft",
    auth=Requires("loyalty.write"),
    operation_id="save_terms_draft",
    summary="Keep what was typed, whole or not",
    response={200: DraftOut, **problems(404, 409)},
)
def save_terms_draft(request: HttpRequest, id: Id, body: DraftIn) -> DraftOut:
    actor = principal_of(request).actor
    services.save_draft(id, document=body.document, expected_version=body.expected_version, actor=actor)
    return _draft(id)


@router.delete(
    "/loyalty/programmes/{id}/draft",
    auth=Requires("loyalty.write"),
    operation_id="discard_terms_draft",
    summary="Throw away what was typed since the last version",
    response={200: DraftOut, **problems(404, 409)},
)
def discard_terms_draft(request: HttpRequest, id: Id, expected_version: Version) -> DraftOut:
    services.discard_draft(id, expected_version=expected_version, actor=principal_of(request).actor)
    return _draft(id)


@router.post(
    "/loyalty/programmes/{id}/publish",
    auth=Requires("loyalty.write"),
    operation_id="publish_terms",
    summary="Make the draft the next version of the terms, from now on or from a later instant",
    response={201: VersionOut, **problems(404, 409)},
)
def publish_terms(request: HttpRequest, id: Id, body: PublishIn) -> Status[VersionOut]:
    terms = services.publish(
        id,
        expected_version=body.expected_version,
        draft_version=body.draft_version,
        effective_at=body.effective_at,
        note=body.note,
        actor=principal_of(request).actor,
    )
    return Status(201, _version(id, terms.version))


@router.get(
    "/loyalty/programmes/{id}/versions",
    auth=Requires("loyalty.read"),
    operation_id="list_terms_versions",
    summary="Every version of the terms, newest first: who published it, and from when to when it is in effect",
    response={200: list[VersionRow], **problems(404)},
)
def list_terms_versions(request: HttpRequest, id: Id) -> list[VersionRow]:
    selectors.find(id)
    return _rows(id)


@router.get(
    "/loyalty/programmes/{id}/versions/{version}",
    auth=Requires("loyalty.read"),
    operation_id="get_terms_version",
    summary="One version of the terms, whole",
    response={200: VersionOut, **problems(404)},
)
def get_terms_version(request: HttpRequest, id: Id, version: Version) -> VersionOut:
    return _version(id, version)


@router.get(
    "/loyalty/programmes/{id}/differences",
    auth=Requires("loyalty.read"),
    operation_id="compare_terms",
    summary="What differs between two versions; without `to_version`, what the draft would change",
    response={200: list[DifferenceOut], **problems(404)},
)
def compare_terms(
    request: HttpRequest,
    id: Id,
    from_version: Version = Query(..., description="0 stands for the terms a programme begins with"),
    to_version: Version | None = None,
) -> list[DifferenceOut]:
    selectors.find(id)
    defaults = TermsDocument().model_dump(mode="json")
    before = selectors.find_version(id, from_version).document if from_version else defaults
    after = selectors.draft_of(id) if to_version is None else selectors.find_version(id, to_version)
    return [DifferenceOut.of(difference) for difference in differences(before, after.document)]


def _programme(programme_id: int) -> ProgrammeOut:
    return _out(selectors.find(programme_id))


def _out(programme: Programme) -> ProgrammeOut:
    draft = selectors.draft_of(programme.pk)
    return ProgrammeOut.of(programme, versions=_rows(programme.pk), draft=draft, now=clock.now())


def _rows(programme_id: int) -> list[VersionRow]:
    versions, now = list(selectors.versions(programme_id)), clock.now()
    span_of = {span.version: span for span in spans([(each.version, each.effective_at) for each in versions])}
    names = user_names({each.created_by_id for each in versions if each.created_by_id is not None})
    return [VersionRow.of(each, span=span_of[each.version], names=names, now=now) for each in versions]


def _version(programme_id: int, version: int) -> VersionOut:
    terms = selectors.find_version(programme_id, version)
    row = next(row for row in _rows(programme_id) if row.version == version)
    return VersionOut(**row.model_dump(), document=selectors.document_of(terms.pk))


def _draft(programme_id: int) -> DraftOut:
    draft = selectors.draft_of(programme_id)
    return DraftOut.of(draft, document=services.whole_of(draft.document), faults=services.faults_of(draft.document))
