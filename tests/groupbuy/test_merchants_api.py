"""Merchants, complaints and settlement over HTTP."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huike.groupbuy.models import Merchant, MerchantDocument, MerchantTermsVersion, Statement
from huike.groupbuy.settlement import services as settlement
from huike.platform import clock
from huike.platform.models import AuditEntry
from huike.staff.rules import Role
from tests.groupbuy import merchants as world
from tests.groupbuy.merchants import ZHAO, admitted, applied, code, hand_in, pdf, ready
from tests.people import Caller, api_key, code_of, outsider, person, signed_in
from tests.tills import store

pytestmark = pytest.mark.django_db


def body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "静安茶馆",
        "credit_code": code(),
        "contact_name": "陈小姐",
        "contact_phone": "13812345678",
        "bank_name": "招商银行",
        "bank_holder": "静安茶馆有限公司",
        "bank_account": "6222021001112233445",
        "categories": ["food"],
        "store_ids": [store().pk],
        **changes,
    }


def upload(caller: Caller, merchant_id: int, content: bytes, **fields: Any) -> Any:
    return caller.client.post(
        f"/api/v1/groupbuy/merchants/{merchant_id}/documents",
        {"file": SimpleUploadedFile("licence.pdf", content), **fields},
        headers=caller.headers,
    )


class TestAdmission:
    def test_from_entering_to_admission_by_two(self) -> None:
        marketer, owner = signed_in(Role.MARKETING), signed_in(Role.OWNER)
        entered = marketer.once("/groupbuy/merchants", body())
        assert entered.status_code == 201
        merchant_id, link = entered.json()["merchant"]["id"], entered.json()["link"]
        assert "/merchants/apply/" in link
        assert entered.json()["merchant"]["is_mine"] is True
        assert entered.json()["merchant"]["required_documents"] == ["licence", "food_permit"]
        for kind in ("licence", "food_permit"):
            assert upload(marketer, merchant_id, pdf(kind), kind=kind, expires_on="2099-12-31").status_code == 201
        at = f"/groupbuy/merchants/{merchant_id}"
        assert marketer.post(f"{at}/review").json()["state"] == "in_review"
        for name in ("licence_matches", "premises", "bank_account"):
            answer = marketer.post(f"{at}/checks/{name}", {"passed": True, "words": "看过"})
            assert answer.status_code == 200
        assert (answer.json()["score"], answer.json()["open_checks"]) == (100, 0)
        assert marketer.post(f"{at}/admit", {"words": "x"}).status_code == 403
        done = owner.post(f"{at}/admit", {"words": "欢迎", "commission_bp": 600}).json()
        assert (done["state"], done["commission_bp"], done["score"]) == ("admitted", 600, 100)
        assert [step["to_state"] for step in done["steps"]] == ["admitted", "in_review", "applied"]
        assert owner.get("/groupbuy/merchants/counts").json()["counts"]["admitted"] == 1

    def test_entering_twice_with_one_key_enters_once(self) -> None:
        owner, asked = signed_in(Role.OWNER), body()
        first = owner.once("/groupbuy/merchants", asked, key="k")
        again = owner.once("/groupbuy/merchants", asked, key="k")
        assert first.json() == again.json()
        assert Merchant.objects.count() == 1

    def test_who_entered_it_is_told_so(self) -> None:
        owner = signed_in(Role.OWNER)
        merchant_id = owner.once("/groupbuy/merchants", body()).json()["merchant"]["id"]
        owner.post(f"/groupbuy/merchants/{merchant_id}/review")
        refused = owner.post(f"/groupbuy/merchants/{merchant_id}/admit", {"words": "x"})
        assert (refused.status_code, code_of(refused)) == (403, "merchant.own_application")

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"credit_code": "91310000631696382D"}, "merchant.credit_code_invalid"),
            ({"bank_account": "1"}, "merchant.bank_account_invalid"),
            ({"contact_phone": "12"}, "customer.phone_invalid"),
            ({"contact_email": "no"}, "customer.email_invalid"),
        ],
    )
    def test_a_slip_of_the_pen_is_named(self, changes: dict[str, str], told: str) -> None:
        refused = signed_in(Role.OWNER).once("/groupbuy/merchants", body(**changes))
        assert (refused.status_code, code_of(refused)) == (422, told)
        assert not Merchant.objects.exists()

    def test_a_paper_is_downloaded_by_who_may_and_never_run(self) -> None:
        merchant, owner = applied(), signed_in(Role.OWNER)
        number = hand_in(merchant, content=pdf("mine"))
        at = f"/groupbuy/merchants/{merchant.pk}/documents/{number}"
        answer = owner.get(at)
        assert answer.content == pdf("mine")
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert AuditEntry.objects.filter(action="read_merchant_document").count() == 1
        assert signed_in(Role.SERVICE).get(at).status_code == 403
        assert owner.get(f"/groupbuy/merchants/{applied().pk}/documents/{number}").status_code == 404

    def test_what_is_no_paper_is_refused(self) -> None:
        merchant, owner = applied(), signed_in(Role.OWNER)
        for content, fields in (
            (b"<html>", {"kind": "licence"}),
            (pdf(), {"kind": "holiday"}),
            (pdf(), {"kind": "licence", "expires_on": "soon"}),
        ):
            assert upload(owner, merchant.pk, content, **fields).status_code == 422
        assert not MerchantDocument.objects.exists()

    def test_the_bank_account_is_shown_to_who_approves_and_written_down(self) -> None:
        merchant = applied(bank_account="6222021001112233445")
        at = f"/groupbuy/merchants/{merchant.pk}"
        owner, marketer = signed_in(Role.OWNER), signed_in(Role.MARKETING)
        assert "6222021001112233445" not in marketer.get(at).content.decode()
        assert marketer.post(f"{at}/bank-account").status_code == 403
        assert owner.post(f"{at}/bank-account").json() == {"bank_account": "6222021001112233445"}
        assert AuditEntry.objects.filter(action="read_merchant_bank_account").count() == 1

    def test_lists_by_state_and_search(self) -> None:
        first, second = applied(name="静安茶馆"), admitted(name="徐汇书店")
        owner = signed_in(Role.OWNER)

        def ids(query: str) -> list[int]:
            return [row["id"] for row in owner.get(f"/groupbuy/merchants?{query}").json()["items"]]

        assert ids("") == [second.pk, first.pk]
        assert ids("state=applied&state=in_review") == [first.pk]
        assert ids("q=书店") == [second.pk]
        assert ids(f"q={first.credit_code.lower()}") == [first.pk]

    def test_strangers_and_other_roles_get_nothing(self) -> None:
        merchant = ready()
        for caller, status in ((outsider(), 401), (signed_in(Role.SALES), 403)):
            assert caller.get("/groupbuy/merchants").status_code == status
            assert caller.get(f"/groupbuy/merchants/{merchant.pk}").status_code == status
            assert caller.post(f"/groupbuy/merchants/{merchant.pk}/admit", {"words": "x"}).status_code == status
        merchant.refresh_from_db()
        assert merchant.state == "in_review"

    def test_whoever_is_limited_to_a_store_sees_its_merchants_only(self) -> None:
        mine, elsewhere = store("SH01"), store("SH02", "淮海路店")
        hers, others = applied(store_ids=[mine.pk, elsewhere.pk]), applied(store_ids=[elsewhere.pk])
        number = hand_in(others)
        limited = Caller(user=person(Role.MARKETING, store_ids=[mine.pk]))
        (row,) = limited.get("/groupbuy/merchants").json()["items"]
        assert (row["id"], [one["name"] for one in row["stores"]]) == (hers.pk, [mine.name])
        assert limited.get("/groupbuy/merchants/counts").json()["counts"]["applied"] == 1
        for path in (f"/{others.pk}", f"/{others.pk}/documents/{number}"):
            assert limited.get(f"/groupbuy/merchants{path}").status_code == 404
        terms = limited.get("/groupbuy/merchants/terms").json()["terms"]
        owner_limited = Caller(user=person(Role.OWNER, store_ids=[mine.pk]))
        refused = owner_limited.call("PUT", "/groupbuy/merchants/terms", {"instead_of": 0, "terms": terms})
        assert (refused.status_code, code_of(refused)) == (403, "groupbuy.needs_all_stores")

    def test_a_colleague_says_which_merchant_is_the_house_itself(self) -> None:
        marketer = signed_in(Role.MARKETING)
        entered = marketer.once("/groupbuy/merchants", body(is_own=True)).json()["merchant"]
        path = f"/groupbuy/merchants/{entered['id']}"
        assert (entered["is_own"], marketer.get(path).json()["is_own"]) == (True, True)
        changed = marketer.call("PUT", path, body(bank_account="")).json()
        assert changed["is_own"] is False

    def test_the_houses_rules_are_kept_by_version(self) -> None:
        owner, path = signed_in(Role.OWNER), "/groupbuy/merchants/terms"
        delivered = owner.get(path).json()
        assert (delivered["version"], delivered["made_by"], delivered["made_at"]) == (0, "", None)
        terms = delivered["terms"]
        assert (terms["least_score"], terms["complaints"]["suspends_at_bp"]) == (70, 500)
        assert (terms["score"]["weights"]["premises"], terms["score"]["admission_percent"]) == (10, 40)

        changed = {**terms, "least_score": 80}
        made = owner.call("PUT", path, {"instead_of": 0, "terms": changed}).json()
        assert (made["version"] > 0, made["terms"], made["made_by"] != "") == (True, changed, True)
        moved = owner.call("PUT", path, {"instead_of": 0, "terms": terms})
        assert (moved.status_code, code_of(moved)) == (409, "merchant.terms_moved")
        wrong: list[dict[str, Any]] = [
            {"complaints": {**terms["complaints"], "warns_at_bp": 600}},
            {"score": {"admission_percent": 101}},
            {"score": {"weights": {**terms["score"]["weights"], "licence": 16}}},
        ]
        for one in wrong:
            body = {"instead_of": made["version"], "terms": {**changed, **one}}
            assert owner.call("PUT", path, body).status_code == 422
        assert owner.get(path).json() == made
        assert owner.get(f"{path}/versions").json() == [made, delivered]
        assert AuditEntry.objects.filter(action="set_merchant_terms").count() == 1

    def test_outsiders_neither_read_nor_change_the_houses_rules(self) -> None:
        path = "/groupbuy/merchants/terms"
        terms = signed_in(Role.OWNER).get(path).json()["terms"]
        body = {"instead_of": 0, "terms": terms}
        assert [Caller().get(each).status_code for each in (path, f"{path}/versions")] == [401, 401]
        assert Caller(key=api_key(["orders.read"])).get(f"{path}/versions").status_code == 403
        assert Caller().call("PUT", path, body).status_code == 401
        assert signed_in(Role.MARKETING).call("PUT", path, body).status_code == 403
        assert not MerchantTermsVersion.objects.exists()

    def test_a_score_says_by_which_rules_and_one_that_was_decided_keeps_its_own(self) -> None:
        owner, path = signed_in(Role.OWNER), "/groupbuy/merchants/terms"
        before = admitted()
        terms = owner.get(path).json()["terms"]
        weights = {**terms["score"]["weights"], "premises": 0, "licence_matches": 25}
        score = {"weights": weights, "admission_percent": 100}
        version = owner.call("PUT", path, {"instead_of": 0, "terms": {**terms, "score": score}}).json()["version"]
        after = applied()

        shown = owner.get(f"/groupbuy/merchants/{before.pk}").json()
        assert (shown["score"], shown["score_version"]) == (shown["admission_score"], version)
        assert (shown["admission_version"], shown["admission_percent"]) == (0, 100)
        assert {one["name"]: one["weight"] for one in shown["checks"]} == terms["score"]["weights"]
        shown = owner.get(f"/groupbuy/merchants/{after.pk}").json()
        assert (shown["score_version"], shown["admission_version"]) == (version, version)
        assert {one["name"]: one["weight"] for one in shown["checks"]} == weights


class TestComplaints:
    def test_noted_by_service_and_decided_by_marketing(self) -> None:
        merchant = admitted()
        voucher = world.voucher(world.deal(merchant))
        service, marketer = signed_in(Role.SERVICE), signed_in(Role.MARKETING)
        asked = {"kind": "refused", "text": "不收券", "voucher_code": voucher.code}
        noted = service.post(f"/groupbuy/merchants/{merchant.pk}/complaints", asked)
        assert noted.status_code == 201
        assert noted.json()["customer_id"] == voucher.participation.customer_id
        again = service.post(f"/groupbuy/merchants/{merchant.pk}/complaints", asked)
        assert (again.status_code, code_of(again)) == (409, "complaint.open_already")
        at = f"/groupbuy/complaints/{noted.json()['id']}/decide"
        assert service.post(at, {"upheld": True, "words": "属实"}).status_code == 403
        assert marketer.post(at, {"upheld": True, "words": "属实"}).json()["state"] == "upheld"
        assert code_of(marketer.post(at, {"upheld": False, "words": "x"})) == "complaint.decided"
        (row,) = marketer.get("/groupbuy/complaints?state=upheld").json()["items"]
        assert row["merchant"] == {"id": merchant.pk, "name": merchant.name}
        assert marketer.get(f"/groupbuy/merchants/{merchant.pk}").json()["complaints"]["upheld"] == 1

    def test_those_of_other_stores_are_not_seen(self) -> None:
        merchant = admitted(store_ids=[store("SH02", "淮海路店").pk])
        signed_in(Role.OWNER).post(f"/groupbuy/merchants/{merchant.pk}/complaints", {"kind": "other", "text": "x"})
        limited = Caller(user=person(Role.MARKETING, store_ids=[store().pk]))
        assert limited.get("/groupbuy/complaints").json()["items"] == []
        assert limited.get(f"/groupbuy/complaints?merchant_id={merchant.pk}").json()["total"] == 0


class TestSettlement:
    @pytest.fixture
    def statement(self) -> Statement:
        merchant = admitted(name="=cmd|'/c calc'!A1")
        deal = world.deal(merchant, name="@双人下午茶")
        at = clock.now() - timedelta(days=70)
        world.redeem(deal, 12_345, at=at)
        settlement.adjust(merchant.pk, amount_minor=-45, currency="CNY", words="-1+1", actor=ZHAO, now=at)
        (made,) = settlement.cut(merchant.pk, "CNY", now=clock.now())
        return made

    def test_approved_and_paid_by_two(self, statement: Statement) -> None:
        one, other = signed_in(Role.MARKETING), signed_in(Role.OWNER)
        at = f"/groupbuy/settlements/{statement.pk}"
        assert one.post(f"{at}/approve").json()["is_mine"] is True
        refused = one.post(f"{at}/pay", {"bank_reference": "B-1"})
        assert (refused.status_code, code_of(refused)) == (403, "settlement.own_approval")
        paid = other.post(f"{at}/pay", {"bank_reference": "B-1"}).json()
        assert (paid["state"], paid["bank_reference"]) == ("paid", "B-1")
        assert code_of(other.post(f"{at}/pay", {"bank_reference": "B-1"})) == "settlement.state_moved"
        account = other.get(f"/groupbuy/merchants/{statement.merchant_id}/account").json()
        assert account == {
            "currency": "CNY", "balance_minor": 0, "to_pay_minor": 0, "carried_minor": 0, "open_minor": 0,
        }  # fmt: skip

    def test_lines_open_to_what_they_are_of(self, statement: Statement) -> None:
        lines = signed_in(Role.ANALYST).get(f"/groupbuy/settlements/{statement.pk}/lines").json()["items"]
        assert {(line["kind"], line["deal"], line["words"], line["net_minor"]) for line in lines} == {
            ("redeemed", "@双人下午茶", "", 11_728),
            ("adjusted", "", "-1+1", -45),
        }

    def test_the_sheet_adds_up_and_runs_no_formula(self, statement: Statement) -> None:
        owner = signed_in(Role.OWNER)
        answer = owner.get(f"/groupbuy/settlements/{statement.pk}/file?format=csv&language=en")
        rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
        told = {row[0]: row[1] for row in rows[:9]}
        assert told["Merchant"] == "'=cmd|'/c calc'!A1"
        assert (told["Redeemed"], told["Commission"], told["Adjusted"], told["Payable"]) == (
            "123.45",
            "-6.17",
            "-0.45",
            "116.83",
        )
        assert rows[10][:4] == ["Time", "Kind", "Deal", "Voucher"]
        lines = {row[1]: row for row in rows[11:]}
        assert lines["Redeemed"][2] == "'@双人下午茶"
        assert lines["Redeemed"][6:] == ["123.45", "6.17", "117.28"]
        assert lines["Adjusted"][5:] == ["'-1+1", "-0.45", "0.00", "-0.45"]
        workbook = owner.get(f"/groupbuy/settlements/{statement.pk}/file?format=xlsx")
        with zipfile.ZipFile(io.BytesIO(b"".join(workbook.streaming_content))) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "<v>116.83</v>" in sheet
        assert AuditEntry.objects.filter(action="download_statement").count() == 2

    def test_amounts_by_hand_once_per_key(self, statement: Statement) -> None:
        owner = signed_in(Role.OWNER)
        at = f"/groupbuy/merchants/{statement.merchant_id}/settlement-adjustments"
        for _ in range(2):
            assert owner.once(at, {"amount_minor": -500, "words": "赔付"}, key="k").json()["open_minor"] == -500
        assert owner.once(at, {"amount_minor": 0, "words": "x"}).status_code == 422
        assert signed_in(Role.SERVICE).once(at, {"amount_minor": 1, "words": "x"}).status_code == 403

    def test_a_statement_of_all_stores_is_not_for_one_store(self, statement: Statement) -> None:
        limited = Caller(user=person(Role.OWNER, store_ids=[store().pk]))
        at = f"/groupbuy/settlements/{statement.pk}"
        for answer in (
            limited.get("/groupbuy/settlements"),
            limited.get(at),
            limited.get(f"{at}/lines"),
            limited.get(f"{at}/file"),
            limited.post(f"{at}/approve"),
            limited.post("/groupbuy/settlements/cut"),
            limited.get(f"/groupbuy/merchants/{statement.merchant_id}/account"),
        ):
            assert (answer.status_code, code_of(answer)) == (403, "groupbuy.needs_all_stores")
        statement.refresh_from_db()
        assert statement.state == "cut"
        assert Client().get(f"/api/v1{at}/file").status_code == 401
