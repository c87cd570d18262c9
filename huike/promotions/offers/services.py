"""Writes: offers, their terms, and whether they hold."""

from __future__ import annotations

from django.db import connection, transaction

from huike.catalog import selectors as catalog
from huike.kernel.errors import FieldError
from huike.platform import audit, clock
from huike.platform.audit import Actor
from huike.promotions.errors import OfferNotFound, OfferStateRefused, OfferTermsInvalid
from huike.promotions.models import Offer, OfferTerms
from huike.promotions.rules import states_before
from huike.promotions.terms.document import OfferDocument
from huike.promotions.terms.effects import Sample, products_of
from huike.segments import selectors as segments


def create_offer(*, name: str, terms: OfferDocument, actor: Actor) -> Offer:
    """A draft. Raises OfferTermsInvalid."""
    _check(terms)
    with transaction.atomic():
        offer = Offer.objects.create(
            name=name, kind=terms.effect.kind, applies=terms.applies.value, created_by_id=_user_id(actor)
        )
        _write_terms(offer, terms, actor)
        audit.record(actor, "create_offer", subject_kind="offer", subject_id=offer.pk)
        return offer


def update_offer(offer_id: int, *, name: str | None, terms: OfferDocument | None, actor: Actor) -> None:
    """Rename an offer, or give it new terms for carts and coupons from now on; what was promised under the old ones
    keeps them.

    Raises OfferNotFound, OfferTermsInvalid, OfferStateRefused once it has ended.
    """
    if terms is not None:
        _check(terms)
    with transaction.atomic():
        offer = Offer.objects.select_for_update().filter(pk=offer_id).first()
        if offer is None:
            raise OfferNotFound
        if offer.state == Offer.State.ENDED:
            raise OfferStateRefused(state=offer.state)
        if name is not None:
            offer.name = name
        if terms is not None:
            offer.version += 1
            offer.kind, offer.applies = terms.effect.kind, terms.applies.value
            _write_terms(offer, terms, actor)
        offer.updated_at = clock.now()
        offer.save()
        _tell_processes()
        audit.record(
            actor, "update_offer", subject_kind="offer", subject_id=offer_id, details={"version": offer.version}
        )


def activate_offer(offer_id: int, *, actor: Actor) -> None:
    """Raises OfferNotFound, OfferStateRefused."""
    _move_offer(offer_id, Offer.State.ACTIVE, actor)


def pause_offer(offer_id: int, *, actor: Actor) -> None:
    """It holds for no cart, and no coupon of it is taken, until it is active again. Raises OfferNotFound,
    OfferStateRefused."""
    _move_offer(offer_id, Offer.State.PAUSED, actor)


def end_offer(offer_id: int, *, actor: Actor) -> None:
    """For good. Raises OfferNotFound, OfferStateRefused."""
    _move_offer(offer_id, Offer.State.ENDED, actor)


def _move_offer(offer_id: int, target: Offer.State, actor: Actor) -> None:
    with transaction.atomic():
        movable = Offer.objects.filter(pk=offer_id, state__in=states_before(target))
        if not movable.update(state=target, updated_at=clock.now()):
            state = Offer.objects.filter(pk=offer_id).values_list("state", flat=True).first()
            if state is None:
                raise OfferNotFound
            raise OfferStateRefused(state=state, wanted=target.value)
        _tell_processes()
        audit.record(actor, "move_offer", subject_kind="offer", subject_id=offer_id, details={"state": target.value})


def _write_terms(offer: Offer, terms: OfferDocument, actor: Actor) -> None:
    OfferTerms.objects.create(
        offer=offer, version=offer.version, document=terms.model_dump(mode="json"), created_by_id=_user_id(actor)
    )


def _tell_processes() -> None:
    """What processes keep of live offers is old when this transaction commits; whoever changes offers at the same
    time waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO promotions_live_offers (id, version) VALUES (1, nextval('promotions_live_offers_version'))
            ON CONFLICT (id) DO UPDATE SET version = excluded.version
            """
        )


def _check(terms: OfferDocument) -> None:
    """Raises OfferTermsInvalid with every place that names what is not there."""
    faults = _unknown(terms)
    if faults:
        raise OfferTermsInvalid(errors=faults)


def _unknown(terms: OfferDocument) -> list[FieldError]:
    """The stores, products, categories, brands and segments of the terms that do not exist."""
    goods = terms.goods()
    wanted = {
        name: {id for each in goods for kind in (name, f"except_{name}") for id in getattr(each, kind)}
        for name in ("product_ids", "category_ids", "brand_ids")
    }
    wanted["product_ids"] |= set(products_of(terms.effect))
    wanted["store_ids"] = set(terms.where.store_ids)
    wanted["segment_ids"] = {*terms.customer.segment_ids, *terms.customer.not_segment_ids}
    products = {product.pk: product for product in catalog.products(ids=wanted["product_ids"]) if wanted["product_ids"]}
    known = {
        "product_ids": set(products),
        "category_ids": {picked.id for picked in catalog.categories()} if wanted["category_ids"] else set(),
        "brand_ids": set(catalog.brand_names(wanted["brand_ids"])),
        "store_ids": set(catalog.store_names(wanted["store_ids"])),
        "segment_ids": set(segments.segment_names(wanted["segment_ids"])),
    }
    faults = [
        FieldError("terms", "offer.reference_unknown", {"kind": name.removesuffix("_ids"), "id": id})
        for name in wanted
        for id in sorted(wanted[name] - known[name])
    ]
    if isinstance(terms.effect, Sample):
        product = products.get(terms.effect.product_id)
        if product is not None and product.sample_of_id is None:
            faults.append(FieldError("terms.effect.product_id", "offer.not_a_sample", {"id": product.pk}))
    return faults


def _user_id(actor: Actor) -> int | None:
    return actor.id if actor.kind == "user" else None
