"""A deal's way and its versions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huike.groupbuy.deals import selectors, services
from huike.groupbuy.deals.selectors import DealFigures
from huike.groupbuy.errors import (
    DealChangedMeanwhile,
    DealNotFound,
    DealNotWhole,
    DealStateRefused,
    DealStockTaken,
    DealTermsInvalid,
    MerchantNotFound,
)
from huike.groupbuy.models import Deal, DealTerms
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry
from tests.groupbuy.world import OPEN, buys, deal, document, draft, formed, joins, merchant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def test_a_draft_is_sold_paused_sold_again_and_over_for_good() -> None:
    made = draft()
    assert (made.state, made.version, len(made.slug)) == ("draft", 1, 11)
    for move, state in [
        (services.publish_deal, "on_sale"),
        (services.pause_deal, "paused"),
        (services.publish_deal, "on_sale"),
        (services.end_deal, "over"),
    ]:
        assert move(made.pk, actor=SYSTEM, now=OPEN).state == state
    for move in (services.publish_deal, services.pause_deal, services.end_deal):
        with pytest.raises(DealStateRefused):
            move(made.pk, actor=SYSTEM, now=OPEN)
    assert AuditEntry.objects.filter(action="move_deal").count() == 4


def test_what_is_not_whole_is_not_sold_and_says_what_is_missing() -> None:
    made = services.create_deal(
        merchant_id=merchant(state="applied").pk,
        name="半成品",
        currency="CNY",
        stock=0,
        document=document(ends_at="2026-11-21T00:00:00+08:00"),
        actor=SYSTEM,
        now=OPEN,
    )
    with pytest.raises(DealNotWhole) as refused:
        services.publish_deal(made.pk, actor=SYSTEM, now=OPEN)
    assert refused.value.params == {"missing": ["product", "window", "merchant", "stock"]}
    assert Deal.objects.get().state == "draft"


def test_terms_are_refused_with_every_place_that_is_wrong() -> None:
    with pytest.raises(DealTermsInvalid) as refused:
        draft(validity={"valid_days": 3, "store_ids": [98, 99]})
    assert [(fault.where, fault.params) for fault in refused.value.errors] == [
        ("validity.store_ids", {"id": 98}),
        ("validity.store_ids", {"id": 99}),
    ]
    with pytest.raises(DealTermsInvalid):
        draft(ladder=[])
    assert (Deal.objects.count(), DealTerms.objects.count()) == (0, 0)
    with pytest.raises(MerchantNotFound):
        services.create_deal(
            merchant_id=99, name="", currency="CNY", stock=1, document=document(), actor=SYSTEM, now=OPEN
        )


def test_other_terms_are_a_new_version_and_the_same_ones_are_none() -> None:
    made = draft()
    same = services.edit_deal(made.pk, expected_version=1, document=document(), name="别的", actor=SYSTEM, now=OPEN)
    assert (same.version, same.name) == (1, "别的")
    later = document(group_hours=48, ends_at="2027-01-01T00:00:00+08:00")
    other = services.edit_deal(made.pk, expected_version=1, document=later, actor=SYSTEM, now=OPEN)
    assert (other.version, selectors.terms_of(other).group_hours, selectors.terms_of(other, version=1).group_hours) == (
        2,
        48,
        24,
    )
    assert other.ends_at == selectors.terms_of(other).ends_at
    with pytest.raises(DealChangedMeanwhile) as refused:
        services.edit_deal(made.pk, expected_version=1, name="第三", actor=SYSTEM, now=OPEN)
    assert refused.value.params == {"version": 2}
    assert [row.version for row in selectors.versions_of(made.pk)] == [2, 1]


def test_stock_is_never_less_than_what_is_taken() -> None:
    what = deal(stock=10, most_per_order=5)
    joins(what, 1, quantity=4)
    with pytest.raises(DealStockTaken) as refused:
        services.edit_deal(what.pk, expected_version=1, stock=3, actor=SYSTEM, now=OPEN)
    assert refused.value.params == {"taken": 4}
    assert services.edit_deal(what.pk, expected_version=1, stock=4, actor=SYSTEM, now=OPEN).stock == 4


def test_deals_whose_window_is_over_are_marked() -> None:
    what = deal()
    assert services.end_due(now=what.ends_at - timedelta(seconds=1)) == 0
    assert (services.end_due(now=what.ends_at), Deal.objects.get().state) == (1, "over")


def test_figures_say_what_became_of_a_deal() -> None:
    what = deal()
    formed(what, 1, 2)
    buys(what, 3)
    joins(what, 4)
    assert selectors.figures_of([what.pk, 99]) == {
        what.pk: DealFigures(paying=1, sold=3, forming=1, formed=1, failed=0),
        99: DealFigures(),
    }


def test_a_public_page_knows_no_draft() -> None:
    made = draft()
    with pytest.raises(DealNotFound):
        selectors.find_by_slug(made.slug)
    services.publish_deal(made.pk, actor=SYSTEM, now=OPEN)
    assert selectors.find_by_slug(made.slug).pk == made.pk
    assert list(selectors.list_deals(on_sale_at=OPEN)) == [made]
