"""Stored value over HTTP: the desk, the statement, the end of the day, and who may not."""

from __future__ import annotations

import csv
import io
import os
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from huike.customers.models import Customer
from huike.ledger import selectors as ledger
from huike.loyalty.cards import codes
from huike.loyalty.models import TopUp, ValueFreeze, ValueRefund
from huike.platform import clock
from huike.platform.config import get_config
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.database import as_superuser
from tests.loyalty.cards import FIRST, bind, box
from tests.loyalty.desks import MONEY, PLAN, balance, plans, top_up
from tests.loyalty.members import buy, member, programme
from tests.loyalty.test_stored_value import paid, sale, yuan
from tests.people import Caller, code_of, outsider, signed_in
from tests.tills import store, taken_back

pytestmark = pytest.mark.django_db

BY_PLAN = {"plan_key": "p500", "tenders": [{"tender": "card", "amount_minor": 50_000}]}


@pytest.fixture
def who() -> int:
    return member(programme(**plans()))


def today() -> date:
    """As the database has it: postings are of the day they were written."""
    return datetime.now(get_config().zone).date()


def at_store(who: int, code: str = "SH01", name: str = "南京西路店") -> int:
    """A store that is also where she belongs."""
    found = store(code, name)
    Customer.objects.filter(pk=who).update(home_store_id=found.pk)
    return int(found.pk)


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_clerk_tops_up_by_a_plan_once_whatever_is_sent_twice(who: int) -> None:
    shop = at_store(who)
    clerk = signed_in(Role.CLERK, name="Zhao", store_ids=[shop])
    said = clerk.get("/loyalty/stored-value/plans").json()
    assert (said["currency"], said["plans"][0]["pay_minor"], said["any_amount"]) == ("CNY", PLAN["pay_minor"], True)
    body = {**BY_PLAN, "store_id": shop}
    made = clerk.once(f"/customers/{who}/stored-value/top-ups", body, key="k")
    again = clerk.once(f"/customers/{who}/stored-value/top-ups", body, key="k")
    assert (made.status_code, again.json(), again["Idempotent-Replayed"]) == (201, made.json(), "true")
    value = made.json()["value"]
    assert (value["balance_minor"], value["paid_minor"], value["bonus_minor"]) == (55_000, 50_000, 5_000)
    (row,) = value["top_ups"]
    assert (row["store_id"], row["actor"], row["paid_left_minor"], row["plan_name"]) == (
        shop,
        "Zhao",
        50_000,
        "充 500 送 50",
    )
    read = clerk.get(f"/customers/{who}/stored-value").json()
    assert (TopUp.objects.count(), {**read, "top_ups": value["top_ups"]}) == (1, value)
    other = clerk.once(f"/customers/{who}/stored-value/top-ups", {**body, "store_id": None}, key="k")
    assert (other.status_code, code_of(other)) == (422, "idempotency.key_reused")


def test_a_key_of_one_customer_does_nothing_for_another(who: int) -> None:
    other = Customer.objects.create(name="李雷").pk
    clerk = signed_in(Role.CLERK)
    assert clerk.once(f"/customers/{who}/stored-value/top-ups", BY_PLAN, key="k").status_code == 201
    refused = clerk.once(f"/customers/{other}/stored-value/top-ups", BY_PLAN, key="k")
    assert (refused.status_code, code_of(refused)) == (422, "idempotency.key_reused")
    assert (balance(who), balance(other)) == (55_000, 0)


def test_what_the_law_refuses_says_how_much_may_still_come() -> None:
    who = member(programme(**plans(law={"most_unnamed_minor": 100_000})))
    clerk = signed_in(Role.CLERK)
    clerk.once(f"/customers/{who}/stored-value/top-ups", BY_PLAN)
    refused = clerk.once(f"/customers/{who}/stored-value/top-ups", BY_PLAN)
    assert (refused.status_code, code_of(refused), refused.json()["params"]) == (
        409,
        "stored_value.over_limit",
        {"most_minor": 100_000, "room_minor": 45_000},
    )
    value = clerk.get(f"/customers/{who}/stored-value").json()
    assert (value["is_named"], value["most_minor"], value["room_minor"]) == (False, 100_000, 45_000)


