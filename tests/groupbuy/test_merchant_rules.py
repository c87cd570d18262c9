"""Checks, scores and the rate of complaints: the tables of docs/algorithms/merchants.md."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from huike.groupbuy.complaints.rules import Level, judge, least_share, window_starts_at
from huike.groupbuy.merchants.errors import BankAccountInvalid, CreditCodeInvalid
from huike.groupbuy.merchants.rules import (
    CHECKS,
    Other,
    Outcome,
    Paper,
    account_number,
    check_credit_code,
    check_documents,
    check_duplicates,
    check_licence,
    credit_code,
    in_the_way,
    region_of,
    score,
    shown_account,
    standing_score,
)
from huike.groupbuy.merchants.terms import CheckWeights, ComplaintRules, MerchantTerms, ScoreRules

TODAY = date(2026, 11, 30)
WEIGHTS = CheckWeights().model_dump()
ALL_PASSED = dict.fromkeys(WEIGHTS, Outcome.PASSED)


class TestCreditCode:
    @pytest.mark.parametrize(
        ("typed", "kept", "region"),
        [
            ("91110000600037341L", "91110000600037341L", "北京市"),
            ("91310000631696382c", "91310000631696382C", "上海市"),
            (" 9144 0300 7084 6113 6Ｔ ", "91440300708461136T", "广东省深圳市"),
        ],
    )
    def test_published_codes_of_real_businesses(self, typed: str, kept: str, region: str) -> None:
        assert credit_code(typed) == kept
        assert region_of(kept) == region
        assert check_credit_code(kept).outcome is Outcome.PASSED

    @pytest.mark.parametrize("typed", ["", "91110000600037341M", "9111000060003734", "91110000600037341LL"])
    def test_a_slip_of_the_pen_is_refused(self, typed: str) -> None:
        with pytest.raises(CreditCodeInvalid):
            credit_code(typed)

    def test_a_right_code_of_no_region_warns(self) -> None:
        from stdnum.cn import uscc

        bare = "91999999600037341"
        finding = check_credit_code(bare + uscc.calc_check_digit(bare))
        assert (finding.outcome, finding.details) == (Outcome.WARNED, {"region_code": "999999"})

    @given(st.integers(0, 16), st.sampled_from("0123456789"))
    def test_no_single_wrong_digit_passes(self, place: int, digit: str) -> None:
        right = "91310000631696382C"
        wrong = right[:place] + digit + right[place + 1 :]
        if wrong != right:
            with pytest.raises(CreditCodeInvalid):
                credit_code(wrong)


def test_a_bank_account_is_kept_without_its_blanks_and_shown_by_its_last_digits() -> None:
    assert account_number("6222 0210-0111 2233 445") == "6222021001112233445"
    assert shown_account("6222021001112233445") == "•••• 3445"
    for wrong in ("1234567", "1" * 31, "62220210０0111", "6222/0210"):
        with pytest.raises(BankAccountInvalid):
            account_number(wrong)


class TestLicence:
    @pytest.mark.parametrize(
        ("papers", "outcome"),
        [
            ([], Outcome.FAILED),
            ([Paper("food_permit", None)], Outcome.FAILED),
            ([Paper("licence", None)], Outcome.PASSED),
            ([Paper("licence", TODAY - timedelta(days=1))], Outcome.FAILED),
            ([Paper("licence", TODAY)], Outcome.WARNED),
            ([Paper("licence", TODAY + timedelta(days=30))], Outcome.WARNED),
            ([Paper("licence", TODAY + timedelta(days=31))], Outcome.PASSED),
            ([Paper("licence", TODAY - timedelta(days=1)), Paper("licence", None)], Outcome.PASSED),
            ([Paper("licence", None), Paper("licence", TODAY - timedelta(days=1))], Outcome.FAILED),
        ],
    )
    def test_by_its_last_day_and_the_newest_counts(self, papers: list[Paper], outcome: Outcome) -> None:
        assert check_licence(papers, today=TODAY).outcome is outcome


class TestDocuments:
    required = MerchantTerms().required_of(["food", "leisure"])

    def test_what_is_asked_goes_by_what_is_sold(self) -> None:
        assert self.required == ["licence", "food_permit"]
        assert MerchantTerms().required_of(["goods"]) == ["licence"]

    def test_each_asked_kind_is_there_and_not_over(self) -> None:
        papers = [Paper("licence", None), Paper("food_permit", TODAY - timedelta(days=1))]
        finding = check_documents(papers, required=self.required, today=TODAY)
        assert (finding.outcome, finding.details) == (Outcome.FAILED, {"missing": [], "over": ["food_permit"]})
        finding = check_documents(papers[:1], required=self.required, today=TODAY)
        assert finding.details == {"missing": ["food_permit"], "over": []}
        papers[1] = Paper("food_permit", TODAY + timedelta(days=3))
        assert check_documents(papers, required=self.required, today=TODAY).details == {"over_soon": ["food_permit"]}
        papers[1] = Paper("food_permit", None)
        assert check_documents(papers, required=self.required, today=TODAY).outcome is Outcome.PASSED


class TestDuplicates:
    @pytest.mark.parametrize(
        ("others", "outcome"),
        [
            ([], Outcome.PASSED),
            ([Other(2, "admitted", "phone")], Outcome.WARNED),
            ([Other(2, "rejected", "credit_code")], Outcome.WARNED),
            ([Other(2, "closed", "bank_account")], Outcome.WARNED),
            ([Other(2, "applied", "credit_code")], Outcome.FAILED),
            ([Other(2, "suspended", "bank_account"), Other(3, "closed", "phone")], Outcome.FAILED),
        ],
    )
    def test_whose_and_what(self, others: list[Other], outcome: Outcome) -> None:
        assert check_duplicates(others).outcome is outcome


class TestScore:
    def test_weights_are_of_all_checks_and_come_to_a_hundred(self) -> None:
        assert (tuple(WEIGHTS), sum(WEIGHTS.values())) == (CHECKS, 100)
        assert score(ALL_PASSED, WEIGHTS) == 100
        with pytest.raises(ValidationError):
            CheckWeights(licence=16)

    def test_the_tables_examples(self) -> None:
        assert score({**ALL_PASSED, "licence": Outcome.WARNED, "documents": Outcome.WARNED}, WEIGHTS) == 85
        assert score({**ALL_PASSED, "duplicates": Outcome.WARNED, "premises": Outcome.WAIVED}, WEIGHTS) == 88
        automatic = dict.fromkeys(("credit_code", "licence", "documents", "duplicates"), Outcome.PASSED)
        assert score(automatic, WEIGHTS) == 65
        assert in_the_way(automatic) == ["licence_matches", "premises", "bank_account"]
        seen = CheckWeights(premises=40, licence=0, documents=0).model_dump()
        assert score({**ALL_PASSED, "licence": Outcome.WARNED, "premises": Outcome.WAIVED}, seen) == 80
        assert in_the_way({**ALL_PASSED, "licence": Outcome.FAILED}) == ["licence"]  # whatever it counts for

    def test_what_failed_is_in_the_way_and_counts_nothing(self) -> None:
        outcomes = {**ALL_PASSED, "documents": Outcome.FAILED}
        assert (score(outcomes, WEIGHTS), in_the_way(outcomes)) == (85, ["documents"])
        assert in_the_way({**ALL_PASSED, "documents": Outcome.WAIVED}) == []

    @given(
        st.dictionaries(st.sampled_from(CHECKS), st.sampled_from(list(Outcome))),
        st.sampled_from(CHECKS),
        st.lists(st.integers(0, 100), min_size=6, max_size=6).map(sorted),
    )
    def test_a_passed_check_never_lowers_it(self, outcomes: dict[str, Outcome], name: str, cuts: list[int]) -> None:
        parts = [end - begin for begin, end in zip([0, *cuts], [*cuts, 100], strict=True)]
        weights = CheckWeights(**dict(zip(CHECKS, parts, strict=True))).model_dump()
        assert 0 <= score(outcomes, weights) <= score({**outcomes, name: Outcome.PASSED}, weights) <= 100

    def test_complaints_lower_an_admitted_merchants(self) -> None:
        rate = least_share(3, 10, least_redemptions=50)
        percent = ScoreRules().admission_percent
        assert standing_score(90, admission_percent=percent, rate=rate, suspends_at=0.05) == 71
        assert standing_score(90, admission_percent=percent, rate=0, suspends_at=0.05) == 96
        assert standing_score(90, admission_percent=percent, rate=0.2, suspends_at=0.05) == 36
        assert standing_score(90, admission_percent=70, rate=rate, suspends_at=0.05) == 81
        assert standing_score(90, admission_percent=100, rate=0.2, suspends_at=0.05) == 90
        assert standing_score(90, admission_percent=0, rate=0.2, suspends_at=0.05) == 0


class TestComplaints:
    rules = ComplaintRules()

    @pytest.mark.parametrize(
        ("upheld", "redemptions", "percent", "level"),
        [
            (0, 0, 0.0, Level.FINE),
            (0, 10_000, 0.0, Level.FINE),
            (2, 2, 1.10, Level.FINE),
            (3, 10, 2.06, Level.WARNED),
            (6, 6, 5.62, Level.SUSPENDED),
            (30, 1_000, 2.11, Level.WARNED),
            (70, 1_000, 5.58, Level.SUSPENDED),
        ],
    )
    def test_the_tables_examples(self, upheld: int, redemptions: int, percent: float, level: Level) -> None:
        verdict = judge(upheld, redemptions, self.rules)
        assert (round(verdict.rate * 100, 2), verdict.level) == (percent, level)

    @given(st.integers(1, 500), st.integers(0, 100_000))
    def test_it_is_the_formula_that_is_written_down(self, upheld: int, redemptions: int) -> None:
        n = max(redemptions, 50)
        p, z = min(upheld, n) / n, 1.959963984540054
        bare = p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        assert least_share(upheld, redemptions, least_redemptions=50) == pytest.approx(
            bare / (1 + z * z / n), abs=1e-12
        )

    @given(st.integers(0, 50), st.integers(0, 5_000))
    def test_more_complaints_never_lower_it_and_more_redemptions_never_raise_it(self, upheld: int, n: int) -> None:
        here = least_share(upheld, n, least_redemptions=50)
        assert here <= least_share(upheld + 1, n, least_redemptions=50) + 1e-12
        assert least_share(upheld, n + 100, least_redemptions=50) <= here + 1e-12

    def test_the_window_begins_anew_when_a_suspension_was_lifted(self) -> None:
        now = datetime(2026, 11, 30, tzinfo=UTC)
        assert window_starts_at(now, self.rules, reinstated_at=None) == now - timedelta(days=90)
        lifted = now - timedelta(days=3)
        assert window_starts_at(now, self.rules, reinstated_at=lifted) == lifted
        assert window_starts_at(now, self.rules, reinstated_at=now - timedelta(days=300)) == now - timedelta(days=90)
