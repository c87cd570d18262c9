"""Words into interests, with the sentence as evidence."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from huike.behaviour import words
from huike.behaviour.models import Evidence, Interest, InterestTerm
from huike.catalog.models import Brand, Category
from huike.platform import clock
from huike.staff.rules import Role
from tests.behaviour.world import SHOP, identify, known_as, send, shop, track
from tests.people import Caller, api_key, code_of, outsider, signed_in
from tests.tills import store


@cache
def lexicon() -> words.Lexicon:
    terms = {"乌龙茶": "乌龙茶", "乌龙": "乌龙茶", "奶茶": "奶茶", "绿茶": "绿茶", "green tea": "green tea"}
    return words.Lexicon(terms, cache_dir=tempfile.gettempdir())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("很喜欢你们的乌龙茶，包装也好看。", [("乌龙茶", 1)]),
        ("我不喜欢奶茶，想喝乌龙茶", [("奶茶", -1), ("乌龙茶", 1)]),
        ("Not bad, I love green tea.", [("green tea", 1)]),
        ("乌龙茶乌龙茶乌龙茶！", [("乌龙茶", 1)]),
        ("我不太喜欢喝绿茶", [("绿茶", -1)]),
        ("I don’t like ＧＲＥＥＮ tea at all", [("green tea", -1)]),
        ("greenteas and a green teapot", []),
        ("喝乌龙。不喝奶茶！", [("乌龙茶", 1), ("奶茶", -1)]),
        ("", []),
        ("\x00\ud800", []),
    ],
)
def test_a_text_shows_the_interests_of_its_sentences(text: str, found: list[tuple[str, int]]) -> None:
    assert [(mention.interest, mention.sign) for mention in lexicon().mentions(text)] == found


def test_a_word_counts_half_after_180_days() -> None:
    now = clock.now()
    weight = words.weight_at_epoch(1, now)
    assert words.score(weight, now=now) == pytest.approx(1)
    assert words.score(weight, now=now + timedelta(days=180)) == pytest.approx(0.5)


pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Caller:
    shop()
    InterestTerm.objects.bulk_create(
        [InterestTerm(term="乌龙茶", interest="乌龙茶"), InterestTerm(term="奶茶", interest="奶茶")]
    )
    return Caller(key=api_key({"behaviour.write"}))


def review(text: str, external_id: str = "r1", **told: Any) -> dict[str, Any]:
    return {
        "source": SHOP,
        "external_id": external_id,
        "customer": {"external_id": "u1"},
        "kind": "review",
        "said_at": clock.now().isoformat(),
        "text": text,
        **told,
    }


def test_a_review_becomes_an_interest_with_its_sentence_once(door: Caller) -> None:
    li = known_as("u1", source=shop().source)
    said = review("包装好看。乌龙茶真香！不喜欢奶茶")
    assert door.post("/texts", said).json() == {"customer_id": li.pk, "evidence": 2}
    assert door.post("/texts", said).json() == {"customer_id": li.pk, "evidence": 0}
    liked, denied = signed_in(Role.SERVICE).get(f"/customers/{li.pk}/interests").json()
    assert (liked["interest"], liked["score"], liked["evidence"][0]["sentence"]) == ("乌龙茶", 1.0, "乌龙茶真香")
    assert (denied["interest"], denied["score"]) == ("奶茶", -1.0)


def test_words_of_an_event_count_when_the_person_is_known_later(door: Caller) -> None:
    send(track("Product Reviewed", anonymousId="a1", properties={"review_body": "乌龙茶不错"}))
    assert not Evidence.objects.exists()
    li = known_as("u1", source=shop().source)
    send({**identify("u1"), "anonymousId": "a1"})
    assert Interest.objects.get().customer_id == li.pk
    assert Evidence.objects.get().kind == "event"


def test_words_make_nobody_and_outsiders_say_nothing(door: Caller) -> None:
    assert code_of(door.post("/texts", review("乌龙茶"))) == "customer.not_found"
    assert code_of(door.post("/texts", review("乌龙茶", source="no"))) == "behaviour.source_unknown"
    assert outsider().post("/texts", review("乌龙茶")).status_code == 401
    assert not Evidence.objects.exists()


def test_interests_of_people_of_other_stores_are_not_shown(door: Caller) -> None:
    li = known_as("u1", source=shop().source)
    clerk = signed_in(Role.CLERK, store_ids=[store().pk])
    assert clerk.get(f"/customers/{li.pk}/interests").status_code == 404


def test_the_lexicon_is_filled_from_the_catalogue_and_by_hand() -> None:
    owner = signed_in(Role.OWNER)
    Category.objects.create(name="普洱")
    Brand.objects.create(name="青禾")
    assert owner.post("/interest-terms/from-catalogue").json() == {"added": 2}
    assert owner.post("/interest-terms/from-catalogue").json() == {"added": 0}
    term = owner.post("/interest-terms", {"term": "冷萃", "interest": "咖啡"})
    assert term.status_code == 201
    assert code_of(owner.post("/interest-terms", {"term": "冷萃", "interest": "茶"})) == "behaviour.term_taken"
    assert owner.get("/interest-terms?q=咖啡").json()["total"] == 1
    assert owner.delete(f"/interest-terms/{term.json()['id']}").status_code == 204
    assert code_of(owner.delete(f"/interest-terms/{term.json()['id']}")) == "behaviour.term_not_found"
    assert [row["term"] for row in owner.get("/interest-terms").json()["items"]] == ["普洱", "青禾"]
