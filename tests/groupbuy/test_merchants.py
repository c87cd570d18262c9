"""From an application to a decision, and what follows from complaints (docs/algorithms/merchants.md)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from PIL import Image

from huike.groupbuy.complaints import selectors as complaint_selectors
from huike.groupbuy.complaints import services as complaints
from huike.groupbuy.complaints.errors import ComplaintDecided, ComplaintNotFound, ComplaintOpen
from huike.groupbuy.errors import MerchantNotFound
from huike.groupbuy.merchants import papers, selectors, services
from huike.groupbuy.merchants.errors import (
    ApplicationDecided,
    ApplicationNotFound,
    BankAccountInvalid,
    CheckUnknown,
    CreditCodeInvalid,
    CreditCodeTaken,
    DocumentInvalid,
    DocumentNotFound,
    DocumentUnreadable,
    NothingToWaive,
    NotReady,
    OwnApplication,
    StateMoved,
    StoreUnknown,
)
from huike.groupbuy.merchants.rules import Outcome
from huike.groupbuy.merchants.terms import ComplaintRules, MerchantTerms
from huike.groupbuy.models import (
    CommissionRate,
    Complaint,
    Merchant,
    MerchantCheck,
    MerchantDocument,
    MerchantStep,
)
from huike.kernel.scope import EVERYTHING, Scope
from huike.platform.models import AuditEntry, OutboxEvent
from tests.groupbuy import merchants as world
from tests.groupbuy.merchants import LI, WANG, ZHAO, admit, admitted, applied, hand_in, pdf, picture, ready, told
from tests.tills import NOW, all_at_once, store

pytestmark = pytest.mark.django_db


def outcome(merchant: Merchant, name: str) -> str:
    return selectors.checks_of(merchant.pk)[name].outcome


def steps(merchant: Merchant) -> list[tuple[str, str, str]]:
    return list(MerchantStep.objects.filter(merchant=merchant).order_by("pk").values_list("to_state", "reason", "by"))


def events(name: str) -> list[dict[str, object]]:
    return list(OutboxEvent.objects.filter(name=f"groupbuy.{name}").order_by("pk").values_list("payload", flat=True))


class TestApplying:
    def test_what_was_typed_is_kept_as_it_is_meant(self) -> None:
        merchant, token = services.apply(
            told(
                name="  静安  茶馆 ",
                credit_code="9131 0000 6316 9638 2c",
                contact_phone="138 1234 5678",
                contact_email=" Chen@Example.COM ",
                bank_account="6222 0210 0111 2233 445",
            ),
            actor=None,
            now=NOW,
        )
        assert (merchant.name, merchant.credit_code, merchant.contact_phone, merchant.contact_email) == (
            "静安 茶馆",
            "91310000631696382C",
            "+8613812345678",
            "chen@example.com",
        )
        assert merchant.bank_account_shown == "•••• 3445"
        assert selectors.by_link(token) == merchant
        assert events("merchant_applied") == [{"merchant_id": merchant.pk}]
        assert steps(merchant) == [("applied", "", "")]

    def test_the_bank_account_stands_nowhere_in_clear(self) -> None:
        merchant = applied(bank_account="6222021001112233445")
        with connection.cursor() as cursor:
            for table in ("merchant", "merchant_check", "merchant_step"):
                cursor.execute(f"SELECT count(*) FROM groupbuy_{table} t WHERE t::text LIKE '%6222021001112233445%'")
                assert cursor.fetchone() == (0,)
        assert services.read_bank_account(merchant.pk, actor=ZHAO, scope=EVERYTHING) == "6222021001112233445"
        read = AuditEntry.objects.get(action="read_merchant_bank_account")
        assert (read.actor_label, read.subject_id) == ("Zhao", merchant.pk)

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"credit_code": "91310000631696382D"}, CreditCodeInvalid),
            ({"bank_account": "12"}, BankAccountInvalid),
            ({"store_ids": [10**9]}, StoreUnknown),
        ],
    )
    def test_a_slip_of_the_pen_leaves_nothing(self, changes: dict[str, object], error: type[Exception]) -> None:
        with pytest.raises(error):
            services.apply(told(**changes), actor=None, now=NOW)
        assert not Merchant.objects.exists()
        assert not OutboxEvent.objects.exists()

    def test_a_new_link_ends_the_old_one(self) -> None:
        merchant, old = services.apply(told(), actor=None, now=NOW)
        new = services.new_link(merchant.pk, actor=ZHAO, scope=EVERYTHING)
        assert selectors.by_link(new) == merchant
        for wrong in (old, "", "x" * 43, merchant.link_hash, "\udfff" * 30):
            with pytest.raises(ApplicationNotFound):
                selectors.by_link(wrong)


class TestPapers:
    @pytest.mark.parametrize(
        ("content", "content_type"),
        [(pdf(), "application/pdf"), (picture("PNG"), "image/png"), (picture("JPEG"), "image/jpeg")],
    )
    def test_they_are_told_by_what_they_are_and_kept_sealed(self, content: bytes, content_type: str) -> None:
        merchant = applied()
        number = hand_in(merchant, content=content, name="../../evil.html")
        kept = MerchantDocument.objects.get(pk=number)
        assert kept.content_type == content_type
        assert content not in bytes(kept.sealed)
        opened = services.read_document(merchant.pk, number, actor=LI, scope=EVERYTHING)
        assert (opened.content, opened.content_type) == (content, content_type)
        assert "/" not in opened.name
        assert "evil" not in opened.name
        assert AuditEntry.objects.get(action="read_merchant_document").details == {"document": number}

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "kind"),
            (b"<html><script>alert(1)</script>", "kind"),
            (b"PK\x03\x04 a spreadsheet", "kind"),
            (b"%PDF-1.4\n half of it", "damaged"),
            (picture("PNG", (40, 30))[:60], "damaged"),
            (picture("GIF"), "kind"),
            (pdf() + b" " * papers.MOST_BYTES, "size"),
            (picture("PNG", (12_001, 1)), "size"),
        ],
    )
    def test_what_is_no_paper_is_refused_and_leaves_nothing(self, content: bytes, reason: str) -> None:
        merchant = applied()
        with pytest.raises(DocumentInvalid) as refused:
            hand_in(merchant, content=content)
        assert refused.value.params == {"reason": reason}
        assert not MerchantDocument.objects.exists()

    def test_the_same_again_is_the_same_and_there_are_at_most_twenty(self) -> None:
        merchant = applied()
        assert hand_in(merchant) == hand_in(merchant)
        for n in range(papers.MOST_PAPERS - 1):
            hand_in(merchant, "other", content=pdf(f"no {n}"))
        with pytest.raises(DocumentInvalid) as refused:
            hand_in(merchant, "other", content=pdf("one too many"))
        assert refused.value.params == {"reason": "many"}
        assert MerchantDocument.objects.count() == papers.MOST_PAPERS

    def test_of_another_merchant_or_moved_to_one_it_is_not_read(self) -> None:
        mine, others = applied(), applied()
        number = hand_in(mine)
        with pytest.raises(DocumentNotFound):
            services.read_document(others.pk, number, actor=LI, scope=EVERYTHING)
        MerchantDocument.objects.filter(pk=number).update(merchant=others)
        with pytest.raises(DocumentUnreadable):
            services.read_document(others.pk, number, actor=LI, scope=EVERYTHING)

    def test_the_applicant_adds_until_the_decision_and_a_colleague_after_it(self) -> None:
        merchant = ready()
        hand_in(merchant, "other", actor=None)
        admit(merchant)
        with pytest.raises(ApplicationDecided):
            hand_in(merchant, "identity", actor=None)
        hand_in(merchant, "identity", actor=ZHAO)

    def test_a_picture_that_would_fill_the_memory_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
        with pytest.raises(DocumentInvalid) as refused:
            hand_in(applied(), content=picture("PNG"))
        assert refused.value.params == {"reason": "size"}


class TestChecks:
    def test_they_run_by_themselves_on_each_change(self) -> None:
        merchant = applied(categories=["food"])
        assert {name: check.outcome for name, check in selectors.checks_of(merchant.pk).items()} == {
            "credit_code": "passed",
            "licence": "failed",
            "documents": "failed",
            "duplicates": "passed",
        }
        hand_in(merchant)
        assert (outcome(merchant, "licence"), outcome(merchant, "documents")) == ("passed", "failed")
        hand_in(merchant, "food_permit", expires_on=date(2026, 12, 1))
        assert outcome(merchant, "documents") == "warned"

    def test_a_run_that_says_the_same_leaves_no_row(self) -> None:
        merchant = applied()
        before = MerchantCheck.objects.count()
        with transaction.atomic():
            services.run_checks(services.hold(merchant.pk), now=NOW + timedelta(hours=1))
        assert MerchantCheck.objects.count() == before

    def test_time_alone_changes_what_a_licence_is_worth(self) -> None:
        merchant = applied()
        hand_in(merchant, expires_on=date(2027, 1, 31))
        assert outcome(merchant, "licence") == "passed"
        for days, then in ((41, "warned"), (71, "failed")):
            with transaction.atomic():
                services.run_checks(services.hold(merchant.pk), now=NOW + timedelta(days=days))
            assert outcome(merchant, "licence") == then

    def test_somebody_elses_code_account_or_phone_is_seen(self) -> None:
        first = applied(credit_code=world.code(77), bank_account="62220210000000077", contact_phone="13800000077")
        for changes, same, then in (
            ({"credit_code": world.code(77)}, "credit_code", "failed"),
            ({"bank_account": "6222 0210 0000 00077"}, "bank_account", "failed"),
            ({"contact_phone": "+86 138 0000 0077"}, "phone", "warned"),
        ):
            with transaction.atomic():
                check = selectors.checks_of(applied(**changes).pk)["duplicates"]
                assert (check.outcome, check.details["others"]) == (
                    then,
                    [{"merchant_id": first.pk, "state": "applied", "same": same}],
                )
                transaction.set_rollback(True)

    def test_answers_by_hand_say_who_and_why_and_only_to_what_is_answered_by_hand(self) -> None:
        merchant = applied()
        services.answer_check(
            merchant.pk, "premises", passed=False, words="门关着", actor=ZHAO, scope=EVERYTHING, now=NOW
        )
        check = selectors.checks_of(merchant.pk)["premises"]
        assert (check.outcome, check.words, check.by) == ("failed", "门关着", "Zhao")
        for name in ("credit_code", "nothing"):
            with pytest.raises(CheckUnknown):
                services.answer_check(merchant.pk, name, passed=True, words="", actor=ZHAO, scope=EVERYTHING, now=NOW)

    def test_what_is_waived_stays_so_until_it_would_pass(self) -> None:
        merchant = applied()
        services.waive_check(merchant.pk, "licence", words="在换证", actor=LI, scope=EVERYTHING, now=NOW)
        assert outcome(merchant, "licence") == "waived"
        hand_in(merchant, "other")
        assert outcome(merchant, "licence") == "waived"
        hand_in(merchant)
        assert outcome(merchant, "licence") == "passed"
        for name in ("licence", "premises"):
            with pytest.raises(NothingToWaive):
                services.waive_check(merchant.pk, name, words="", actor=LI, scope=EVERYTHING, now=NOW)

    def test_an_answer_is_never_edited(self) -> None:
        applied()
        with pytest.raises(IntegrityError), transaction.atomic():
            MerchantCheck.objects.update(outcome=Outcome.PASSED)
        with pytest.raises(IntegrityError), transaction.atomic():
            MerchantStep.objects.all().delete()


class TestDeciding:
    def test_admitted_with_everything_and_the_commission_agreed(self) -> None:
        merchant = admitted()
        assert (merchant.state, merchant.admission_score) == ("admitted", 100)
        assert steps(merchant) == [("applied", "", ""), ("in_review", "", "Zhao"), ("admitted", "", "Li")]
        assert selectors.commission_bp(merchant.pk, at=NOW) == 500
        assert events("merchant_decided") == [{"merchant_id": merchant.pk, "state": "admitted", "score": 100}]

    def test_who_entered_it_does_not_decide(self) -> None:
        merchant = ready(actor=ZHAO)
        with pytest.raises(OwnApplication):
            admit(merchant, actor=ZHAO)
        with pytest.raises(OwnApplication):
            services.reject(merchant.pk, words="", actor=ZHAO, scope=EVERYTHING, now=NOW)
        merchant.refresh_from_db()
        assert merchant.state == "in_review"
        admit(merchant, actor=LI)

    def test_who_entered_it_waives_nothing(self) -> None:
        merchant = applied(actor=ZHAO)
        with pytest.raises(OwnApplication):
            services.waive_check(merchant.pk, "licence", words="", actor=ZHAO, scope=EVERYTHING, now=NOW)

    def test_not_while_a_check_is_open_or_failed(self) -> None:
        merchant = applied()
        services.take_into_review(merchant.pk, actor=ZHAO, scope=EVERYTHING, now=NOW)
        with pytest.raises(NotReady) as refused:
            admit(merchant)
        assert refused.value.params == {
            "checks": ["licence", "documents", "licence_matches", "premises", "bank_account"],
            "score": 35,
            "least": 70,
        }
        assert not CommissionRate.objects.exists()

    def test_not_with_a_licence_that_ended_since(self) -> None:
        merchant = applied()
        hand_in(merchant, expires_on=date(2026, 12, 31))
        services.take_into_review(merchant.pk, actor=ZHAO, scope=EVERYTHING, now=NOW)
        for name in ("licence_matches", "premises", "bank_account"):
            services.answer_check(merchant.pk, name, passed=True, words="", actor=ZHAO, scope=EVERYTHING, now=NOW)
        with pytest.raises(NotReady) as refused:
            admit(merchant, now=NOW + timedelta(days=60))
        assert refused.value.params["checks"] == ["licence", "documents"]

    def test_not_below_the_least_score_though_nothing_failed(self) -> None:
        merchant = ready()
        services.set_terms(MerchantTerms(least_score=100), instead_of=0, actor=ZHAO, now=NOW)
        services.answer_check(merchant.pk, "premises", passed=False, words="", actor=ZHAO, scope=EVERYTHING, now=NOW)
        services.waive_check(merchant.pk, "premises", words="网店", actor=LI, scope=EVERYTHING, now=NOW)
        with pytest.raises(NotReady) as refused:
            admit(merchant)
        assert refused.value.params == {"checks": [], "score": 95, "least": 100}

    def test_each_step_leaves_the_state_it_names(self) -> None:
        merchant = applied()
        with pytest.raises(StateMoved) as refused:
            admit(merchant)
        assert refused.value.params == {"state": "applied"}
        services.take_into_review(merchant.pk, actor=ZHAO, scope=EVERYTHING, now=NOW)
        with pytest.raises(StateMoved):
            services.take_into_review(merchant.pk, actor=ZHAO, scope=EVERYTHING, now=NOW)
        services.reject(merchant.pk, words="证照不符", actor=LI, scope=EVERYTHING, now=NOW)
        for act in (services.reject, services.suspend, services.reinstate, services.close):
            with pytest.raises(StateMoved):
                act(merchant.pk, words="", actor=LI, scope=EVERYTHING, now=NOW)

    def test_of_one_business_only_one_is_admitted(self) -> None:
        one = ready(credit_code=world.code(88))
        other = ready(credit_code=world.code(88))
        services.waive_check(one.pk, "duplicates", words="同一家", actor=LI, scope=EVERYTHING, now=NOW)
        services.waive_check(other.pk, "duplicates", words="同一家", actor=LI, scope=EVERYTHING, now=NOW)
        admit(one)
        with pytest.raises(CreditCodeTaken):
            admit(other)
        other.refresh_from_db()
        assert other.state == "in_review"
        assert CommissionRate.objects.count() == 1

    def test_a_rate_holds_from_its_instant_on_and_never_backwards(self) -> None:
        merchant = admitted()
        services.agree_commission(
            merchant.pk,
            commission_bp=800,
            starts_at=NOW + timedelta(days=30),
            words="新合同",
            actor=LI,
            scope=EVERYTHING,
            now=NOW,
        )
        late = services.agree_commission(
            merchant.pk,
            commission_bp=700,
            starts_at=NOW - timedelta(days=30),
            words="",
            actor=LI,
            scope=EVERYTHING,
            now=NOW + timedelta(days=1),
        )
        assert late.starts_at == NOW + timedelta(days=1)
        at = [selectors.commission_bp(merchant.pk, at=NOW + timedelta(days=days)) for days in (0, 1, 29, 30)]
        assert at == [500, 700, 700, 800]

    def test_papers_and_contact_of_a_rejected_application_are_forgotten(self) -> None:
        merchant = ready()
        services.reject(merchant.pk, words="不符", actor=LI, scope=EVERYTHING, now=NOW)
        assert services.forget_rejected(NOW + services.RETAINED) == 0
        assert services.forget_rejected(NOW + services.RETAINED + timedelta(seconds=1)) == 1
        assert services.forget_rejected(NOW + services.RETAINED + timedelta(days=9)) == 0
        merchant.refresh_from_db()
        assert (merchant.contact_phone, merchant.bank_account_sealed, merchant.link_hash) == ("", "", "")
        assert not MerchantDocument.objects.exists()
        assert steps(merchant)[-1] == ("rejected", "", "Li")


class TestScope:
    def test_whoever_is_limited_to_stores_sees_who_serves_them(self) -> None:
        mine, elsewhere = store("SH01"), store("SH02", "淮海路店")
        merchant = applied(store_ids=[elsewhere.pk])
        scope = Scope(all_stores=False, store_ids=frozenset({mine.pk}))
        assert list(selectors.visible(scope)) == []
        with pytest.raises(MerchantNotFound):
            services.take_into_review(merchant.pk, actor=ZHAO, scope=scope, now=NOW)
        with pytest.raises(MerchantNotFound):
            services.read_bank_account(merchant.pk, actor=ZHAO, scope=scope)
        assert not AuditEntry.objects.exists()
        services.change(merchant.pk, told(store_ids=[mine.pk, elsewhere.pk]), actor=LI, scope=EVERYTHING, now=NOW)
        assert list(selectors.visible(scope)) == [merchant]

    def test_a_store_out_of_sight_is_neither_added_nor_taken_away(self) -> None:
        mine, elsewhere = store("SH01"), store("SH02", "淮海路店")
        merchant = applied(store_ids=[mine.pk, elsewhere.pk])
        scope = Scope(all_stores=False, store_ids=frozenset({mine.pk}))
        services.change(merchant.pk, told(store_ids=[mine.pk]), actor=ZHAO, scope=scope, now=NOW)
        assert selectors.stores_of([merchant.pk]) == {merchant.pk: [mine.pk, elsewhere.pk]}
        with pytest.raises(StoreUnknown):
            services.change(merchant.pk, told(store_ids=[elsewhere.pk]), actor=ZHAO, scope=scope, now=NOW)


def complain(merchant: Merchant, *, made_at_days: float = 0, **told: object) -> Complaint:
    asked = {"kind": "quality", "text": "茶是凉的", "actor": ZHAO, "scope": EVERYTHING, **told}
    return complaints.note(merchant.pk, now=NOW + timedelta(days=made_at_days), **asked)


def uphold(merchant: Merchant, *, made_at_days: float = 0) -> Complaint:
    one = complain(merchant, made_at_days=made_at_days)
    return complaints.decide(
        one.pk, upheld=True, words="属实", actor=WANG, scope=EVERYTHING, now=NOW + timedelta(days=made_at_days)
    )


class TestComplaints:
    def test_two_of_two_change_nothing_the_third_warns_and_the_sixth_suspends(self) -> None:
        merchant = admitted()
        deal = world.deal(merchant)
        for _ in range(6):
            world.redeem(deal, 1_000)
        seen = []
        for _ in range(6):
            uphold(merchant)
            merchant.refresh_from_db()
            seen.append((merchant.state, merchant.warned_at is not None))
        assert seen == [
            ("admitted", False),
            ("admitted", False),
            ("admitted", True),
            ("admitted", True),
            ("admitted", True),
            ("suspended", True),
        ]
        assert steps(merchant)[-2:] == [("admitted", "complaints", "system"), ("suspended", "complaints", "system")]
        assert [event["rate_bp"] for event in events("merchant_warned")] == [206]
        assert events("merchant_suspended") == [{"merchant_id": merchant.pk, "reason": "complaints"}]

    def test_rejected_ones_do_not_count(self) -> None:
        merchant = admitted()
        for _ in range(20):
            one = complain(merchant)
            complaints.decide(one.pk, upheld=False, words="查无此事", actor=WANG, scope=EVERYTHING, now=NOW)
        merchant.refresh_from_db()
        assert (merchant.state, merchant.warned_at) == ("admitted", None)

    def test_it_is_decided_once(self) -> None:
        one = uphold(admitted())
        with pytest.raises(ComplaintDecided) as refused:
            complaints.decide(one.pk, upheld=False, words="", actor=LI, scope=EVERYTHING, now=NOW)
        assert refused.value.params == {"state": "upheld"}

    def test_the_rules_may_leave_suspension_to_a_person(self) -> None:
        services.set_terms(MerchantTerms(complaints=ComplaintRules(suspends=False)), instead_of=0, actor=LI, now=NOW)
        merchant = admitted()
        for _ in range(9):
            uphold(merchant)
        merchant.refresh_from_db()
        assert (merchant.state, merchant.warned_at) == ("admitted", NOW)
        services.suspend(merchant.pk, words="先停", actor=LI, scope=EVERYTHING, now=NOW)
        assert events("merchant_suspended") == [{"merchant_id": merchant.pk, "reason": ""}]

    def test_who_was_reinstated_is_not_suspended_again_for_the_same(self) -> None:
        merchant = admitted()
        for _ in range(6):
            uphold(merchant)
        lifted = NOW + timedelta(days=1)
        services.reinstate(merchant.pk, words="已整改", actor=LI, scope=EVERYTHING, now=lifted)
        uphold(merchant, made_at_days=2)
        merchant.refresh_from_db()
        assert (merchant.state, merchant.warned_at, merchant.reinstated_at) == ("admitted", None, lifted)
        verdict = complaint_selectors.verdict_of(merchant, now=NOW + timedelta(days=2))
        assert (verdict.upheld, verdict.redemptions) == (1, 0)
        for _ in range(5):
            uphold(merchant, made_at_days=3)
        merchant.refresh_from_db()
        assert merchant.state == "suspended"

    def test_what_left_the_window_does_not_count_and_its_warning_is_taken_back(self) -> None:
        merchant = admitted()
        for _ in range(3):
            uphold(merchant)
        merchant.refresh_from_db()
        assert merchant.warned_at == NOW
        complaints.review_warnings(now=NOW + timedelta(days=90))
        merchant.refresh_from_db()
        assert merchant.warned_at == NOW
        complaints.review_warnings(now=NOW + timedelta(days=90, seconds=1))
        merchant.refresh_from_db()
        assert merchant.warned_at is None

    def test_about_a_voucher_it_is_hers_and_open_once(self) -> None:
        merchant = admitted()
        voucher = world.voucher(world.deal(merchant))
        hers = voucher.participation.customer_id
        one = complaints.complain_about_voucher(
            voucher.pk, kind="refused", text="店里说不收", customer_id=hers, now=NOW
        )
        assert (one.merchant_id, one.deal_id, one.customer_id, one.made_by) == (merchant.pk, voucher.deal_id, hers, "")
        with pytest.raises(ComplaintOpen):
            complain(merchant, voucher_code=voucher.code)
        complaints.decide(one.pk, upheld=True, words="", actor=LI, scope=EVERYTHING, now=NOW)
        assert complain(merchant, voucher_code=voucher.code).customer_id == hers
        with pytest.raises(MerchantNotFound):
            complain(admitted(), voucher_code=voucher.code)
        assert len(events("complaint_made")) == 2

    def test_out_of_scope_it_is_neither_seen_nor_decided(self) -> None:
        one = complain(admitted())
        nowhere = Scope(all_stores=False, store_ids=frozenset({store().pk}))
        assert list(complaint_selectors.visible(nowhere)) == []
        with pytest.raises(ComplaintNotFound):
            complaints.decide(one.pk, upheld=True, words="", actor=LI, scope=nowhere, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_upheld_at_once_are_both_counted() -> None:
    merchant = admitted()
    for _ in range(4):
        uphold(merchant)
    last = [complain(merchant), complain(merchant)]

    def act(one: Complaint) -> None:
        complaints.decide(one.pk, upheld=True, words="", actor=LI, scope=EVERYTHING, now=NOW)

    assert all_at_once([lambda one=one: act(one) for one in last]) == [None, None]
    merchant.refresh_from_db()
    assert merchant.state == "suspended"
    assert len(events("merchant_suspended")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_decide_once() -> None:
    merchant = ready()
    outcomes = all_at_once(
        [
            lambda: admit(Merchant.objects.get(pk=merchant.pk), actor=LI),
            lambda: services.reject(merchant.pk, words="", actor=WANG, scope=EVERYTHING, now=NOW),
        ]
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Merchant", "StateMoved"]
    assert len(events("merchant_decided")) == 1
