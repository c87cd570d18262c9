"""A programme's terms: drafted together, published once, never in the past; a pause that is remembered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from huike.loyalty.errors import (
    AnotherProgrammeRuns,
    DraftChangedMeanwhile,
    ProgrammeStateRefused,
    TermsInThePast,
    TermsInvalid,
    TermsPublishedMeanwhile,
)
from huike.loyalty.models import Pause, Programme, Terms, TermsDraft
from huike.loyalty.programme import selectors, services
from huike.loyalty.programme.rules import spans
from huike.loyalty.terms.reading import Difference, differences
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.loyalty.programmes import programme, published, running
from tests.people import code_of, signed_in
from tests.tills import all_at_once, store

GOLD = {"name": "Gold", "factor_bp": 15_000, "tiers": ["gold"]}
LADDER = {"tiers": [{"key": "gold", "name": "金卡"}]}
_T = datetime(2026, 1, 1, tzinfo=UTC)


def _day(number: int) -> datetime:
    return _T + timedelta(days=number)


@pytest.mark.django_db
def test_a_programme_runs_from_its_first_terms_on() -> None:
    made = programme()
    assert (made.state, selectors.running()) == ("draft", None)

    first = published(made.pk, earning={"points_per_unit": 2})

    assert selectors.running() == made
    assert selectors.find(made.pk).version == first.version == 1
    found = selectors.terms_at(made.pk, first.effective_at)
    assert found is not None
    assert (found.version, found.document.earning.points_per_unit) == (1, 2)
    assert selectors.terms_at(made.pk, first.effective_at - timedelta(microseconds=1)) is None
    assert not TermsDraft.objects.exists()
    entry = AuditEntry.objects.get(action="publish_terms")
    assert entry.details == {"version": 1, "effective_at": first.effective_at.isoformat()}


@pytest.mark.django_db
def test_a_purchase_is_judged_by_the_version_in_effect_when_it_was_placed() -> None:
    made = running(earning={"points_per_unit": 1})
    soon = clock.now() + timedelta(days=10)
    published(made.pk, effective_at=soon, earning={"points_per_unit": 2})

    found = [selectors.terms_at(made.pk, at) for at in (clock.now(), soon - timedelta(seconds=1), soon)]

    assert [terms and terms.version for terms in found] == [1, 1, 2]


@pytest.mark.django_db
def test_a_scheduled_version_is_overtaken_by_a_later_one_that_begins_before_it() -> None:
    made = running()
    later, sooner = clock.now() + timedelta(days=10), clock.now() + timedelta(days=5)
    published(made.pk, effective_at=later, earning={"points_per_unit": 9})

    published(made.pk, effective_at=sooner, earning={"points_per_unit": 3})

    at_both = [selectors.terms_at(made.pk, at) for at in (sooner, later, later + timedelta(days=99))]
    assert [terms and terms.version for terms in at_both] == [3, 3, 3]
    # The same instant may be published again: what is corrected never held.
    published(made.pk, effective_at=sooner, earning={"points_per_unit": 4})
    again = selectors.terms_at(made.pk, sooner)
    assert again is not None
    assert again.version == 4


@pytest.mark.django_db
def test_terms_never_take_effect_in_the_past() -> None:
    made = programme()
    published(made.pk)
    services.save_draft(made.pk, document={}, expected_version=0, actor=SYSTEM)

    with pytest.raises(TermsInThePast):
        services.publish(
            made.pk,
            expected_version=1,
            draft_version=1,
            effective_at=clock.now() - timedelta(seconds=1),
            note="",
            actor=SYSTEM,
        )

    assert Terms.objects.count() == 1
    assert selectors.find(made.pk).version == 1
    assert TermsDraft.objects.get().version == 1


@pytest.mark.django_db
def test_the_first_terms_may_begin_with_the_history_that_was_brought_along() -> None:
    made = programme()
    since = clock.now() - timedelta(days=365)
    terms = published(made.pk, effective_at=since)
    assert (terms.effective_at, selectors.find(made.pk).state) == (since, "active")
    assert selectors.terms_at(made.pk, since + timedelta(days=1)).version == 1


@pytest.mark.django_db
def test_terms_that_were_published_cannot_be_changed() -> None:
    made = running()

    for change in (lambda: Terms.objects.update(note="x"), lambda: Terms.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    assert Terms.objects.get(programme=made).note == ""


@pytest.mark.django_db
def test_a_draft_may_be_half_typed_and_is_published_only_when_it_is_whole() -> None:
    made = programme()
    half = {"earning": {"multipliers": [{"name": "", "factor_bp": 20_000}, GOLD], "unit_minor": None}}
    draft = services.save_draft(made.pk, document=half, expected_version=0, actor=SYSTEM)

    with pytest.raises(TermsInvalid) as refused:
        services.publish(
            made.pk, expected_version=0, draft_version=draft.version, effective_at=None, note="", actor=SYSTEM
        )

    assert selectors.draft_of(made.pk).document == half
    assert [(fault.where, fault.code) for fault in refused.value.errors] == [
        ("earning.unit_minor", "int_type"),
        ("earning.multipliers.0.name", "string_too_short"),
    ]
    assert not Terms.objects.exists()


@pytest.mark.django_db
def test_rules_speak_of_what_there_is() -> None:
    here = store()
    rule = {"name": "x", "factor_bp": 20_000, "store_ids": [here.pk, 999], "tiers": ["gold", "silver"]}

    faults = services.faults_of(
        {"tiers": LADDER, "earning": {"multipliers": [rule], "exclusions": {"brand_ids": [7], "category_ids": [8]}}}
    )

    assert [(fault.where, fault.code, fault.params) for fault in faults] == [
        ("earning.multipliers.0.tiers", "earning.tier_unknown", {"tier": "silver"}),
        ("earning.exclusions.category_ids", "earning.reference_unknown", {"id": 8}),
        ("earning.exclusions.brand_ids", "earning.reference_unknown", {"id": 7}),
        ("earning.multipliers.0.store_ids", "earning.reference_unknown", {"id": 999}),
    ]


@pytest.mark.django_db
def test_of_two_editors_the_second_learns_of_the_first_and_overwrites_nothing() -> None:
    made = programme()
    services.save_draft(made.pk, document={"earning": {"points_per_unit": 1}}, expected_version=0, actor=SYSTEM)

    with pytest.raises(DraftChangedMeanwhile) as refused:
        services.save_draft(made.pk, document={"earning": {"points_per_unit": 2}}, expected_version=0, actor=SYSTEM)

    assert (refused.value.params["version"], refused.value.params["edited_by"]) == (1, "system")
    assert selectors.draft_of(made.pk).document == {"earning": {"points_per_unit": 1}}


@pytest.mark.django_db
def test_what_was_seen_is_what_is_published() -> None:
    made = running()
    services.save_draft(made.pk, document={}, expected_version=0, actor=SYSTEM)

    with pytest.raises(TermsPublishedMeanwhile) as refused:
        services.publish(made.pk, expected_version=0, draft_version=1, effective_at=None, note="", actor=SYSTEM)
    with pytest.raises(DraftChangedMeanwhile):
        services.publish(made.pk, expected_version=1, draft_version=2, effective_at=None, note="", actor=SYSTEM)

    assert refused.value.params == {"version": 1}
    assert Terms.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_draft_published_by_many_at_once_becomes_one_version() -> None:
    made = programme()
    services.save_draft(made.pk, document={}, expected_version=0, actor=SYSTEM)

    def publish() -> str:
        try:
            services.publish(made.pk, expected_version=0, draft_version=1, effective_at=None, note="", actor=SYSTEM)
        except TermsPublishedMeanwhile:
            return "meanwhile"
        return "published"

    assert sorted(all_at_once([publish] * 4)) == ["meanwhile", "meanwhile", "meanwhile", "published"]
    assert Terms.objects.count() == 1


@pytest.mark.django_db
def test_one_programme_runs_at_a_time() -> None:
    first = running()
    second = programme("第二")

    with pytest.raises(AnotherProgrammeRuns), transaction.atomic():
        published(second.pk)

    assert selectors.running() == first
    assert selectors.find(second.pk).version == 0
    assert Terms.objects.count() == 1


@pytest.mark.django_db
def test_a_pause_is_judged_by_when_a_purchase_was_placed() -> None:
    made = running()
    before = clock.now()
    services.pause(made.pk, actor=SYSTEM)
    during = clock.now()
    assert selectors.find(made.pk).state == "paused"
    with pytest.raises(ProgrammeStateRefused):
        services.pause(made.pk, actor=SYSTEM)
    services.resume(made.pk, actor=SYSTEM)

    assert [selectors.was_paused(made.pk, at) for at in (before, during, clock.now())] == [False, True, False]
    assert selectors.find(made.pk).state == "active"
    with pytest.raises(ProgrammeStateRefused):
        services.resume(made.pk, actor=SYSTEM)
    [told] = json.loads(signed_in(Role.CLERK).get(f"/loyalty/programmes/{made.pk}/pauses").content)
    lasted = Pause.objects.get()
    for end, at in (("paused_at", lasted.paused_at), ("resumed_at", lasted.resumed_at)):
        assert at is not None
        assert timedelta(0) <= at - datetime.fromisoformat(told[end]) < timedelta(milliseconds=1)
    assert before < lasted.paused_at < during


_VERSIONS = st.lists(st.integers(0, 6), max_size=8).map(
    lambda days: [(version, _day(day)) for version, day in enumerate(days, start=1)]
)


@given(versions=_VERSIONS, day=st.integers(0, 7))
def test_at_every_instant_the_latest_version_that_began_is_in_effect(
    versions: list[tuple[int, datetime]], day: int
) -> None:
    at = _day(day)

    in_effect = [
        span.version
        for span in spans(versions)
        if span.starts_at <= at and (span.ends_at is None or at < span.ends_at) and not span.is_overtaken
    ]

    assert in_effect == [version for version, starts_at in versions if starts_at <= at][-1:]


def test_what_differs_is_told_by_names_wherever_a_rule_stands() -> None:
    before = {"base": 1, "rules": [{"name": "a", "f": 1}, {"name": "b", "f": 2}], "ids": [1, 2]}
    after = {"base": 2, "rules": [{"name": "b", "f": 3}, {"name": "c", "f": 4}], "ids": [2, 1]}

    assert differences(before, after) == [
        Difference(("base",), 1, 2),
        Difference(("rules", "a"), {"name": "a", "f": 1}, None),
        Difference(("rules", "b", "f"), 2, 3),
        Difference(("rules", "c"), None, {"name": "c", "f": 4}),
        Difference(("ids",), [1, 2], [2, 1]),
    ]
    assert differences(before, before) == []
    assert differences({"rules": [{"name": "a"}, {"name": "b"}]}, {"rules": [{"name": "b"}, {"name": "a"}]}) == [
        Difference(("rules",), ["a", "b"], ["b", "a"])
    ]


@pytest.mark.django_db
def test_a_programme_over_http_from_the_first_draft_to_what_it_changed() -> None:
    owner = signed_in(Role.LOYALTY, name="小林")
    made = json.loads(owner.post("/loyalty/programmes", {"name": "会员", "points_name": "积分"}).content)
    path = f"/loyalty/programmes/{made['id']}"
    assert (made["state"], made["currency"], made["in_effect"]) == ("draft", get_config().currency, None)

    empty = json.loads(owner.get(f"{path}/draft").content)
    assert (empty["version"], empty["faults"]) == (0, [])
    document = {**empty["document"], "tiers": {**empty["document"]["tiers"], **LADDER}}
    document["earning"] = {**document["earning"], "multipliers": [{**GOLD, "tiers": ["platinum"]}]}
    saved = owner.call("PUT", f"{path}/draft", {"document": document, "expected_version": 0})
    assert json.loads(saved.content)["faults"] == [
        {"where": "earning.multipliers.0.tiers", "code": "earning.tier_unknown", "params": {"tier": "platinum"}}
    ]
    refused = owner.post(f"{path}/publish", {"expected_version": 0, "draft_version": 1})
    assert (refused.status_code, code_of(refused)) == (422, "terms.invalid")

    document["earning"]["multipliers"] = [GOLD]
    assert owner.call("PUT", f"{path}/draft", {"document": document, "expected_version": 1}).status_code == 200
    conflict = owner.call("PUT", f"{path}/draft", {"document": {}, "expected_version": 1})
    assert (conflict.status_code, code_of(conflict)) == (409, "terms.draft_changed_meanwhile")
    changed = json.loads(owner.get(f"{path}/differences?from_version=0").content)
    places = [difference["where"] for difference in changed]
    assert places == [["earning", "multipliers", "Gold"], ["tiers", "tiers", "gold"]]
    published_ = owner.post(f"{path}/publish", {"expected_version": 0, "draft_version": 2, "note": "开张"})
    assert published_.status_code == 201

    now_ = json.loads(owner.get(path).content)
    assert (now_["state"], now_["version"], now_["draft_version"]) == ("active", 1, 0)
    assert (now_["in_effect"]["published_by"], now_["in_effect"]["note"]) == ("小林", "开张")
    whole = json.loads(owner.get(f"{path}/versions/1").content)
    assert whole["document"]["earning"]["multipliers"][0]["factor_bp"] == 15_000
    assert json.loads(owner.get(f"{path}/differences?from_version=1").content) == []
    assert code_of(owner.get(f"{path}/versions/2")) == "terms.not_found"


@pytest.mark.django_db
def test_who_may_only_read_changes_nothing() -> None:
    made = running()
    clerk = signed_in(Role.CLERK)
    path = f"/loyalty/programmes/{made.pk}"

    assert clerk.get(path).status_code == 200
    refused = [
        clerk.post("/loyalty/programmes", {"name": "x", "points_name": "x"}),
        clerk.patch(path, {"name": "x"}),
        clerk.call("PUT", f"{path}/draft", {"document": {}, "expected_version": 0}),
        clerk.post(f"{path}/publish", {"expected_version": 1, "draft_version": 0}),
        clerk.post(f"{path}/pause"),
    ]

    assert [answer.status_code for answer in refused] == [403] * 5
    assert Programme.objects.get().name == made.name
    assert not TermsDraft.objects.exists()
