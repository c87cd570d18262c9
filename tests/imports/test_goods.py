"""A file of goods: Taobao's item export names neither buyer nor time; its rows are lines of orders that came before."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huike.catalog.models import Product
from huike.customers.models import Customer, Source
from huike.imports import workbench
from huike.imports.models import Import
from huike.imports.presets import PRESETS, TAOBAO, TAOBAO_GOODS
from huike.orders.models import Line, Order
from huike.staff.rules import Role
from tests.imports.files import bring, reasons, run
from tests.imports.files import check as checked_as
from tests.imports.test_api import told, upload, work
from tests.imports.test_platforms import TAOBAO as ORDERS
from tests.imports.test_platforms import export, taobao
from tests.imports.test_platforms import whole as import_orders
from tests.people import Caller, signed_in
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db(transaction=True)

GOODS = ("订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息", "备注", "订单状态", "商家编码")
FIRST, SECOND, THIRD = "1928374650100001", "1928374650100002", "1928374650100003"


def row(order: str, title: str, price: str, quantity: str, code: str) -> tuple[str, ...]:
    """One row of the item export."""
    return (f'="{order}"', title, price, quantity, code, "净含量：125g", "", "", "交易成功", code)


def orders_file() -> bytes:
    return export(
        ORDERS,
        [
            taobao(1, "茶香小筑", "128.00", "交易成功"),
            taobao(2, "山里人家", "246.00", "交易成功"),
            taobao(3, "阿青2019", "98.00", "交易成功", back="98.00"),
        ],
    )


ROWS = [
    row(FIRST, "明前龙井 125g", "128.00", "1", "LONGJING-125"),
    row(SECOND, "明前龙井 125g", "128.00", "1", "LONGJING-125"),
    row(SECOND, "白瓷盖碗", "64.00", "2", "GAIWAN"),
    row(THIRD, "茉莉花茶 250g", "88.00", "1", "JASMINE-250"),
]


def goods(rows: list[tuple[str, ...]] = ROWS) -> Import:
    """The file of these rows, checked."""
    record = bring(export(GOODS, rows), kind="lines", filename="ExportOrderDetailList.csv")
    return checked_as(record, currency="CNY", timezone="Asia/Shanghai")


def lines_of(external_id: str) -> list[tuple[Any, ...]]:
    return [
        (sku, str(quantity.normalize()), price, gross, discount, net)
        for sku, quantity, price, gross, discount, net in Line.objects.filter(order__external_id=external_id)
        .order_by("line_number")
        .values_list("product__sku", "quantity", "unit_price_micros", "gross_minor", "discount_minor", "net_minor")
    ]


def heads() -> dict[str, tuple[Any, ...]]:
    return {
        order.external_id: (order.revision, order.gross_minor, order.discount_minor, order.net_minor)
        for order in Order.objects.all()
    }


def everything() -> tuple[Any, ...]:
    return (
        sorted(Order.objects.values_list()),
        sorted(Line.objects.values_list(), key=str),
        sorted(Product.objects.values_list("sku", "name")),
        sorted(Customer.objects.values_list("id", "orders_count", "spent_minor")),
    )


def test_goods_take_the_place_of_the_summary_and_what_was_paid_stays() -> None:
    import_orders(orders_file())
    before = sorted(Customer.objects.values_list("id", "orders_count", "returns_count", "spent_minor"))
    assert lines_of(SECOND) == [("明前龙井 125g", "1", 246_000_000, 24_600, 0, 24_600)]

    record = goods()

    assert (record.preset, record.questions["source"]["key"]) == ("taobao_goods", "taobao")
    assert record.check_report["totals"] == {
        "orders": 3, "lines": 4, "products": 3, "net_minor": 12_800 + 24_600 + 9_800,
        # 256.00 by its prices and 246.00 paid; 88.00 by its price and 98.00 paid.
        "orders_below": 1, "below_minor": 1_000, "orders_above": 1, "above_minor": 1_000,
        "repeated_rows": 0, "currency": "CNY",
    }  # fmt: skip
    assert [
        (shown["order_id"], shown["sku"], shown["net_minor"], shown["order_minor"])
        for shown in record.check_report["preview"]
    ] == [
        (FIRST, "LONGJING-125", 12_800, 12_800),
        (SECOND, "LONGJING-125", 12_800, 24_600),
        (SECOND, "GAIWAN", 12_800, 24_600),
        (THIRD, "JASMINE-250", 8_800, 9_800),
    ]

    record = run(record)

    assert record.state == "done"
    assert (record.result["created"], record.result["updated"], record.result["unchanged"]) == (0, 3, 0)
    assert record.result["products_created"] == 4  # with the shipping
    assert lines_of(FIRST) == [("LONGJING-125", "1", 128_000_000, 12_800, 0, 12_800)]
    assert lines_of(SECOND) == [
        ("GAIWAN", "2", 64_000_000, 12_800, 500, 12_300),
        ("LONGJING-125", "1", 128_000_000, 12_800, 500, 12_300),
    ]
    assert lines_of(THIRD) == [
        ("JASMINE-250", "1", 88_000_000, 8_800, 0, 8_800),
        ("shipping", "1", 10_000_000, 1_000, 0, 1_000),
    ]
    # What came back whole is of the same goods.
    assert lines_of(f"refund-{THIRD}") == [
        ("JASMINE-250", "-1", 88_000_000, -8_800, 0, -8_800),
        ("shipping", "-1", 10_000_000, -1_000, 0, -1_000),
    ]
    assert heads() == {
        FIRST: (1, 12_800, 0, 12_800),
        SECOND: (1, 25_600, 1_000, 24_600),
        THIRD: (1, 9_800, 0, 9_800),
        f"refund-{THIRD}": (1, -9_800, 0, -9_800),
    }
    assert sorted(Customer.objects.values_list("id", "orders_count", "returns_count", "spent_minor")) == before
    assert Product.objects.get(sku="GAIWAN").name == "白瓷盖碗"


def test_the_same_file_again_and_the_orders_again_change_nothing() -> None:
    import_orders(orders_file())
    run(goods())
    before = everything()

    again = run(goods(list(reversed(ROWS))))
    assert (again.result["updated"], again.result["unchanged"]) == (0, 3)
    assert everything() == before
    orders_again = import_orders(orders_file())
    assert (orders_again.result["updated"], orders_again.result["unchanged"]) == (0, 4)
    assert everything() == before


def test_mended_goods_are_the_next_revision_of_their_orders_alone() -> None:
    import_orders(orders_file())
    run(goods())

    record = run(goods([*ROWS[:2], row(SECOND, "白瓷盖碗", "128.00", "1", "GAIWAN"), ROWS[3]]))

    assert (record.result["updated"], record.result["unchanged"]) == (1, 2)
    assert {key: head[0] for key, head in heads().items()} == {FIRST: 1, SECOND: 2, THIRD: 1, f"refund-{THIRD}": 1}
    assert lines_of(SECOND)[0] == ("GAIWAN", "1", 128_000_000, 12_800, 500, 12_300)


def test_an_order_that_became_another_gets_its_goods_again() -> None:
    import_orders(orders_file())
    run(goods())
    import_orders(export(ORDERS, [taobao(2, "山里人家", "240.00", "交易成功")]))
    assert lines_of(SECOND) == [("明前龙井 125g", "1", 240_000_000, 24_000, 0, 24_000)]

    run(goods())

    assert [line[0] for line in lines_of(SECOND)] == ["GAIWAN", "LONGJING-125"]
    assert heads()[SECOND] == (3, 25_600, 1_600, 24_000)


def test_orders_that_are_not_there_are_refused_with_all_their_rows() -> None:
    import_orders(orders_file())
    strange = [row("1928374650199999", "白瓷盖碗", "64.00", "1", "GAIWAN"), row(f"refund-{THIRD}", "x", "1", "1", "X")]
    bad = row(SECOND, "白瓷盖碗", "六十四", "2", "GAIWAN")

    record = goods([*ROWS[:2], bad, *strange])

    assert reasons(record) == {"order.unknown": 2, "number.unreadable": 1, "order.has_refused_rows": 1}
    assert (record.check_report["ok_rows"], record.check_report["refused_rows"]) == (1, 4)
    before = heads()
    run(record)
    assert heads() == before | {FIRST: (1, 12_800, 0, 12_800)}
    assert not Product.objects.filter(sku__in=["GAIWAN", "X"]).exists()


def test_goods_of_another_source_or_currency_are_refused_and_leave_no_trace() -> None:
    import_orders(orders_file())
    before, sources = everything(), Source.objects.count()
    record = bring(export(GOODS, ROWS), kind="lines")
    record = checked_as(record, source_key="elsewhere", currency="CNY")
    assert reasons(record) == {"order.unknown": 4}
    assert run(record).error_code == "import.nothing_to_import"
    record = checked_as(bring(export(GOODS, ROWS), kind="lines"), currency="USD")
    assert reasons(record) == {"order.currency_differs": 4}
    assert (everything(), Source.objects.count()) == (before, sources)


def test_nothing_is_written_when_an_order_changed_after_the_check() -> None:
    import_orders(orders_file())
    record = goods()
    import_orders(export(ORDERS, [taobao(2, "山里人家", "240.00", "交易成功")]))
    before = everything()

    record = run(record)

    assert (record.state, record.error_code, record.error_params["orders"]) == ("failed", "import.orders_changed", 1)
    assert everything() == before


def test_goods_without_prices_share_what_was_paid_by_their_numbers() -> None:
    import_orders(orders_file())
    rows = [(SECOND, "白瓷盖碗", "2"), (SECOND, "明前龙井 125g", "1")]

    run(
        checked_as(
            bring(export(("订单编号", "宝贝标题", "购买数量"), rows), kind="lines"), source_key="taobao", currency="CNY"
        )
    )

    assert lines_of(SECOND) == [
        ("明前龙井 125g", "1", 82_000_000, 8_200, 0, 8_200),
        ("白瓷盖碗", "2", 82_000_000, 16_400, 0, 16_400),
    ]


def as_xlsx(content: bytes, folder: Any) -> bytes:
    """The same table as a spreadsheet, every cell a text."""
    header, *rows = csv.reader(io.StringIO(content.decode("gb18030")))
    path = folder / "goods.xlsx"
    with workbench.connect(":memory:") as duck:
        columns = ", ".join(f'"{name}" VARCHAR' for name in header)
        duck.execute(f"CREATE TABLE goods ({columns})")
        duck.executemany(f"INSERT INTO goods VALUES ({', '.join('?' * len(header))})", rows)
        duck.execute(f"COPY goods TO '{path}' (FORMAT xlsx, HEADER true)")
    return path.read_bytes()


def bring_over_http(caller: Caller, content: bytes, *, kind: str, name: str) -> dict[str, Any]:
    """A file of the sample's shape taken the way the screens take it; the import afterwards."""
    shown = told(upload(caller, content, kind=kind, name=name))
    answers = {**shown["questions"], "mapping": shown["mapping_proposed"]}
    told(caller.post(f"/imports/{shown['id']}/check", answers))
    work()
    told(caller.post(f"/imports/{shown['id']}/start", {"refused": "keep_good"}, **{"Idempotency-Key": name}))
    work()
    return told(caller.get(f"/imports/{shown['id']}"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_documented_files_go_the_whole_way_over_http(form: str, tmp_path: Any) -> None:
    caller = signed_in(Role.MARKETING)
    bring_over_http(caller, TAOBAO.sample_file(), kind="orders", name="orders.csv")
    content = TAOBAO_GOODS.sample_file()
    if form == "xlsx":
        content = as_xlsx(content, tmp_path)

    done = bring_over_http(caller, content, kind="lines", name=f"goods.{form}")

    assert (done["state"], done["kind"], done["preset"], done["format"]["type"]) == (
        "done",
        "lines",
        "taobao_goods",
        form,
    )
    assert [(reason["code"], reason["count"]) for reason in done["check"]["reasons"]] == [("order.unknown", 1)]
    assert {key: done["result"][key] for key in ("created", "updated", "unchanged", "refused")} == {
        "created": 0, "updated": 3, "unchanged": 0, "refused": 1,
    }  # fmt: skip
    assert [line[:4] for line in lines_of("1928374650112234")] == [
        ("GAIWAN", "1", 128_000_000, 12_800),
        ("LONGJING-125", "1", 128_000_000, 12_800),
    ]
    again = bring_over_http(caller, content, kind="lines", name=f"again.{form}")
    assert (again["result"]["updated"], again["result"]["unchanged"]) == (0, 3)
    refused = caller.get(f"/imports/{done['id']}/refused?language=en")
    assert "import its orders first" in b"".join(refused.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]


def test_the_order_number_is_needed_and_goods_or_codes() -> None:
    caller = signed_in(Role.MARKETING)
    shown = told(upload(caller, export(GOODS, ROWS), kind="lines", name="goods.csv"))
    assert {field["key"] for field in shown["fields"]} == {
        "order_id", "sub_order_id", "sku", "description", "quantity", "unit_price", "line_amount",
    }  # fmt: skip

    refused = caller.post(f"/imports/{shown['id']}/check", {**shown["questions"], "mapping": {"quantity": "购买数量"}})

    assert refused.status_code == 422
    assert [(fault["where"], fault["code"]) for fault in refused.json()["errors"]] == [
        ("mapping.order_id", "mapping.required"),
        ("mapping.sku", "mapping.needs_one_of"),
    ]


amounts = st.integers(0, 99_999).map(lambda cents: f"{cents / 100:.2f}")


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.tuples(st.sampled_from([FIRST, SECOND, THIRD]), st.sampled_from("ABCD"), amounts, st.integers(1, 9)),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_goods_say_no_total_moves_and_lines_add_up(parts: list[tuple[str, str, str, int]]) -> None:
    import_orders(orders_file())
    before = {key: head[3] for key, head in heads().items()}
    people = sorted(Customer.objects.values_list("id", "spent_minor"))

    run(goods([row(order, f"goods {sku}", price, str(count), f"GOODS-{sku}") for order, sku, price, count in parts]))

    assert {key: head[3] for key, head in heads().items()} == before
    for external_id, (_, gross, discount, net) in heads().items():
        lines = lines_of(external_id)
        assert (sum(line[3] for line in lines), sum(line[4] for line in lines)) == (gross, discount)
        assert gross - discount == net
        assert all(abs(line[4]) <= abs(line[3]) for line in lines)
    assert sorted(Customer.objects.values_list("id", "spent_minor")) == people


def test_every_preset_is_of_a_kind_that_can_be_brought() -> None:
    assert {preset.kind for preset in PRESETS.values()} == {"orders", "lines"}
