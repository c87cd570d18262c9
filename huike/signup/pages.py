"""Pages, places, proposals: what staff do with them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Sum

from huike.catalog.selectors import find_store
from huike.customers import wordings
from huike.customers.fields.selectors import specs
from huike.customers.models import Source
from huike.customers.services import update_customer
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform import clock, sql
from huike.platform.audit import Actor, record
from huike.platform.config import get_config
from huike.signup.design import Design, Language, faults_of, words_of
from huike.signup.errors import DesignInvalid, PageChanged, PageNotFound, PlaceNotFound, ProposalNotFound, SlugTaken
from huike.signup.models import Joining, Logo, Place, Proposal, SignUpPage, Tally
from huike.signup.writing import changes_of
from huike.staff.selectors import find_user

SOURCE_KEY = "sign-up"
_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
_CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def random_code(length: int) -> str:
    """Unguessable, without look-alikes."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))


def find_page(page_id: int) -> SignUpPage:
    """Raises PageNotFound."""
    page = SignUpPage.objects.select_related("source").filter(pk=page_id).first()
    if page is None:
        raise PageNotFound
    return page


def live_page(slug: str) -> SignUpPage:
    """What visitors see. Raises PageNotFound for any other."""
    page = SignUpPage.objects.select_related("source").filter(slug=slug, state=SignUpPage.State.LIVE).first()
    if page is None:
        raise PageNotFound
    return page


def list_pages() -> QuerySet[SignUpPage]:
    return SignUpPage.objects.select_related("source").order_by("-updated_at", "-pk")


def published_design(page: SignUpPage) -> Design:
    return Design.model_validate(page.published)


def create_page(*, slug: str, name: str, design: Design, source_id: int | None, actor: Actor) -> SignUpPage:
    """A draft. Without a source, people it brings come from the house's own "sign-up". Raises SlugTaken."""
    config = get_config()
    try:
        with transaction.atomic():
            source = Source.objects.filter(pk=source_id).first() if source_id is not None else None
            if source is None:
                source, _ = Source.objects.get_or_create(
                    key=SOURCE_KEY,
                    defaults={
                        "name": "入会页 Sign-up",
                        "channel": "web",
                        "timezone": config.timezone,
                        "currency": config.currency,
                    },
                )
            page = SignUpPage.objects.create(slug=slug, name=name, draft=design.model_dump(), source=source)
            record(actor, "create_sign_up_page", subject_kind="sign_up_page", subject_id=page.pk)
    except IntegrityError as error:
        if "slug" not in str(error):
            raise
        raise SlugTaken(slug=slug) from error
    return page


def save_draft(page_id: int, *, name: str, slug: str, design: Design, actor: Actor) -> SignUpPage:
    """Keep the editor's design; visitors see nothing of it. A page's address stays once it was published.

    Raises PageNotFound, SlugTaken, PageChanged.
    """
    try:
        with transaction.atomic():
            page = _held(page_id)
            if page.published is not None and slug != page.slug:
                raise PageChanged(reason="slug_published")
            page.name, page.slug, page.draft, page.updated_at = name, slug, design.model_dump(), clock.now()
            page.save(update_fields=["name", "slug", "draft", "updated_at"])
    except IntegrityError as error:
        raise SlugTaken(slug=slug) from error
    return page


def publish(page_id: int, *, actor: Actor) -> SignUpPage:
    """Show the draft to visitors from now on, and keep its words of consent for ever. Raises PageNotFound,
    DesignInvalid naming every fault."""
    with transaction.atomic():
        page = _held(page_id)
        design = Design.model_validate(page.draft)
        logos = set(Logo.objects.filter(pk=design.logo).values_list("pk", flat=True))
        faults = faults_of(design, specs=specs(), logos=logos)
        if faults:
            raise DesignInvalid(errors=faults)
        now = clock.now()
        wordings.keep((words_of(language, consent) for consent in design.consents for language in _LANGUAGES), now=now)
        page.published, page.version, page.state = design.model_dump(), page.version + 1, SignUpPage.State.LIVE
        page.published_at = page.updated_at = now
        page.save()
        details = {"version": page.version}
        record(actor, "publish_sign_up_page", subject_kind="sign_up_page", subject_id=page.pk, details=details)
    return page


def close(page_id: int, *, actor: Actor) -> SignUpPage:
    """Visitors find nothing there any more. Raises PageNotFound, PageChanged where it is not live."""
    return _move(page_id, SignUpPage.State.LIVE, SignUpPage.State.CLOSED, "close_sign_up_page", actor)


def reopen(page_id: int, *, actor: Actor) -> SignUpPage:
    """As it was published last. Raises PageNotFound, PageChanged where it is not closed."""
    return _move(page_id, SignUpPage.State.CLOSED, SignUpPage.State.LIVE, "reopen_sign_up_page", actor)


def _move(page_id: int, before: str, after: str, action: str, actor: Actor) -> SignUpPage:
    with transaction.atomic():
        page = _held(page_id)
        if page.state != before:
            raise PageChanged(state=page.state)
        page.state, page.updated_at = after, clock.now()
        page.save(update_fields=["state", "updated_at"])
        record(actor, action, subject_kind="sign_up_page", subject_id=page.pk)
    return page


def delete_page(page_id: int, *, actor: Actor) -> None:
    """Only a page nobody ever saw. Raises PageNotFound, PageChanged."""
    with transaction.atomic():
        page = _held(page_id)
        if page.published is not None:
            raise PageChanged(state=page.state)
        page.delete()
        record(actor, "delete_sign_up_page", subject_kind="sign_up_page", subject_id=page_id)


