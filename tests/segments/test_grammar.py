"""Rules as documents: what is refused, by which path and code, and how each kind of condition reads in words."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huike.segments.errors import RuleInvalid
from huike.segments.reading import parse_rule
from huike.segments.rules import rule_document
from huike.segments.sentences import sentences_by_path, sentences_of

VIEWED = {"did": {"where": [{"field": "event", "op": "eq", "value": "Product Viewed"}]}}


def faults(root: Any) -> list[tuple[str, str]]:
    with pytest.raises(RuleInvalid) as raised:
        parse_rule({"version": 1, "as_of": None, "root": root}, default_currency="CNY")
    return [(error.where, error.code) for error in raised.value.errors]


def said(
    root: dict[str, Any], labels: dict[tuple[str, int], str] | None = None, *, as_of: str | None = None
) -> tuple[str, str]:
    rule = parse_rule({"version": 1, "as_of": as_of, "root": root}, default_currency="CNY")
    assert parse_rule(rule_document(rule), default_currency="JPY") == rule
    sentences = sentences_of(rule, labels or {}, zone=ZoneInfo("Asia/Shanghai"))
    return sentences.zh, sentences.en


def counted(kind: str, **more: Any) -> dict[str, Any]:
    return {kind: {"measure": "count", "op": "gte", "value": 1, **more}}


def bought(measure: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"bought": {"measure": measure, "op": op, "value": value, **more}}


@pytest.mark.parametrize("kind", ["service"])
def test_a_kind_without_data_says_so(kind: str) -> None:
    assert faults({"all": [{kind: {}}]}) == [("root.all.0", "rule.kind_without_data")]


@pytest.mark.parametrize(
    ("root", "where", "code"),
    [
        ({"dreamt": {}}, "root", "rule.kind_unknown"),
        (counted("message"), "root.message.verb", "rule.word_unknown"),
        (counted("message", verb="read"), "root.message.verb", "rule.word_unknown"),
        (counted("did", of="properties.x"), "root.did.of", "rule.value_not_wanted"),
        ({"did": {"measure": "sum", "op": "gte", "value": 1}}, "root.did.of", "rule.word_unknown"),
        ({"cart": {"verb": "began", "measure": "sum", "of": "skus", "op": "gte", "value": 1}}, "root.cart.of",
         "rule.word_unknown"),
        (counted("did", window={"next": {"n": 3, "unit": "days"}}), "root.did.window", "rule.window_ahead"),
        ({"bought": {"measure": "orders", "op": "gte", "value": 1, "window": {"next": {"n": 3, "unit": "days"}}}},
         "root.bought.window", "rule.window_ahead"),
        ({"field": "points", "op": "is_set"}, "root.op", "rule.word_unknown"),
        ({"points": {"measure": "sum", "of": "kind", "op": "gte", "value": 1}}, "root.points.of", "rule.word_unknown"),
        ({"sequence": {"first": VIEWED, "then": {"points": {"verb": "expires"}}}}, "root.sequence.then",
         "rule.word_unknown"),
        (counted("did", where=[{"field": "colour", "op": "eq", "value": "red"}]), "root.did.where.0.field",
         "rule.word_unknown"),
        (counted("did", where=[{"field": "properties.", "op": "eq", "value": "red"}]), "root.did.where.0.field",
         "rule.word_unknown"),
        (counted("did", where=[{"field": "properties.a", "op": "gt", "value": "red"}]), "root.did.where.0.op",
         "rule.word_unknown"),
        (counted("cart", verb="began", where=[{"field": "value", "op": "gte", "value": 1.5}]),
         "root.cart.where.0.value", "rule.not_a_whole_number"),
        (counted("did", currency="CNY"), "root.did.currency", "rule.currency_not_wanted"),
        ({"sequence": {"first": VIEWED}}, "root.sequence.then", "rule.member_missing"),
        ({"sequence": {"first": VIEWED, "then": {"dreamt": {}}}}, "root.sequence.then", "rule.word_unknown"),
        ({"sequence": {"first": VIEWED, "then": {}}}, "root.sequence.then", "rule.not_a_step"),
        ({"sequence": {"first": VIEWED, "then": {"coupon": {"verb": "expires"}}}}, "root.sequence.then.coupon.verb",
         "rule.step_ahead"),
        ({"sequence": {"first": VIEWED, "then": VIEWED, "within": {"n": 1, "unit": "months"}}},
         "root.sequence.within.unit", "rule.word_unknown"),
        ({"sequence": {"first": VIEWED, "then": VIEWED, "followed": 1}}, "root.sequence.followed",
         "rule.not_yes_or_no"),
        ({"segment": "5"}, "root.segment", "rule.not_a_whole_number"),
        ({"segment": True}, "root.segment", "rule.not_a_whole_number"),
        ({"consent": {"channel": "pigeon", "purpose": "marketing"}}, "root.consent.channel", "rule.word_unknown"),
        ({"consent": {"channel": "email"}}, "root.consent.purpose", "rule.member_missing"),
        ({"bucket": {"salt": "", "from": 0, "to": 10}}, "root.bucket.salt", "rule.not_text"),
        ({"bucket": {"salt": "a", "from": 20, "to": 10}}, "root.bucket", "rule.not_a_range"),
        ({"bucket": {"salt": "a", "from": 0, "to": 100.5}}, "root.bucket.to", "rule.not_in_range"),
        ({"bucket": {"salt": "a", "from": 0, "to": 0.001}}, "root.bucket.to", "rule.not_a_number"),
        ({"field": "location", "op": "within", "value": {"store": -1, "km": 2}}, "root.value.store",
         "rule.not_a_whole_number"),
        ({"field": "birth_on", "op": "anniversary_next_n", "value": {"n": 3, "unit": "hours"}}, "root.value.unit",
         "rule.word_unknown"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_path(root: Any, where: str, code: str) -> None:
    assert faults(root) == [(where, code)]


@pytest.mark.parametrize(
    ("root", "zh", "en"),
    [
        (
            counted("did", where=[{"field": "event", "op": "eq", "value": "Signed In"}],
                    window={"last": {"n": 30, "unit": "days"}}),
            "近 30 天内发生行为（事件 是 Signed In）",
            "Had an event (event is Signed In) in the last 30 days",
        ),
        (
            {"message": {"verb": "opened", "measure": "count", "op": "eq", "value": 0,
                         "where": [{"field": "campaign", "op": "eq", "value": 7}]}},
            "从来没有打开消息（活动 是 双十一）",
            "Opened no message (campaign is 双十一) at any time",
        ),
        (
            counted("coupon", verb="expires", where=[{"field": "state", "op": "eq", "value": "issued"}],
                    window={"next": {"n": 7, "unit": "days"}}),
            "未来 7 天内优惠券到期（状态 是 未使用）",
            "Has a coupon expiring (state is not used) in the next 7 days",
        ),
        (
            counted("group", verb="closes", where=[{"field": "missing", "op": "lte", "value": 2},
                                                       {"field": "deal", "op": "eq", "value": 5}],
                    window={"next": {"n": 6, "unit": "hours"}}),
            "未来 6 小时内有拼团将截止（还差人数 ≤ 2，团购 是 双人下午茶）",
            "Is in an open group that closes (people missing is at most 2, deal is 双人下午茶) in the next 6 hours",
        ),
        (
            {"group": {"verb": "failed", "measure": "count", "op": "eq", "value": 0,
                           "where": [{"field": "merchant", "op": "eq", "value": 6}]}},
            "从来没有拼团未成（商户 是 茶馆）",
            "Was in no group that failed (merchant is 茶馆) at any time",
        ),
        (
            counted("voucher", verb="expires", where=[{"field": "uses_left", "op": "gte", "value": 1}],
                    window={"next": {"n": 3, "unit": "days"}}),
            "未来 3 天内团购券到期（剩余次数 ≥ 1）",
            "Has a deal voucher expiring (uses left is at least 1) in the next 3 days",
        ),
        ({"field": "points", "op": "gte", "value": 1200}, "积分余额 ≥ 1,200", "Points balance is at least 1,200"),
        (
            {"field": "stored_value_bonus", "op": "between", "value": [100, 5000]},
            "储值赠金 在 ¥1 到 ¥50 之间",
            "Stored value given as a bonus is between ¥1 and ¥50",
        ),
        (
            {"points": {"verb": "expires", "measure": "sum", "of": "amount", "op": "gte", "value": 500,
                        "window": {"next": {"n": 30, "unit": "days"}}}},
            "未来 30 天内积分到期的积分数合计 ≥ 500",
            "Has points expiring with number of points of at least 500 in all in the next 30 days",
        ),
        (
            {"stored_value": {"measure": "sum", "of": "amount", "op": "gte", "value": 5000,
                              "where": [{"field": "kind", "op": "eq", "value": "bonus"}],
                              "window": {"next": {"n": 1, "unit": "months"}}}},
            "未来 1 个月内储值到期（本金或赠金 是 赠金）的金额合计 ≥ ¥50",
            "Has stored value expiring (paid or bonus is bonus) with amount of at least ¥50 in all in the next "
            "1 month",
        ),
        (
            counted("supply", where=[{"field": "sample_of", "op": "eq", "value": 9},
                                     {"field": "bought", "op": "eq", "value": False}],
                    window={"next": {"n": 7, "unit": "days"}}),
            "未来 7 天内商品预计用完（是其小样的商品 是 精华，没有之后买过）",
            "Has goods that should be used up (sample of is 精华, not (bought since)) in the next 7 days",
        ),
        (
            {"did": {"measure": "sum", "of": "properties.price", "op": "gte", "value": 12.5,
                     "where": [{"field": "properties.color", "op": "in", "value": ["red", "blue"]}]}},
            "累计发生行为（color 是 red 或 blue）的price合计 ≥ 12.5",
            "Had an event (color is red or blue) with price of at least 12.5 in all",
        ),
        (
            {"sequence": {"first": {"cart": {"verb": "began"}}, "then": {"bought": {}}, "followed": False,
                          "within": {"n": 1, "unit": "days"}, "window": {"last": {"n": 7, "unit": "days"}}}},
            "近 7 天内开始购物车，之后 1 天内没有购买",
            "Began a cart in the last 7 days, then bought nothing within 1 day",
        ),
        ({"not": {"segment": 3}}, "不属于人群「常客」", "Is not in the segment “常客”"),
        (
            {"consent": {"channel": "sms", "purpose": "marketing"}},
            "可用短信触达（营销）",
            "May be reached by SMS for marketing",
        ),
        (
            {"bucket": {"salt": "春", "from": 0, "to": 12.5}},
            "随机分组「春」在 0% 到 12.5%",
            "Is in 0% to 12.5% of the random split “春”",
        ),
        (
            {"field": "member_since_at", "op": "anniversary_next_n", "value": {"n": 7, "unit": "days"}},
            "入会日期的周年日在未来 7 天内",
            "Joining date has its anniversary in the next 7 days",
        ),
        (
            {"field": "location", "op": "within", "value": {"store": 4, "km": 3}},
            "位置 在门店「外滩店」周围 3 公里内",
            "Location is within 3 km of the store “外滩店”",
        ),
        # Of all time people say never, once, so far: no window.
        (bought("orders", "eq", 0), "从未购买", "Never bought anything"),
        (bought("orders", "lt", 1), "从未购买", "Never bought anything"),
        (
            bought("orders", "eq", 0, where=[{"field": "product", "op": "eq", "value": 9}]),
            "从未购买（商品 是 精华）",
            "Never bought (product is 精华)",
        ),
        (bought("orders", "gte", 1), "购买过", "Has bought something"),
        (
            bought("orders", "gte", 1, where=[{"field": "product", "op": "eq", "value": 9},
                                              {"field": "channel", "op": "in", "value": ["pos", "web"]}]),
            "购买过（商品 是 精华，渠道 是 门店收银 或 网站）",
            "Has bought (product is 精华, channel is till or web shop)",
        ),
        (bought("orders", "eq", 1), "累计购买 = 1 次", "Bought exactly 1 time in all"),
        (bought("net", "gte", 50_000), "累计消费 ≥ ¥500", "Spent at least ¥500 in all"),
        (
            bought("net", "between", [50_050, 1_234_500], currency="USD"),
            "累计消费 在 $500.50 到 $12,345 之间",
            "Spent between $500.50 and $12,345 in all",
        ),
        (
            bought("first_at", "last_n", {"n": 30, "unit": "days"}),
            "首次购买 在近 30 天内",
            "First purchase is in the last 30 days",
        ),
        (bought("average_order", "gte", 8_000), "平均每单 ≥ ¥80", "Spent on average per order at least ¥80"),
        (counted("cart", verb="abandoned"), "曾放弃购物车", "Left a cart at any time"),
        (counted("points"), "积分到期", "Has points expiring at any time"),
        (
            {"cart": {"verb": "abandoned", "measure": "last_at", "op": "last_n", "value": {"n": 7, "unit": "days"}}},
            "最近一次放弃购物车 在近 7 天内",
            "Last time that she left a cart is in the last 7 days",
        ),
        ({"sequence": {"first": {"bought": {}}, "then": {"bought": {}}}}, "购买，之后购买", "Bought, then bought"),
        ({"field": "member", "op": "eq", "value": True}, "是会员", "Is a member"),
        ({"field": "member", "op": "eq", "value": False}, "不是会员", "Is not a member"),
        ({"field": "has_email", "op": "eq", "value": False}, "没有邮箱", "Has no e-mail address"),
        ({"field": "interests", "op": "is_set"}, "兴趣 已填", "Interests are known"),
        (
            {"not": {"any": [{"field": "city", "op": "eq", "value": "上海"},
                             {"all": [bought("orders", "gte", 1), {"segment": 3}]}]}},
            "不满足（城市 是 上海，或 （购买过，且 属于人群「常客」））",
            "Not (city is 上海, or (has bought something, and is in the segment “常客”))",
        ),
    ],
)  # fmt: skip
def test_each_kind_has_its_sentence(root: dict[str, Any], zh: str, en: str) -> None:
    labels = {("campaign", 7): "双十一", ("segment", 3): "常客", ("store", 4): "外滩店", ("product", 9): "精华",
              ("deal", 5): "双人下午茶", ("merchant", 6): "茶馆"}  # fmt: skip
    assert said(root, labels) == (zh, en)


def test_a_moment_is_told_by_the_operators_clock() -> None:
    city = {"field": "city", "op": "eq", "value": "上海"}
    assert said(city, as_of="2026-11-30T15:59:59Z") == (
        "城市 是 上海（截至 2026-11-30）",
        "City is 上海 (as of 2026-11-30)",
    )
    assert said(city, as_of="2026-11-30T16:30:00Z")[0] == "城市 是 上海（截至 2026-12-01 00:30）"


def test_each_node_of_a_rule_is_said_by_itself() -> None:
    root = {"all": [bought("orders", "eq", 0), {"not": {"field": "city", "op": "eq", "value": "上海"}}]}
    rule = parse_rule({"version": 1, "as_of": "2026-11-30T15:59:59Z", "root": root}, default_currency="CNY")

    assert {path: told.en for path, told in sentences_by_path(rule, {}).items()} == {
        "root": "Never bought anything, and not (city is 上海)",
        "root.all.0": "Never bought anything",
        "root.all.1": "Not (city is 上海)",
        "root.all.1.not": "City is 上海",
    }
