"""A file of orders becomes orders, all of it or nothing, and the figures are exact."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db.models import Sum

from huike.catalog.models import Product, Store
from huike.customers.identity.claiming import claim_history
from huike.customers.models import Customer, Identity, Source
from huike.imports import workbench
from huike.imports.events import ImportFinished
from huike.imports.models import Import
from huike.orders import services as orders
from huike.orders.models import Line, Order
from huike.orders.rules import BuyerIdentity, CanonicalLine, CanonicalOrder, Kind, content_sha256
from huike.orders.services import Step
from huike.platform.models import AuditEntry, Job, OutboxEvent
from tests.imports.files import RETAIL, Retail, bring, check, reasons, run, text_of, whole

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINE = ("1001", "A1", "Mug", "2", "2011-07-01 12:00:00", "2.50", "17850.0", "France")


def of(*rows: tuple[str, ...]) -> bytes:
    return text_of(RETAIL, rows)


def changed(row: tuple[str, ...], **cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, value) for name, value in zip(RETAIL, row, strict=True))


def test_totals_are_exact_when_a_dirty_file_like_online_retail_is_imported() -> None:
    retail = Retail()

    record = whole(gzip.compress(retail.content), filename="online-retail.csv.gz")

    report = record.check_report
    assert (report["rows"], report["refused_rows"]) == (len(retail.rows), retail.refused)
    assert report["ok_rows"] + report["refused_rows"] == report["rows"]
    totals = record.result["totals"]
    assert totals["net_minor"] == retail.net_minor
    assert (totals["known_lines"], totals["known_net_minor"]) == (retail.known_lines, retail.known_net_minor)
    assert (totals["known_sales_lines"], totals["known_sales_net_minor"]) == (
        retail.known_sales_lines,
        retail.known_sales_net_minor,
    )
    # The tables say the same as the report.
    known = Line.objects.filter(order__customer__isnull=False)
    assert known.aggregate(n=Sum("net_minor"))["n"] == retail.known_net_minor
    assert known.count() == retail.known_lines
    assert Line.objects.count() == report["ok_rows"]
    assert Order.objects.aggregate(n=Sum("net_minor"))["n"] == retail.net_minor
    assert Customer.objects.aggregate(n=Sum("spent_minor"))["n"] == retail.known_net_minor
    assert record.result["created"] == Order.objects.count() == totals["orders"]


def test_everything_is_proposed_when_the_headers_are_those_of_online_retail() -> None:
    record = bring(of(LINE), filename="Online Retail.csv")

    assert {key: name for key, name in record.mapping_proposed.items() if name} == {
        "order_id": "InvoiceNo",
        "sku": "StockCode",
        "description": "Description",
        "quantity": "Quantity",
        "placed_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "external_id": "CustomerID",
        "country": "Country",
    }
    assert record.questions["source"]["key"] == "online-retail"
    assert record.format["delimiter"] == ","
    assert record.format["has_header"]


def test_one_line_is_stored_as_told_when_it_is_imported() -> None:
    whole(of(LINE))

    order = Order.objects.get()
    assert (order.external_id, order.kind, order.currency, order.channel) == ("1001", "sale", "GBP", "web")
    # Noon of a London summer.
    assert order.placed_at == datetime(2011, 7, 1, 11, tzinfo=UTC)
    line = order.lines.get()
    assert (line.quantity, line.unit_price_micros, line.net_minor) == (Decimal("2.000"), 2_500_000, 500)
    assert (line.product.sku, line.product.name, line.product.is_complete) == ("A1", "Mug", False)
    customer = Customer.objects.get()
    assert (customer.country, customer.orders_count, customer.spent_minor) == ("France", 1, 500)
    assert customer.last_order_at == order.placed_at
    assert Identity.objects.get().value == "17850"
    assert Source.objects.get().key == "shop"


def test_one_event_and_one_entry_in_the_audit_log_tell_of_a_file_when_it_is_in() -> None:
    record = whole(of(LINE))

    event = OutboxEvent.objects.get()
    assert event.name == ImportFinished.name
    assert (event.payload["import_id"], event.payload["created"]) == (record.pk, 1)
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "receive_file",
        "check_import",
        "start_import",
        "create_source",
        "finish_import",
    ]
    assert set(Job.objects.values_list("state", flat=True)) == {"succeeded"}
    assert not workbench.source_file(record.pk).exists()


def test_nothing_changes_when_the_same_file_is_imported_again() -> None:
    content = Retail(invoices=40).content
    first = whole(content)
    before = [*Order.objects.order_by("id").values()], [*Line.objects.order_by("id").values()]
    people = [*Customer.objects.order_by("id").values()]

    second = whole(content)

    assert [*Order.objects.order_by("id").values()] == before[0]
    assert [*Line.objects.order_by("id").values()] == before[1]
    assert [*Customer.objects.order_by("id").values()] == people
    result = second.result
    assert (result["created"], result["updated"], result["unchanged"]) == (0, 0, first.result["created"])
    assert result["totals"] == first.result["totals"]


def test_an_order_is_replaced_under_the_next_revision_when_its_content_differs() -> None:
    whole(of(LINE, changed(LINE, InvoiceNo="1002")))
    untouched = Order.objects.values().get(external_id="1002")

    record = whole(of(changed(LINE, Quantity="3"), changed(LINE, StockCode="B2"), changed(LINE, InvoiceNo="1002")))

    assert (record.result["created"], record.result["updated"], record.result["unchanged"]) == (0, 1, 1)
    order = Order.objects.get(external_id="1001")
    assert (order.revision, order.net_minor, order.lines.count()) == (1, 1250, 2)
    assert Order.objects.values().get(external_id="1002") == untouched
    assert Customer.objects.get().spent_minor == 1250 + 500


def test_a_file_and_a_till_agree_when_they_tell_the_same_order() -> None:
    told = CanonicalOrder(
        source_key="shop",
        external_id="1001",
        kind=Kind.SALE,
        placed_at=datetime(2011, 7, 1, 11, tzinfo=UTC),
        channel="web",
        currency="GBP",
        buyer=(BuyerIdentity("external", "17850"),),
        lines=(
            CanonicalLine(sku="A1", quantity_milli=2000, unit_price_micros=2_500_000, name="Mug"),
            CanonicalLine(sku="B2", quantity_milli=1500, unit_price_micros=None),
        ),
    )
    whole(of(LINE, changed(LINE, StockCode="B2", Quantity="1.5", UnitPrice="0")))
    assert Order.objects.get().content_sha256 == content_sha256(told)

    placement = orders.place(told, now=NOW)

    assert placement.step is Step.KEEP
    assert Customer.objects.count() == 1


def test_a_cancellation_is_a_return_when_its_id_begins_with_the_prefix() -> None:
    whole(of(changed(LINE, Quantity="5"), changed(LINE, InvoiceNo="C1002", Quantity="-2")))

    back = Order.objects.get(external_id="C1002")
    assert (back.kind, back.net_minor, back.lines.get().quantity) == ("return", -500, Decimal("-2.000"))
    customer = Customer.objects.get()
    assert (customer.orders_count, customer.returns_count, customer.spent_minor) == (1, 1, 750)


def test_rows_are_refused_with_reasons_when_they_are_neither_a_sale_nor_a_cancellation() -> None:
    record = check(
        bring(
            of(
                LINE,
                changed(LINE, InvoiceNo="2", Quantity="-1"),
                changed(LINE, InvoiceNo="3", UnitPrice="-0.01"),
                changed(LINE, InvoiceNo="4", Quantity="0"),
                changed(LINE, InvoiceNo="C5", Quantity="1"),
                changed(LINE, InvoiceNo="6", Quantity="two"),
                changed(LINE, InvoiceNo="7", InvoiceDate="2011-02-30 10:00:00"),
                changed(LINE, InvoiceNo="8", InvoiceDate="1901-01-01 10:00:00"),
                changed(LINE, InvoiceNo="9", InvoiceDate="2299-01-01 10:00:00"),
                changed(LINE, InvoiceNo="", StockCode=""),
                changed(LINE, InvoiceNo="10", Quantity="1.2345"),
                changed(LINE, InvoiceNo="11", Quantity="1e11"),
                changed(LINE, InvoiceNo="12", StockCode="X" * 81),
            )
        )
    )

    assert reasons(record) == {
        "line.negative_quantity": 1,
        "price.negative": 1,
        "line.zero_quantity": 1,
        "line.positive_in_cancellation": 1,
        "number.unreadable": 1,
        "instant.unreadable": 1,
        "instant.absurd": 2,
        "text.missing": 1,
        "number.too_precise": 1,
        "number.absurd": 1,
        "text.too_long": 1,
    }
    unreadable = next(r for r in record.check_report["reasons"] if r["code"] == "number.unreadable")
    assert (unreadable["example_row"], unreadable["params"]["column"]) == (7, "Quantity")
    assert unreadable["params"]["value"] == "two"
    assert (record.check_report["ok_rows"], record.check_report["refused_rows"]) == (1, 12)


def test_a_whole_order_is_refused_when_one_of_its_rows_is() -> None:
    record = whole(of(LINE, changed(LINE, Quantity="x"), changed(LINE, InvoiceNo="1002")))

    assert reasons(record) == {"number.unreadable": 1, "order.has_refused_rows": 1}
    assert list(Order.objects.values_list("external_id", flat=True)) == ["1002"]


def test_a_whole_order_is_refused_when_one_of_its_rows_is_ragged() -> None:
    content = of(LINE, changed(LINE, InvoiceNo="1002")) + b"1001,A1,Mug,2\r\n"

    record = whole(content)

    assert reasons(record) == {"row.ragged": 1, "order.has_refused_rows": 1}
    (ragged,) = [r for r in record.check_report["reasons"] if r["code"] == "row.ragged"]
    assert (ragged["example_row"], ragged["params"]["expected"], ragged["params"]["actual"]) == (4, 8, 4)
    assert list(Order.objects.values_list("external_id", flat=True)) == ["1002"]


def test_an_order_is_refused_when_its_rows_name_different_buyers() -> None:
    record = check(bring(of(LINE, changed(LINE, CustomerID="17851.0"))))

    assert reasons(record) == {"order.buyers_differ": 2}


def test_an_order_belongs_to_its_buyer_when_only_some_rows_name_her() -> None:
    whole(of(LINE, changed(LINE, StockCode="B2", CustomerID="")))

    assert Order.objects.get().customer == Customer.objects.get()


def test_an_order_is_anonymous_when_no_row_names_a_buyer() -> None:
    whole(of(changed(LINE, CustomerID="")))

    order = Order.objects.get()
    assert (order.customer, order.anonymous_key) == (None, "1001")
    assert not Customer.objects.exists()


def test_a_claimed_order_stays_hers_when_a_file_replaces_it() -> None:
    from huike.platform.audit import SYSTEM

    whole(of(changed(LINE, CustomerID="")))
    whole(of(changed(LINE, InvoiceNo="1002")))
    buyer = Customer.objects.get()
    claim_history(buyer.pk, key="1001", source_id=Source.objects.get().pk, how="staff", actor=SYSTEM, now=NOW)

    whole(of(changed(LINE, CustomerID="", Quantity="4")))

    assert Order.objects.get(external_id="1001").customer == buyer
    buyer.refresh_from_db()
    assert buyer.spent_minor == 1000 + 500


def test_a_line_keeps_its_quantity_when_its_price_is_unknown() -> None:
    record = whole(of(changed(LINE, UnitPrice="0.0"), changed(LINE, InvoiceNo="1002", UnitPrice="")))

    assert (
        list(Line.objects.values_list("quantity", "unit_price_micros", "net_minor"))
        == [(Decimal("2.000"), None, 0)] * 2
    )
    assert record.result["totals"]["unknown_price_lines"] == 2


def test_two_lines_stay_two_when_they_are_alike() -> None:
    record = whole(of(LINE, LINE))

    assert Line.objects.count() == 2
    assert record.result["totals"]["repeated_rows"] == 1


def test_one_line_is_kept_of_two_alike_when_she_says_so() -> None:
    record = whole(of(LINE, LINE, changed(LINE, InvoiceNo="1002")), duplicate_lines="drop")

    assert Order.objects.get(external_id="1001").lines.count() == 1
    assert (record.check_report["ok_rows"], record.check_report["dropped_rows"]) == (2, 1)


def test_nothing_is_written_when_rows_are_refused_and_she_wants_all_or_nothing() -> None:
    checked = check(bring(of(LINE, changed(LINE, InvoiceNo="2", Quantity="-1"))))

    record = run(checked, refused="refuse_all")

    assert (record.state, record.error_code) == ("failed", "import.rows_refused")
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert not Product.objects.exists()
    assert Job.objects.order_by("-id")[0].error_code == "import.rows_refused"
    # The file is still here: she may check it again, and keep the good rows.
    assert run(check(record)).state == Import.State.DONE


def test_markup_and_templates_are_only_text_when_a_file_holds_them() -> None:
    evil = "<script>alert(1)</script>{{ 7*7 }}'; DROP TABLE orders_order; --"

    whole(of(changed(LINE, Description=evil, Country="{% raw %}")))

    assert Product.objects.get().name == evil
    assert Customer.objects.get().country == "{% raw %}"


def test_the_row_and_column_are_named_when_a_cell_holds_nul() -> None:
    content = of(LINE, changed(LINE, InvoiceNo="1002")).replace(b"1002,A1,Mug", b"1002,A1,M\x00ug")

    record = check(bring(content))

    (reason,) = record.check_report["reasons"]
    assert (reason["code"], reason["example_row"], reason["params"]["column"]) == ("text.nul", 3, "Description")


def test_only_the_damaged_row_is_refused_when_a_byte_is_not_utf8() -> None:
    good = [changed(LINE, InvoiceNo=str(n), Description="Tasse à café") for n in range(20)]
    content = of(*good, changed(LINE, InvoiceNo="77")).replace(b"77,A1,Mug", b"77,A1,M\xffug")

    record = check(bring(content))

    assert reasons(record) == {"text.not_decodable": 1}
    assert record.check_report["ok_rows"] == 20


def test_the_day_comes_first_when_one_value_of_the_column_says_so() -> None:
    rows = [
        changed(LINE, InvoiceNo=str(n), InvoiceDate=d) for n, d in enumerate(("03/04/2011 10:00", "25/04/2011 10:00"))
    ]

    record = whole(of(*rows))

    assert (record.check_report["date_order"], record.check_report["date_order_certain"]) == ("day_first", True)
    assert Order.objects.get(external_id="0").placed_at == datetime(2011, 4, 3, 9, tzinfo=UTC)


def test_the_check_says_it_is_not_certain_when_every_date_could_be_read_both_ways() -> None:
    record = check(bring(of(changed(LINE, InvoiceDate="03/04/2011 10:00"))))

    assert (record.check_report["date_order"], record.check_report["date_order_certain"]) == ("day_first", False)

    record = check(record, date_order="month_first")

    assert record.check_report["preview"][0]["placed_at"] == "2011-03-04T10:00:00Z"


def test_a_chinese_file_is_understood_when_its_headers_and_encoding_are_chinese() -> None:
    header = (
        "订单号",
        "商品编码",
        "商品名称",
        "数量",
        "单价",
        "下单时间",
        "手机号",
        "姓名",
        "门店编号",
        "渠道",
        "优惠金额",
    )
    row = (
        "T1",
        "茶001",
        "龙井",
        "2",
        "￥1,288.00",
        "2024年3月5日 14:30",
        "138 1234 5678",
        "王小明",
        "SH01",
        "小程序",
        "76",
    )
    content = text_of(header, [row]).decode().encode("gb18030")

    record = whole(content, filename="订单.csv", currency="CNY", timezone="Asia/Shanghai", source_key="shop")

    assert record.format["encoding"] == "gb18030"
    order = Order.objects.get()
    assert (order.gross_minor, order.discount_minor, order.net_minor) == (257600, 7600, 250000)
    assert (order.channel, order.placed_at) == ("wechat", datetime(2024, 3, 5, 6, 30, tzinfo=UTC))
    assert order.store == Store.objects.get(code="SH01")
    customer = Customer.objects.get()
    assert (customer.name, customer.phone, customer.name_pinyin) == ("王小明", "+8613812345678", "wangxiaoming")


def test_an_order_stays_anonymous_when_the_marketplace_masks_the_phone() -> None:
    header = ("order id", "sku", "price", "date", "phone")

    whole(text_of(header, [("1", "A", "5", "2024-01-01", "138****5678")]))

    assert Order.objects.get().customer is None


def test_the_amount_is_exact_when_a_file_gives_amounts_and_no_prices() -> None:
    header = ("order id", "sku", "quantity", "amount", "date")

    whole(text_of(header, [("1", "A", "3", "10.00", "2024-01-01")]))

    line = Line.objects.get()
    assert (line.gross_minor, line.unit_price_micros) == (1000, 3_333_333)


def test_no_state_is_lost_when_an_import_is_cancelled_before_it_runs() -> None:
    from huike.imports import runs, selectors, services
    from huike.kernel.scope import EVERYTHING
    from huike.platform import jobs
    from tests.imports.files import CALLER

    record = check(bring(of(LINE)))
    job = services.start(record.pk, refused="keep_good", caller=CALLER)
    jobs.request_cancel(job.pk)
    assert selectors.find(record.pk, scope=EVERYTHING).state == "cancelled"

    runs.perform(job_id=job.pk, import_id=record.pk)

    assert Import.objects.get().state == "cancelled"
    assert not Order.objects.exists()
    assert run(check(record)).state == "done"
