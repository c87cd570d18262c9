"""Tills that were offline: the reference till against the house, told late, twice and in disorder."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import time_machine

from examples.till.till import Item, OfflineLimit, Refused, ServerAway, Till
from huike.checkout.models import OfflineItem
from huike.checkout.models import Till as KnownTill
from huike.ledger import selectors as ledger
from huike.ledger.models import Entry
from huike.loyalty.models import OrderPoints
from huike.orders.models import Order
from huike.staff.rules import Role
from tests.checkout.test_till import till_caller
from tests.loyalty.members import member, points, programme
from tests.people import Caller, api_key, code_of, person
from tests.tills import NOW, store
from tests.tills import till as source

pytestmark = pytest.mark.django_db
HERS = {"phone": "13812345678"}
TEA = Item("TEA-1", "20.00")


class InProcess:
    """The road of a till in tests: the same requests, without a network that can be cut from outside."""

    def __init__(self, key: str) -> None:
        self.caller = Caller(key=key)
        self.is_cut = False
        self.loses_answers = False

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        if self.is_cut:
            raise ServerAway
        headers = {"Idempotency-Key": key} if key else {}
        response = self.caller.call(method, path, body, **headers)
        if self.loses_answers:
            raise ServerAway
        if response.status_code >= 400:
            raise Refused(json.loads(response.content))
        return json.loads(response.content)


@pytest.fixture
def here() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


class Shop:
    def __init__(self, folder: Path, *, most_sale: int = 1_000, most_session: int = 2_000) -> None:
        self.programme = programme()
        self.who = member(self.programme)
        source()
        self.road = InProcess(api_key({"orders.write", "loyalty.read", "customers.read"}))
        self.till = Till(folder, name="SH01-1", source="till-1", store_code=None, server=self.road)
        self.owner = Caller(user=person())
        told = {
            "name": "SH01-1",
            "source": "till-1",
            "public_key": self.till.public_key,
            "most_points_sale": most_sale,
            "most_points_session": most_session,
        }
        assert self.owner.post("/checkout/tills", told).status_code == 201
        self.till.prepare()

    def balance(self) -> int:
        return points(self.programme, self.who).balance


@pytest.fixture
def shop(tmp_path: Path, here: None) -> Shop:
    return Shop(tmp_path)


def test_the_reference_till_sells_online(shop: Shop) -> None:
    sold = shop.till.sell([TEA], member=HERS, paid={"cash": 2_000})
    assert sold.answer is not None
    assert sold.answer["points"]["earned"] == 20
    quoted = shop.till.quote([TEA], member=HERS)
    assert (quoted["totals"]["net"]["amount_minor"], quoted["member"]["earns"]) == (2_000, 20)
    shop.till.take_back([TEA], of=sold.number, member=HERS)
    assert shop.balance() == 0


def test_what_is_sold_without_the_server_is_told_later_once(shop: Shop) -> None:
    shop.road.is_cut = True
    assert shop.till.sell([TEA], member=HERS, paid={"cash": 2_000}).answer is None
    assert shop.till.sell([TEA], member=HERS, paid={"cash": 2_000}).answer is None
    with pytest.raises(ServerAway):
        shop.till.replay()
    shop.road.is_cut = False
    assert [item["state"] for item in shop.till.replay()] == ["taken", "taken"]
    assert (shop.balance(), Order.objects.count(), shop.till.is_offline) == (40, 2, False)
    assert shop.till.replay() == []


def test_a_sale_whose_answer_was_lost_is_taken_once(shop: Shop) -> None:
    shop.road.loses_answers = True
    shop.till.sell([TEA], member=HERS, paid={"cash": 2_000})
    assert Order.objects.count() == 1
    shop.road.loses_answers = False
    shop.till.replay()
    assert (Order.objects.count(), shop.balance()) == (1, 20)


def test_a_replay_whose_answer_was_lost_is_told_again(shop: Shop) -> None:
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"cash": 2_000})
    shop.road.is_cut, shop.road.loses_answers = False, True
    with pytest.raises(ServerAway):
        shop.till.replay()
    shop.road.loses_answers = False
    (item,) = shop.till.replay()
    assert (item["state"], item["placed"]["points"]["earned"], item["placed"]["points"]["earned_change"]) == (
        "taken",
        20,
        0,
    )
    assert shop.balance() == 20


def test_a_till_that_was_switched_off_goes_on(shop: Shop, tmp_path: Path) -> None:
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"cash": 2_000})
    again = Till(tmp_path, name="SH01-1", source="till-1", store_code=None, server=shop.road)
    shop.road.is_cut = False
    assert [item["state"] for item in again.replay()] == ["taken"]


@pytest.mark.parametrize("seed", range(5))
def test_doubled_and_disordered_replays_end_in_the_same_books(shop: Shop, seed: int) -> None:
    shop.till.sell([Item("TEA-1", "900.00")], member=HERS, paid={"cash": 90_000})
    shop.road.is_cut = True
    first = shop.till.sell([TEA], member=HERS, paid={"points": 300, "cash": 1_700}, points=300)
    shop.till.take_back([TEA], of=first.number)
    shop.till.sell([TEA], member=HERS, paid={"points": 500, "cash": 1_500}, points=500)
    third = shop.till.sell([Item("CAKE-1", "33.00")], member=HERS, paid={"cash": 3_300})
    shop.till.take_back([Item("CAKE-1", "11.00")], of=third.number)
    lines = shop.till.waiting() * 2
    Random(seed).shuffle(lines)
    shop.road.is_cut = False
    for line in lines:
        shop.road.call("POST", "/checkout/offline", {"till": "SH01-1", "items": [line]})
    assert shop.balance() == 900 - 500 + 15 + 22
    assert sorted(OrderPoints.objects.exclude(earned=0, burned=0).values_list("earned", "burned")) == [
        (15, 500),
        (22, 0),
        (900, 0),
    ]
    assert ledger.verify() == []
    assert OfflineItem.objects.count() == 5


def test_the_till_takes_no_more_points_than_it_may(shop: Shop) -> None:
    shop.till.sell([Item("TEA-1", "9000.00")], member=HERS, paid={"cash": 900_000})
    shop.road.is_cut = True
    with pytest.raises(OfflineLimit):
        shop.till.sell([TEA], member=HERS, paid={"points": 1_001, "cash": 999}, points=1_001)
    for _ in range(2):
        shop.till.sell([TEA], member=HERS, paid={"points": 1_000, "cash": 1_000}, points=1_000)
    with pytest.raises(OfflineLimit):
        shop.till.sell([TEA], member=HERS, paid={"points": 100, "cash": 1_900}, points=100)
    shop.road.is_cut = False
    assert [item["state"] for item in shop.till.replay()] == ["taken", "taken"]
    assert shop.balance() == 9_000 - 2_000 + 20


def test_a_till_that_lies_about_its_limits_is_refused_and_somebody_decides(shop: Shop) -> None:
    shop.till.sell([Item("TEA-1", "9000.00")], member=HERS, paid={"cash": 900_000})
    shop.till._note("most_sale", "100000")
    shop.till._note("most_session", "100000")
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"points": 1_500, "cash": 500}, points=1_500)
    shop.road.is_cut = False
    (item,) = shop.till.replay()
    assert (item["state"], item["problem"]["code"], item["kept"]) == ("refused", "till.offline_limit", True)
    assert (Order.objects.count(), shop.balance()) == (1, 9_000)
    (waiting,) = json.loads(shop.owner.get("/checkout/offline/refused").content)["items"]
    assert (waiting["points"], waiting["buyer"]) == (1_500, "138****5678")
    clerk = Caller(user=person("clerk"))
    assert clerk.post(f"/checkout/offline/{waiting['id']}/accept").status_code == 403
    assert shop.owner.post(f"/checkout/offline/{waiting['id']}/accept").status_code == 204
    assert shop.balance() == 9_000 - 1_500 + 5
    assert code_of(shop.owner.post(f"/checkout/offline/{waiting['id']}/accept")) == "till.item_not_waiting"


def test_points_that_were_gone_meanwhile_are_owed_within_the_limit(shop: Shop) -> None:
    shop.till.sell([Item("TEA-1", "100.00")], member=HERS, paid={"cash": 10_000})
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"points": 500, "cash": 1_500}, points=500)
    shop.road.is_cut = False
    shop.till.replay()
    assert shop.balance() == 100 - 500 + 15


# Who is no till of ours


def queued(shop: Shop) -> dict[str, str]:
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"cash": 2_000})
    shop.road.is_cut = False
    (line,) = shop.till.waiting()
    return line


def told(shop: Shop, *lines: dict[str, str], till: str = "SH01-1") -> Any:
    return shop.road.call("POST", "/checkout/offline", {"till": till, "items": list(lines)})


def test_what_somebody_changed_is_refused_and_not_kept(shop: Shop) -> None:
    line = queued(shop)
    (item,) = told(shop, {**line, "body": line["body"].replace("20.00", "200.00")})["items"]
    assert (item["problem"]["code"], item["kept"]) == ("till.signature", False)
    assert (Order.objects.count(), OfflineItem.objects.count()) == (0, 0)


def test_another_till_s_key_does_not_speak_for_this_one(shop: Shop, tmp_path: Path) -> None:
    stranger = Till(tmp_path / "other", name="SH01-1", source="till-1", store_code=None, server=shop.road)
    shop.road.is_cut = True
    stranger.sell([TEA], member=HERS, paid={"cash": 2_000})
    shop.road.is_cut = False
    (item,) = told(shop, *stranger.waiting())["items"]
    assert item["problem"]["code"] == "till.signature"
    assert not Order.objects.exists()


def test_a_number_used_twice_is_refused(shop: Shop, tmp_path: Path) -> None:
    told(shop, queued(shop))
    (tmp_path / "queue.sqlite").unlink()
    forgetful = Till(tmp_path, name="SH01-1", source="till-1", store_code=None, server=shop.road)
    shop.road.is_cut = True
    forgetful.sell([TEA], member=HERS, paid={"cash": 2_000})
    shop.road.is_cut = False
    (item,) = told(shop, *forgetful.waiting())["items"]
    assert item["problem"]["code"] == "till.sequence_reused"
    assert Order.objects.count() == 1


def test_a_revoked_till_is_not_heard(shop: Shop) -> None:
    line = queued(shop)
    till = KnownTill.objects.get()
    assert shop.owner.post(f"/checkout/tills/{till.pk}/revoke").status_code == 200
    (item,) = told(shop, line)["items"]
    assert (item["problem"]["code"], item["kept"]) == ("till.revoked", False)
    assert not Entry.objects.exists()


def test_what_never_came_is_named(shop: Shop) -> None:
    shop.road.is_cut = True
    for _ in range(3):
        shop.till.sell([TEA], member=HERS, paid={"cash": 2_000})
    shop.road.is_cut = False
    lines = shop.till.waiting()
    assert told(shop, lines[2])["missing"] == [1, 2]
    assert told(shop, lines[0])["missing"] == [2]
    assert told(shop, lines[1])["missing"] == []


def test_coupons_need_the_server(shop: Shop) -> None:
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"cash": 2_000}, coupons=["ABCDEF"])
    shop.road.is_cut = False
    (item,) = shop.till.replay()
    assert item["problem"]["code"] == "till.coupons_offline"


def test_a_key_of_another_store_does_not_tell_for_this_till(shop: Shop) -> None:
    line = queued(shop)
    elsewhere = till_caller(store_id=store("BJ01", "三里屯店").pk)
    refused = elsewhere.post("/checkout/offline", {"till": "SH01-1", "items": [line]})
    assert code_of(refused) == "till.unknown"
    assert not Order.objects.exists()


def test_a_till_that_makes_no_key_gets_one_that_is_told_once(shop: Shop, tmp_path: Path) -> None:
    made = json.loads(shop.owner.post("/checkout/tills", {"name": "SH01-2", "source": "till-1"}).content)
    folder = tmp_path / "second"
    folder.mkdir()
    (folder / "till.key").write_bytes(b64decode(made["private_key"]))
    second = Till(folder, name="SH01-2", source="till-1", store_code=None, server=shop.road)
    assert second.public_key == made["public_key"]
    second.prepare()
    shop.road.is_cut = True
    second.sell([TEA], member=HERS, paid={"cash": 2_000})
    shop.road.is_cut = False
    assert [item["state"] for item in second.replay()] == ["taken"]
    assert all("private_key" not in row for row in json.loads(shop.owner.get("/checkout/tills").content))
    own = {"name": "SH01-3", "source": "till-1", "public_key": shop.till.public_key}
    assert json.loads(shop.owner.post("/checkout/tills", own).content)["private_key"] is None


def test_a_line_is_set_aside_with_a_note_and_its_text_is_forgotten(shop: Shop) -> None:
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"cash": 2_000}, coupons=["ABCDEF"])
    shop.road.is_cut = False
    shop.till.replay()
    (waiting,) = json.loads(shop.owner.get("/checkout/offline/refused").content)["items"]
    assert (waiting["problem"], waiting["buyer"], waiting["kind"]) == ("till.coupons_offline", "138****5678", "sale")
    assert waiting["payments"] == [{"tender": "cash", "amount_minor": 2_000}]
    assert [(line["name"], float(line["quantity"])) for line in waiting["lines"]] == [("TEA-1", 1.0)]
    path = f"/checkout/offline/{waiting['id']}/dismiss"
    assert Caller(user=person(Role.CLERK)).post(path, {"note": "x"}).status_code == 403

    assert shop.owner.post(path, {"note": "已按纸券补录"}).status_code == 204

    item = OfflineItem.objects.get()
    assert (item.state, item.note, item.body) == ("dismissed", "已按纸券补录", "")
    assert json.loads(shop.owner.get("/checkout/offline/refused").content)["items"] == []
    assert code_of(shop.owner.post(path, {"note": ""})) == "till.item_not_waiting"
    assert not Order.objects.exists()


def test_two_tills_of_one_name_are_refused(shop: Shop) -> None:
    body = {"name": "SH01-1", "source": "till-1", "public_key": shop.till.public_key}
    assert code_of(shop.owner.post("/checkout/tills", body)) == "till.name_taken"
    assert (
        code_of(shop.owner.post("/checkout/tills", {**body, "name": "X", "public_key": "!" * 44})) == "till.key_invalid"
    )
    assert KnownTill.objects.count() == 1


def test_who_sees_one_store_only_sees_its_tills_and_what_waits_of_them(shop: Shop) -> None:
    till = KnownTill.objects.get()
    till.store = store("SH01")
    till.most_points_sale = 0
    till.save()
    shop.till._note("most_sale", "100000")
    shop.road.is_cut = True
    shop.till.sell([TEA], member=HERS, paid={"points": 100, "cash": 1_900}, points=100)
    shop.road.is_cut = False
    shop.till.replay()
    elsewhere = Caller(user=person(store_ids=[store("BJ01", "三里屯店").pk]))
    assert json.loads(elsewhere.get("/checkout/tills").content) == []
    assert json.loads(elsewhere.get("/checkout/offline/refused").content)["items"] == []
    item = OfflineItem.objects.get()
    assert code_of(elsewhere.post(f"/checkout/offline/{item.pk}/accept")) == "till.item_not_found"
    (seen,) = json.loads(shop.owner.get("/checkout/tills").content)
    assert (seen["last_sequence"], seen["refused"], seen["missing"]) == (1, 1, [])