def test_a_refund_is_shown_and_then_done_as_shown(who: int) -> None:
    clerk = signed_in(Role.CLERK)
    clerk.once(f"/customers/{who}/stored-value/top-ups", BY_PLAN)
    shown = clerk.get(f"/customers/{who}/stored-value/refund?amount_minor=20000").json()
    assert (shown["paid_out_minor"], shown["forfeited_minor"], shown["kept_minor"], shown["by_tender"]) == (
        20_000,
        2_000,
        0,
        [{"tender": "card", "amount_minor": 20_000}],
    )
    body = {"amount_minor": 20_000, "expected": [{"tender": "cash", "amount_minor": 20_000}]}
    changed = clerk.once(f"/customers/{who}/stored-value/refunds", body)
    assert (changed.status_code, code_of(changed)) == (409, "stored_value.refund_changed")
    assert not ValueRefund.objects.exists()
    body["expected"] = shown["by_tender"]
    done = clerk.once(f"/customers/{who}/stored-value/refunds", body, key="r")
    clerk.once(f"/customers/{who}/stored-value/refunds", body, key="r")
    assert (done.status_code, done.json()["paid_out_minor"]) == (201, 20_000)
    assert (ValueRefund.objects.count(), done.json()["value"]["balance_minor"]) == (1, 33_000)
    assert clerk.get(f"/customers/{who}/stored-value/refund?amount_minor=30001").status_code == 409


def test_freezing_has_a_reason_and_is_shown_until_it_is_thawed(who: int) -> None:
    clerk = signed_in(Role.CLERK, name="Zhao")
    clerk.once(f"/customers/{who}/stored-value/top-ups", BY_PLAN)
    assert clerk.once(f"/customers/{who}/stored-value/freeze", {"reason": ""}).status_code == 422
    frozen = clerk.once(f"/customers/{who}/stored-value/freeze", {"reason": "卡被盗"}).json()["frozen"]
    assert (frozen["reason"], frozen["actor"]) == ("卡被盗", "Zhao")
    assert clerk.once(f"/customers/{who}/stored-value/thaw", {"reason": "本人到店"}).json()["frozen"] is None
    clerk.once(f"/customers/{who}/stored-value/thaw", {"reason": "again"})
    assert list(ValueFreeze.objects.values_list("frozen", flat=True)) == [True, False]
    assert AuditEntry.objects.filter(action="freeze_stored_value", subject_id=who).count() == 1


