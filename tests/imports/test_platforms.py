# ruff: noqa: E501 - rows of tables stay whole
"""Exports of closed platforms, brought by their presets: what is a sale, what is nothing, what came back, and who bought."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.customers.models import Customer, Identity
from huike.imports.models import Import
from huike.imports.presets import PRESETS
from huike.orders.models import Line, Order
from tests.imports.files import bring, check, reasons, run
from tests.imports.test_properties import EVERY_TABLE
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db(transaction=True)

TAOBAO = (
    "订单编号", "买家会员名", "买家实际支付金额", "订单状态", "收货人姓名", "联系手机", "订单创建时间", "宝贝标题", "宝贝总数量",
    "退款金额",
)  # fmt: skip
DOUYIN = (
    "主订单编号", "子订单编号", "选购商品", "商品数量", "商家编码", "商品金额", "订单应付金额", "收件人", "收件人手机号",
    "订单提交时间", "订单状态", "售后状态", "买家ID",
)  # fmt: skip


def export(header: tuple[str, ...], rows: list[tuple[str, ...]], encoding: str = "gb18030") -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([header, *rows])
    return out.getvalue().encode(encoding)


def taobao(number: int, nick: str, paid: str, status: str, *, back: str = "0.00", phone: str = "138****2201") -> tuple:
    """One row of a Taobao export: one order."""
    return (
        f'="19283746501{number:05}"', nick, paid, status, "陈**", f"'{phone}", "2026-10-02 10:15:20", "明前龙井 125g", "1",
        back,
    )  # fmt: skip


def checked(content: bytes, **corrections: Any) -> Import:
    record = bring(content, filename="export.csv")
    told = {"currency": "CNY", "timezone": "Asia/Shanghai"} | corrections
    return check(record, **told)


def whole(content: bytes, **corrections: Any) -> Import:
    return run(checked(content, **corrections))


def books() -> tuple[list[Any], list[Any], list[Any]]:
    """Everything a person would see: orders, lines, figures of customers; without ids and revisions."""
    orders = Order.objects.order_by("external_id").values_list(
        "external_id", "kind", "state", "net_minor", "return_of__external_id", "customer__identities__value"
    )
    lines = Line.objects.order_by("order__external_id", "line_number").values_list(
        "order__external_id", "line_number", "product__sku", "quantity", "gross_minor", "discount_minor"
    )
    people = Customer.objects.order_by("identities__value").values_list(
        "identities__value", "orders_count", "returns_count", "spent_minor"
    )
    return list(orders), list(lines), list(people)


@pytest.mark.parametrize("key", sorted(PRESETS))
def test_the_sample_of_a_preset_is_recognised_and_read_by_it(key: str) -> None:
    preset = PRESETS[key]
    if preset.kind == "lines":
        orders = next(
            other for other in PRESETS.values() if (other.kind, other.source_key) == ("orders", preset.source_key)
        )
        whole(orders.sample_file())
    record = bring(preset.sample_file(), kind=preset.kind, filename=f"{key}.csv")

    assert record.preset == key
    assert (record.questions["source"]["key"], record.questions["currency"]) == (preset.source_key, "CNY")
    record = check(record, currency="CNY", timezone="Asia/Shanghai")
    assert record.state == "checked"
    # What was not paid is no order, and has no goods.
    assert set(reasons(record)) <= {"order.unpaid" if preset.kind == "orders" else "order.unknown"}
    assert record.check_report["totals"]["orders"] > 0


def test_a_taobao_export_becomes_sales_returns_and_nothing_when_its_states_say_so() -> None:
    record = checked(
        export(
            TAOBAO,
            [
                taobao(1, "茶香小筑", "128.00", "交易成功"),
                taobao(2, "山里人家", "88.00", "交易成功", back="88.00"),
                taobao(3, "山里人家", "100.00", "卖家已发货，等待买家确认", back="30.50"),
                taobao(4, "阿青", "0.00", "等待买家付款"),
                taobao(5, "茶香小筑", "0.00", "交易关闭"),
                taobao(6, "茶香小筑", "50.00", "状态不明"),
            ],
        )
    )
    assert record.format["encoding"] == "gb18030"
    assert reasons(record) == {"order.unpaid": 1, "status.unknown": 1}
    assert record.check_report["totals"]["closed_orders"] == 1

    record = run(record)

    assert (record.result["created"], record.result["closed"]) == (5, 1)
    assert books()[0] == [
        ("1928374650100001", "sale", "placed", 12800, None, "茶香小筑"),
        ("1928374650100002", "sale", "placed", 8800, None, "山里人家"),
        ("1928374650100003", "sale", "placed", 10000, None, "山里人家"),
        ("refund-1928374650100002", "return", "placed", -8800, "1928374650100002", "山里人家"),
        ("refund-1928374650100003", "return", "placed", -3050, "1928374650100003", "山里人家"),
    ]
    assert books()[2] == [("山里人家", 2, 2, 6950), ("茶香小筑", 1, 0, 12800)]
    # A masked phone is nobody's identity, and a masked name stands in nobody's way.
    assert not Identity.objects.filter(kind="phone").exists()
    assert set(Customer.objects.values_list("name", "phone")) == {("", None)}


def test_a_masked_buyer_is_told_apart_by_the_masked_phone() -> None:
    whole(
        export(
            TAOBAO,
            [
                taobao(1, "t**3", "10.00", "交易成功", phone="138****2201"),
                taobao(2, "t**3", "20.00", "交易成功", phone="139****8830"),
                taobao(3, "t**3", "30.00", "交易成功", phone="138****2201"),
                taobao(4, "t**3", "40.00", "交易成功", phone="13812345678-4321"),
            ],
        )
    )

    assert books()[2] == [("t**3 138****2201", 2, 0, 4000), ("t**3 139****8830", 1, 0, 2000)]
    assert Order.objects.get(net_minor=4000).customer is None


def test_nothing_changes_when_an_export_is_brought_again_and_a_later_one_revises() -> None:
    first = [
        taobao(1, "小青", "128.00", "买家已付款，等待卖家发货"),
        taobao(2, "小青", "60.00", "买家已付款，等待卖家发货"),
    ]
    later = [taobao(1, "小青", "0.00", "交易关闭"), taobao(2, "小青", "60.00", "交易成功", back="20.00")]
    whole(export(TAOBAO, first))

    again = whole(export(TAOBAO, first))
    assert (again.result["created"], again.result["updated"], again.result["unchanged"]) == (0, 0, 2)
    revised = whole(export(TAOBAO, later))

    assert (revised.result["created"], revised.result["updated"]) == (1, 1)
    assert books()[0] == [
        ("1928374650100001", "sale", "cancelled", 12800, None, "小青"),
        ("1928374650100002", "sale", "placed", 6000, None, "小青"),
        ("refund-1928374650100002", "return", "placed", -2000, "1928374650100002", "小青"),
    ]
    assert books()[2] == [("小青", 1, 1, 4000)]
    # The older export, brought late, takes nothing of it back.
    late = whole(export(TAOBAO, first))
    assert late.result["updated"] == 0
    assert books()[2] == [("小青", 1, 1, 4000)]


def test_a_return_no_longer_counts_when_its_whole_sale_is_closed_later() -> None:
    whole(export(TAOBAO, [taobao(1, "小青", "60.00", "交易成功", back="20.00")]))
    whole(export(TAOBAO, [taobao(1, "小青", "0.00", "交易关闭")]))

    assert [row[:4] for row in books()[0]] == [
        ("1928374650100001", "sale", "cancelled", 6000),
        ("refund-1928374650100001", "return", "cancelled", -2000),
    ]
    assert books()[2] == [("小青", 0, 0, 0)]


def douyin(
    order: int, child: int, sku: str, price: str, paid: str, *, status: str = "已完成", after: str = "-"
) -> tuple:
    return (
        f"\t{order}", f"\t{child}", f"商品 {sku}", "1", sku, price, paid, "周**", "138****2201", "2026-10-02 21:05:10", status,
        after, f"u{order}",
    )  # fmt: skip


def test_child_orders_are_one_order_when_their_rows_are_read_line_by_line() -> None:
    rows = [
        douyin(70, 71, "A", "58.00", "50.00"),
        douyin(70, 72, "B", "88.00", "93.00", after="退款成功"),
        douyin(70, 72, "B", "88.00", "93.00", after="退款成功"),
        douyin(80, 81, "A", "58.00", "58.00", status="已关闭"),
        douyin(80, 82, "B", "88.00", "88.00"),
        douyin(90, 91, "A", "58.00", "58.00"),
        douyin(90, 91, "A", "58.00", "55.00"),
    ]

    record = whole(export(DOUYIN, rows, "utf-8-sig"))

    assert reasons(record) == {"order.lines_differ": 2}
    assert record.check_report["dropped_rows"] == 1
    assert books()[1] == [
        ("70", 1, "A", 1, 5800, 800),
        ("70", 2, "B", 1, 8800, 0),
        ("70", 3, "shipping", 1, 500, 0),
        ("80", 1, "A", 1, 5800, 0),
        ("80", 2, "B", 1, 8800, 0),
        ("refund-70", 1, "B", -1, -8800, 0),
        ("refund-80", 1, "A", -1, -5800, 0),
    ]


LINES = ("订单号", "下单时间", "商品名称", "数量", "单价", "订单实付金额", "用户id")


@pytest.mark.parametrize("later", ["90.00", "", "0.00"], ids=["on each row", "on the first", "zero on the others"])
def test_an_amount_paid_for_the_order_is_spread_over_its_lines(later: str) -> None:
    rows = [
        ("1", "2026-10-01", "杯", "3", "20.00", "90.00", "u1"),
        ("1", "2026-10-01", "壶", "1", "39.99", later, "u1"),
    ]

    whole(export(LINES, rows, "utf-8"), paid_for="order")

    assert books()[1] == [("1", 1, "壶", 1, 3999, 399), ("1", 2, "杯", 3, 6000, 600)]
    assert Order.objects.get().net_minor == 9000


def test_an_order_is_refused_when_its_rows_tell_different_amounts_for_the_whole() -> None:
    rows = [
        ("1", "2026-10-01", "杯", "1", "20.00", "19.00", "u1"),
        ("1", "2026-10-01", "壶", "1", "30.00", "29.00", "u1"),
    ]

    record = checked(export(LINES, rows, "utf-8"), paid_for="order")

    assert reasons(record) == {"order.paid_amounts_differ": 2}
    assert (
        check(record, currency="CNY", timezone="Asia/Shanghai", paid_for="line").check_report["totals"]["net_minor"]
        == 4800
    )


def test_a_word_means_what_she_said_when_a_platform_has_one_of_its_own() -> None:
    content = export(TAOBAO, [taobao(1, "小青", "50.00", "到店待领")])

    assert reasons(checked(content)) == {"status.unknown": 1}
    assert checked(content, status_words={"到店待领": "paid"}).check_report["totals"]["sales"] == 1


def _empty_books() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {EVERY_TABLE} CASCADE")


STATES = ("交易成功", "交易关闭", "等待买家付款", "卖家已发货，等待买家确认")


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(
        st.tuples(
            st.sampled_from(STATES), st.integers(1, 9), st.integers(0, 12), st.sampled_from(["甲", "乙", "t**1"])
        ),
        min_size=3,
        max_size=9,
    ),
    seed=st.integers(0, 99),
)
def test_the_books_are_the_same_however_an_export_is_shuffled_split_and_repeated(
    told: list[tuple[str, int, int, str]], seed: int
) -> None:
    rows = [
        taobao(number, nick, f"{paid}0.00", status, back=f"{min(back, paid)}0.00", phone=f"138****000{number % 3}")
        for number, (status, paid, back, nick) in enumerate(told)
    ] + [taobao(99, "丙", "10.00", "交易成功")]
    _empty_books()
    whole(export(TAOBAO, rows))
    expected = books()

    _empty_books()
    rng = random.Random(seed)
    shuffled = [*rows, *rng.sample(rows, 2), rows[-1]]
    rng.shuffle(shuffled)
    cut = rng.randint(1, len(shuffled) - 1)
    anchor = [taobao(99, "丙", "10.00", "交易成功")]
    for part in (shuffled[:cut], shuffled[cut:], shuffled[:cut]):
        whole(export(TAOBAO, [*part, *anchor]))

    assert books() == expected