def _held(page_id: int) -> SignUpPage:
    page = SignUpPage.objects.select_for_update(of=("self",)).select_related("source").filter(pk=page_id).first()
    if page is None:
        raise PageNotFound
    return page


# Places


def add_place(
    page_id: int, *, label: str, store_id: int | None, clerk_id: int | None, actor: Actor, scope: Scope
) -> Place:
    """A printed code. Raises PageNotFound, StoreNotFound, UserNotFound."""
    page = find_page(page_id)
    if store_id is not None:
        find_store(store_id, scope=scope)
    if clerk_id is not None:
        find_user(clerk_id)
    with transaction.atomic():
        place = Place.objects.create(page=page, code=random_code(8), label=label, store_id=store_id, clerk_id=clerk_id)
        details = {"page_id": page.pk, "store_id": store_id, "clerk_id": clerk_id}
        record(actor, "add_sign_up_place", subject_kind="sign_up_place", subject_id=place.pk, details=details)
    return place


def find_place(page_id: int, place_id: int) -> Place:
    """Raises PlaceNotFound."""
    place = Place.objects.select_related("page").filter(pk=place_id, page_id=page_id).first()
    if place is None:
        raise PlaceNotFound
    return place


def archive_place(page_id: int, place_id: int, *, actor: Actor) -> None:
    """Its printed code goes on leading to the page, but attributes nothing. Raises PlaceNotFound."""
    place = find_place(page_id, place_id)
    with transaction.atomic():
        if Place.objects.filter(pk=place.pk, archived_at=None).update(archived_at=clock.now()):
            record(actor, "archive_sign_up_place", subject_kind="sign_up_place", subject_id=place.pk)


def places_of(page_id: int) -> list[Place]:
    return list(Place.objects.filter(page_id=page_id, archived_at=None).order_by("pk"))


def place_by_code(page: SignUpPage, code: str) -> Place | None:
    if not code or len(code) > 12 or not code.isascii():
        return None
    return Place.objects.filter(page=page, code=code, archived_at=None).first()


# Figures


@dataclass(frozen=True, slots=True)
class Figures:
    opened: int = 0
    sent: int = 0
    confirmed: int = 0
    joined: int = 0


def count(page_id: int, *, opened: int = 0, sent: int = 0, confirmed: int = 0, joined: int = 0, today: date) -> None:
    """Add to the day's counts."""
    sql.rows(
        """
        INSERT INTO signup_tally AS t (page_id, day, opened, sent, confirmed, joined)
        VALUES (%(page)s, %(day)s, %(opened)s, %(sent)s, %(confirmed)s, %(joined)s)
        ON CONFLICT (page_id, day) DO UPDATE
           SET opened = t.opened + EXCLUDED.opened, sent = t.sent + EXCLUDED.sent,
               confirmed = t.confirmed + EXCLUDED.confirmed, joined = t.joined + EXCLUDED.joined
        """,
        {"page": page_id, "day": today, "opened": opened, "sent": sent, "confirmed": confirmed, "joined": joined},
    )


def figures_of(page_ids: list[int], *, since: date) -> dict[int, Figures]:
    """Counts of each page from this day on; every page has an entry."""
    rows = Tally.objects.filter(page_id__in=page_ids, day__gte=since).values("page_id")
    summed = rows.annotate(o=Sum("opened"), s=Sum("sent"), c=Sum("confirmed"), j=Sum("joined")).order_by()
    found = {row["page_id"]: Figures(row["o"], row["s"], row["c"], row["j"]) for row in summed}
    return {page_id: found.get(page_id, Figures()) for page_id in page_ids}


def thirty_days_before(today: date) -> date:
    return today - timedelta(days=29)


def joinings_of(page_id: int, *, scope: Scope) -> QuerySet[Joining]:
    """Who joined by this page, of those the reader may see."""
    rows = Joining.objects.filter(page_id=page_id).select_related("customer", "place").prefetch_related("proposals")
    return rows if scope.all_stores else rows.filter(customer__home_store_id__in=sorted(scope.store_ids))


# Proposals


def decide(proposal_id: int, *, accept: bool, actor: Actor, scope: Scope) -> Proposal:
    """Write what she typed over what the file holds, or leave it; once. Raises ProposalNotFound, and as
    `update_customer`."""
    with transaction.atomic():
        visible = Q() if scope.all_stores else Q(joining__customer__home_store_id__in=sorted(scope.store_ids))
        proposal = (
            Proposal.objects.select_for_update(of=("self",))
            .select_related("joining")
            .filter(visible, pk=proposal_id, state=Proposal.State.OPEN)
            .first()
        )
        if proposal is None:
            raise ProposalNotFound
        if accept:
            changes: Mapping[str, Any] = changes_of(proposal.field, proposal.told)
            update_customer(proposal.joining.customer_id, dict(changes), actor=actor, scope=EVERYTHING)
        proposal.state = Proposal.State.ACCEPTED if accept else Proposal.State.DISMISSED
        proposal.decided_at = clock.now()
        proposal.save(update_fields=["state", "decided_at"])
        record(
            actor,
            "decide_sign_up_proposal",
            subject_kind="customer",
            subject_id=proposal.joining.customer_id,
            details={"field": proposal.field, "accepted": accept},
        )
    return proposal