def test_the_desk_finds_by_phone_card_and_code_and_nobody_of_another_store(
    who: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = at_store(who)
    elsewhere = store("BJ01", "国贸店").pk
    box()
    bind(FIRST, who)
    here, there = signed_in(Role.CLERK, store_ids=[shop]), signed_in(Role.CLERK, store_ids=[elsewhere])
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    for text in ("13812345678", "+86 138 1234 5678", "8800 0000 0013", codes.code_of(FIRST, codes.step_of(now))):
        assert here.once("/loyalty/desk/find", {"text": text}).json() == {"customer_id": who, "name": "林晓"}
    for text in ("13812345678", FIRST):
        refused = there.once("/loyalty/desk/find", {"text": text})
        assert (refused.status_code, code_of(refused)) == (404, "member.not_found")
    assert here.once("/loyalty/desk/find", {"text": "13900000000"}).status_code == 404


def test_a_statement_begins_where_it_stood_and_ends_where_it_stands(who: int) -> None:
    clerk = signed_in(Role.CLERK, name="Zhao")
    clerk.once(f"/customers/{who}/stored-value/top-ups", BY_PLAN)
    buy(
        sale(60, 60),
        taken_back("R-1", return_of="A-1", lines=(yuan(20),), payments=paid(stored_value=2_000)),
    )
    path = f"/customers/{who}/stored-value/statement"
    said = clerk.get(f"{path}?from_on={today()}&to_on={today()}").json()
    assert (said["opening_minor"], said["closing_minor"]) == (0, 51_000)
    assert [(line["what"], line["amount_minor"], line["balance_minor"]) for line in said["lines"]] == [
        ("top_up", 50_000, 50_000),
        ("bonus", 5_000, 55_000),
        ("spent", -6_000, 49_000),
        ("given_back", 2_000, 51_000),
    ]
    after = today() + timedelta(days=1)
    later = clerk.get(f"{path}?from_on={after}&to_on={after}").json()
    assert (later["opening_minor"], later["closing_minor"], later["lines"]) == (51_000, 51_000, [])
    file = clerk.get(f"{path}/file?from_on={today()}&to_on={today()}")
    rows = list(csv.DictReader(io.StringIO(body_of(file).decode("utf-8-sig"))))
    assert [(row["what"], row["amount"], row["balance"]) for row in rows] == [
        ("opening", "", "0.00"),
        ("top_up", "500.00", "500.00"),
        ("bonus", "50.00", "550.00"),
        ("spent", "-60.00", "490.00"),
        ("given_back", "20.00", "510.00"),
        ("closing", "", "510.00"),
    ]
    workbook = clerk.get(f"{path}/file?from_on={today()}&to_on={today()}&format=xlsx")
    assert body_of(workbook).startswith(b"PK")


def day(caller: Caller, on: date) -> dict[str | None, dict[str, Any]]:
    stores = caller.get(f"/loyalty/stored-value/day?on={on}").json()["stores"]
    return {
        one["store_name"]: {
            "opening": one["opening_minor"],
            "closing": one["closing_minor"],
            **{each["figure"]: each["amount_minor"] for each in one["figures"]},
        }
        for one in stores
    }


def all_yesterday() -> None:
    """Everything so far was posted yesterday; nothing but a test may say so, and none who works in the house."""
    with psycopg.connect(as_superuser(os.environ["HUIKE_DATABASE_URL"]), autocommit=True) as above:
        above.execute("SET session_replication_role = replica")
        above.execute("UPDATE ledger_transaction SET posted_at = posted_at - interval '1 day'")


@pytest.mark.django_db(transaction=True)
def test_the_day_of_each_store_adds_up_to_what_the_house_owes(who: int) -> None:
    shop = at_store(who)
    store("BJ01", "国贸店")
    owner = signed_in(Role.OWNER)
    top_up(who, {"card": 30_000, "cash": 20_000}, plan_key="p500", store_id=shop)
    all_yesterday()
    top_up(who, {"cash": 10_000}, store_id=shop)
    buy(
        sale(60, 60, store_code="BJ01"),
        taken_back("R-1", return_of="A-1", lines=(yuan(20),), payments=paid(stored_value=2_000), store_code="SH01"),
    )
    body = {
        "amount_minor": 10_000,
        "store_id": shop,
        "expected": [{"tender": "cash", "amount_minor": 10_000}],
    }
    assert owner.once(f"/customers/{who}/stored-value/refunds", body).status_code == 201
    assert day(owner, today()) == {
        "南京西路店": {
            "opening": 55_000,
            "topped_up": 10_000,
            "given_back": 2_000,
            "paid_out": -10_000,
            "closing": 57_000,
        },
        "国贸店": {"opening": 0, "spent": -6_000, "closing": -6_000},
    }
    assert day(owner, today() - timedelta(days=1)) == {
        "南京西路店": {"opening": 0, "topped_up": 50_000, "bonus_given": 5_000, "closing": 55_000}
    }
    assert balance(who) == 57_000 - 6_000
    (first,) = owner.get(f"/loyalty/stored-value/day?on={today() - timedelta(days=1)}").json()["stores"]
    assert sorted((each["tender"], each["amount_minor"]) for each in first["topped_up_by"]) == [
        ("card", 30_000),
        ("cash", 20_000),
    ]
    now = owner.get(f"/loyalty/stored-value/day?on={today()}").json()["stores"]
    assert now[0]["paid_out_by"] == [{"tender": "cash", "amount_minor": 10_000}]
    owed = {line.account: line.balance for line in ledger.trial_balance(asset=MONEY)}
    assert (owed["available"], ledger.verify()) == (51_000, [])


def test_a_figure_opens_the_rows_it_is_the_sum_of(who: int) -> None:
    shop = at_store(who)
    owner = signed_in(Role.OWNER)
    for n, tender in enumerate(("card", "cash", "card")):
        top_up(who, {tender: 10_000 + n}, store_id=shop)
    path = f"/loyalty/stored-value/day/rows?on={today()}&figure=topped_up&store_id={shop}"
    first = owner.get(f"{path}&limit=2").json()
    rest = owner.get(f"{path}&limit=2&before={first['next_before']}").json()
    rows = [*first["items"], *rest["items"]]
    assert [row["amount_minor"] for row in rows] == [10_002, 10_001, 10_000]
    assert (rest["next_before"], rows[0]["customer_name"], rows[0]["actor"]) == (None, "林晓", "赵敏")
    assert sum(row["amount_minor"] for row in rows) == day(owner, today())["南京西路店"]["topped_up"]
    cash = owner.get(f"{path}&tender=cash").json()["items"]
    assert [row["amount_minor"] for row in cash] == [10_001]


def test_whoever_is_limited_to_a_store_acts_and_sees_there_only(who: int) -> None:
    shop = at_store(who)
    there = store("BJ01", "国贸店").pk
    theirs = Customer.objects.create(name="李雷", home_store_id=there).pk
    top_up(who, store_id=shop)
    top_up(theirs, store_id=there)
    clerk = signed_in(Role.CLERK, store_ids=[there])
    for path in (
        f"/customers/{who}/stored-value",
        f"/customers/{who}/stored-value/refund",
        f"/customers/{who}/stored-value/statement?from_on={today()}&to_on={today()}",
        f"/customers/{who}/stored-value/statement/file?from_on={today()}&to_on={today()}",
    ):
        assert clerk.get(path).status_code == 404
    for path, body in (
        (f"/customers/{who}/stored-value/top-ups", {**BY_PLAN, "store_id": there}),
        (f"/customers/{theirs}/stored-value/top-ups", {**BY_PLAN, "store_id": shop}),
        (f"/customers/{who}/stored-value/freeze", {"reason": "n"}),
        (f"/customers/{who}/stored-value/thaw", {"reason": "n"}),
        (f"/customers/{who}/stored-value/refunds", {"amount_minor": 1, "expected": [], "store_id": there}),
    ):
        assert clerk.once(path, body).status_code == 404
    nowhere = clerk.once(f"/customers/{theirs}/stored-value/top-ups", BY_PLAN)
    assert (nowhere.status_code, code_of(nowhere)) == (422, "stored_value.store_needed")
    assert (balance(who), balance(theirs), ValueFreeze.objects.count()) == (55_000, 55_000, 0)
    assert list(day(clerk, today())) == ["国贸店"]
    file = body_of(clerk.get(f"/loyalty/stored-value/day/file?on={today()}")).decode("utf-8-sig")
    assert ("国贸店" in file, "南京西路店" in file, "550.00" in file) == (True, False, True)
    rows = f"/loyalty/stored-value/day/rows?on={today()}&figure=topped_up"
    assert len(clerk.get(f"{rows}&store_id={there}").json()["items"]) == 1
    assert clerk.get(f"{rows}&store_id={shop}").json()["items"] == []
    assert clerk.get(rows).json()["items"] == []


def test_whoever_may_not_is_refused_and_nothing_happens(who: int) -> None:
    analyst = signed_in(Role.ANALYST)
    for caller, status in ((analyst, 403), (outsider(), 401)):
        assert caller.once(f"/customers/{who}/stored-value/top-ups", BY_PLAN).status_code == status
        assert caller.once(f"/customers/{who}/stored-value/freeze", {"reason": "n"}).status_code == status
        assert caller.once("/loyalty/desk/find", {"text": "13812345678"}).status_code == status
        assert caller.get(f"/customers/{who}/stored-value/refund").status_code == status
    assert (TopUp.objects.count(), ValueFreeze.objects.count()) == (0, 0)
    assert signed_in(Role.SALES).get(f"/customers/{who}/stored-value").status_code == 403
