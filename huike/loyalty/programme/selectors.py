"""Reads: the programme that runs, and the terms in effect at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Q, QuerySet

from huike.loyalty.errors import ProgrammeNotFound, TermsNotFound
from huike.loyalty.models import Pause, Programme, Terms, TermsDraft
from huike.loyalty.terms.document import TermsDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsAt:
    """The terms in effect at an instant, and which version that is."""

    terms_id: int
    version: int
    document: TermsDocument


def programmes() -> QuerySet[Programme]:
    """All there are, the newest first."""
    return Programme.objects.order_by("-pk")


def running() -> Programme | None:
    """The one programme that runs, paused or not."""
    return Programme.objects.filter(state__in=[Programme.State.ACTIVE, Programme.State.PAUSED]).first()


def find(programme_id: int) -> Programme:
    """Raises ProgrammeNotFound."""
    programme = Programme.objects.filter(pk=programme_id).first()
    if programme is None:
        raise ProgrammeNotFound
    return programme


def terms_at(programme_id: int, at: datetime) -> TermsAt | None:
    """The terms a purchase of this instant is judged by: the latest version that had taken effect. None before the
    first."""
    found = (
        Terms.objects.filter(programme_id=programme_id, effective_at__lte=at)
        .order_by("-version")
        .values_list("pk", "version")
        .first()
    )
    return None if found is None else TermsAt(terms_id=found[0], version=found[1], document=document_of(found[0]))


@lru_cache(maxsize=256)
def document_of(terms_id: int) -> TermsDocument:
    """The document of a version, which never changes. Raises Terms.DoesNotExist."""
    return TermsDocument.model_validate(Terms.objects.values_list("document", flat=True).get(pk=terms_id))


def was_paused(programme_id: int, at: datetime) -> bool:
    """Whether the programme was paused at this instant, so that a purchase of it earns nothing."""
    lasted = Q(resumed_at__isnull=True) | Q(resumed_at__gt=at)
    return Pause.objects.filter(lasted, programme_id=programme_id, paused_at__lte=at).exists()


def pauses(programme_id: int) -> QuerySet[Pause]:
    """Every pause there was, the latest first."""
    return Pause.objects.filter(programme_id=programme_id).order_by("-paused_at")


def versions(programme_id: int) -> QuerySet[Terms]:
    """Every version, the newest first."""
    return Terms.objects.filter(programme_id=programme_id).order_by("-version")


def find_version(programme_id: int, version: int) -> Terms:
    """Raises TermsNotFound."""
    terms = Terms.objects.filter(programme_id=programme_id, version=version).first()
    if terms is None:
        raise TermsNotFound
    return terms


def draft_of(programme_id: int) -> TermsDraft:
    """What is being edited; where nothing is, an unsaved draft of version 0: the newest terms, or the defaults."""
    draft = TermsDraft.objects.filter(programme_id=programme_id).first()
    if draft is not None:
        return draft
    newest = versions(programme_id).first()
    document = newest.document if newest else TermsDocument().model_dump(mode="json")
    return TermsDraft(programme_id=programme_id, document=document, version=0, edited_by="")
