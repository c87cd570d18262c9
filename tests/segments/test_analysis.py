"""Analysis against plain Python over plain rows, and against itself: what is shown opens into as many people."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from typing import Any

import numpy
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from huike.catalog.models import Store
from huike.kernel.scope import EVERYTHING, Scope
from huike.segments import labels, selectors
from huike.segments.analysis.compare import compare, corrected_for_many
from huike.segments.analysis.cross import CrossTable, cross_table
from huike.segments.analysis.dimensions import Dimension, days_of_period, read_dimension, round_edges
from huike.segments.analysis.errors import AnalysisInvalid
from huike.segments.analysis.figures import correlation, distribution, even_edges
from huike.segments.reading import parse_rule
from huike.segments.rules import Rule
from huike.segments.windows import EVER
from tests.segments.business import AS_OF, Business
from tests.thoroughness import examples

SOME = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DIMENSIONS: list[dict[str, Any]] = [
    {"field": "gender"},
    {"field": "city"},
    {"field": "tags"},
    {"field": "found_interests"},
    {"field": "companies"},
    {"field": "home_store"},
    {"field": "home_region"},
    {"field": "has_email"},
    {"field": "email_marketing"},
    {"field": "orders_count", "edges": [1, 2]},
    {"field": "spent", "edges": [1, 5000, 5001]},
    {"field": "spent", "edges": [1, 5000], "currency": "JPY"},
    {"field": "birth_on", "period": "quarter"},
    {"field": "created_at", "period": "month"},
    {"field": "last_order_at", "period": "year"},
    {"field": "fields.level"},
    {"field": "fields.skin"},
    {"field": "fields.children", "edges": [1, 2.5]},
    {"field": "fields.budget", "edges": [0, 500]},
    {"field": "fields.seen_on", "period": "month"},
]
FEMALE = {"field": "gender", "op": "eq", "value": "female"}


def rule(root: dict[str, Any], shop: Business) -> Rule:
    told = {"version": 1, "as_of": AS_OF.isoformat(), "root": root}
    return parse_rule(told, default_currency="CNY", fields=shop.catalogue)


def dimension(told: dict[str, Any], shop: Business) -> Dimension:
    return read_dimension(told, path="dimensions.0", fields=shop.catalogue, default_currency="CNY")


def crossed(shop: Business, *told: dict[str, Any], root: dict[str, Any] | None = None, **more: Any) -> CrossTable:
    asked = rule(root or {"all": []}, shop)
    options = {"window": EVER, "currency": "CNY", "scope": EVERYTHING} | more
    return cross_table(asked, [dimension(one, shop) for one in told], **options)


def counted(shop: Business, *parts: dict[str, Any]) -> int:
    return selectors.count_rule(rule({"all": list(parts)}, shop), scope=EVERYTHING, branches=False).count


@SOME
@given(data=st.data())
def test_every_number_opens_into_as_many_people(shop: Business, data: st.DataObject) -> None:
    first, second = data.draw(st.permutations(DIMENSIONS))[:2]
    root = data.draw(st.sampled_from([{"all": []}, FEMALE, {"field": "city", "op": "is_not_set"}]))

    table = crossed(shop, first, second, root=root)

    assert table.whole.customers == counted(shop, root)
    for entries in table.axes:
        for entry in entries:
            assert entry.condition is not None
            assert counted(shop, root, entry.condition) == entry.figures.customers, entry
    for cell in table.cells:
        conditions = [table.axes[number][place].condition for number, place in enumerate(cell.at)]
        assert counted(shop, root, *(one for one in conditions if one)) == cell.figures.customers, cell
    if not any(one.has_several for one in table.dimensions):
        assert sum(cell.figures.customers for cell in table.cells) == table.whole.customers


def test_what_they_bought_is_summed(shop: Business) -> None:
    table = crossed(shop, {"field": "gender"}, {"field": "has_email"})

    people: Counter[tuple[Any, bool]] = Counter()
    orders: Counter[tuple[Any, bool]] = Counter()
    revenue: Counter[tuple[Any, bool]] = Counter()
    for row in shop.customers:
        key = (row["gender"], row["has_email"])
        people[key] += 1
        for order in row["orders"]:
            if order["currency"] == "CNY" and order["placed_at"] <= AS_OF:
                orders[key] += order["kind"] == "sale"
                revenue[key] += sum(line["net_minor"] for line in order["lines"])
    found = {(table.axes[0][cell.at[0]].key, table.axes[1][cell.at[1]].key): cell.figures for cell in table.cells}
    assert {key: figures.customers for key, figures in found.items()} == dict(people)
    assert {key: figures.orders for key, figures in found.items()} == {key: orders[key] for key in people}
    assert {key: figures.revenue_minor for key, figures in found.items()} == {key: revenue[key] for key in people}
    assert table.whole.revenue_minor == sum(revenue.values())
    one = table.cells[0]
    share = [table.axes[number][place].figures.customers / len(shop.customers) for number, place in enumerate(one.at)]
    assert one.expected == pytest.approx(share[0] * share[1] * len(shop.customers))


def test_three_attributes_make_cells_of_three(shop: Business) -> None:
    table = crossed(shop, {"field": "gender"}, {"field": "has_email"}, {"field": "language"})
    told = Counter((row["gender"], row["has_email"], row["language"]) for row in shop.customers)
    found = {
        tuple(table.axes[number][place].key for number, place in enumerate(cell.at)): cell.figures.customers
        for cell in table.cells
    }
    assert found == dict(told)


def test_values_beyond_those_shown_stand_together(shop: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huike.segments.analysis.cross.SHOWN", {1: 1, 2: 1, 3: 1})
    table = crossed(shop, {"field": "tags"}, {"field": "gender"})

    shown, others = table.axes[0][0], table.axes[0][1]
    assert (shown.is_others, others.is_others, others.condition) == (False, True, None)
    assert others.figures.customers == sum(bool(set(row["tags"]) - {shown.key}) for row in shop.customers)
    in_cells = sum(cell.figures.customers for cell in table.cells if cell.at[0] == 1)
    assert in_cells == others.figures.customers


def test_of_very_many_periods_the_most_frequent_are_shown_in_their_order(
    shop: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huike.segments.analysis.cross.SHOWN", {1: 2})
    (axis,) = crossed(shop, {"field": "created_at", "period": "month"}).axes

    told = Counter((row["created_at"] + timedelta(hours=8)).strftime("%Y%m") for row in shop.customers)
    shown = [entry for entry in axis if not entry.is_others]
    assert [entry.figures.customers for entry in shown] == [told[str(entry.key)] for entry in shown]
    assert sorted(told.values())[-2:] == sorted(entry.figures.customers for entry in shown)
    assert [entry.key for entry in shown] == sorted(entry.key for entry in shown if isinstance(entry.key, int))
    assert axis[-1].figures.customers == len(shop.customers) - sum(entry.figures.customers for entry in shown)


def test_a_limited_scope_is_told_of_its_own_people(shop: Business) -> None:
    stores = frozenset(shop.store_ids[:1])
    table = crossed(shop, {"field": "gender"}, scope=Scope(all_stores=False, store_ids=stores))
    assert table.whole.customers == sum(row["home_store"] in stores for row in shop.customers)


def test_bands_are_made_where_none_are_told(shop: Business) -> None:
    (made,) = crossed(shop, {"field": "spent"}).dimensions
    assert made.edges == (100, 5000)  # 1.00 and 50.00, nearest to the 0.01, 50.00 and 50.01 there are
    assert [round_edges(told, scale=1) for told in ([0.2, 0.4], [3, 30, 33], [18, 70, 740], [])] == [
        (1,),
        (2, 20),
        (20, 50, 500),
        (),
    ]


def test_groups_are_held_against_each_other(shop: Business) -> None:
    told = compare(rule(FEMALE, shop), rule({"all": []}, shop), [dimension({"field": "city"}, shop)], scope=EVERYTHING)

    women = [row for row in shop.customers if row["gender"] == "female"]
    others = [row for row in shop.customers if row["gender"] != "female"]
    assert (told.first, told.second, told.both) == (len(women), len(others), len(women))
    first, second = Counter(row["city"] for row in women), Counter(row["city"] for row in others)
    values = told.attributes[0].values
    assert {value.key: (value.first, value.second) for value in values} == {
        city: (first[city], second[city]) for city in {*first, *second}
    }
    assert values[0].first_share == values[0].first / len(women)
    assert all(value.p is not None and 0 <= value.p <= 1 for value in values)


def test_whoever_belongs_to_a_region_stands_in_those_above_it_too(shop: Business) -> None:
    table = crossed(shop, {"field": "home_region"})

    people: Counter[int | None] = Counter()
    for row in shop.customers:
        hers: list[int | None] = [*shop.regions.get(row["home_store"], [])]
        people.update(hers or [None])
    assert {entry.key: entry.figures.customers for entry in table.axes[0]} == dict(people)
    assert {entry.label for entry in table.axes[0]} == {"Country", "Province", "City", None}
    # Where no store stands in any, nobody does.
    with transaction.atomic():
        Store.objects.update(region=None)
        (unknown,) = crossed(shop, {"field": "home_region"}).axes[0]
        transaction.set_rollback(True)
    assert (unknown.key, unknown.figures.customers) == (None, len(shop.customers))


def test_a_sample_is_no_list_of_the_oldest_customers(shop: Business) -> None:
    everybody = rule({"all": []}, shop)
    ids = [customer.pk for customer in selectors.sample(everybody, scope=EVERYTHING, limit=20).customers]

    assert len(set(ids)) == 20
    in_order = sorted(row["id"] for row in shop.customers)
    places = [in_order.index(id) for id in ids]
    assert min(places) < len(in_order) / 4 < 3 * len(in_order) / 4 < max(places)
    assert places != sorted(places)


def test_tiers_are_called_by_their_names(shop: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(labels._lookups, "tier", lambda keys, _: {key: key.title() for key in keys})
    (axis,) = crossed(shop, {"field": "tier"}).axes
    assert {entry.key: entry.label for entry in axis} == {"gold": "Gold", "silver": "Silver", None: None}


def test_groups_that_are_chosen_by_region_are_held_against_each_other(shop: Business) -> None:
    country, _, city, _ = shop.region_ids
    near, wide = (rule({"field": "home_region", "op": "eq", "value": id}, shop) for id in (city, country))
    told = compare(near, wide, [dimension({"field": "home_region"}, shop)], scope=EVERYTHING)

    of_city, of_country = (counted(shop, {"field": "home_region", "op": "eq", "value": id}) for id in (city, country))
    assert (told.first, told.second, told.both) == (of_city, of_country - of_city, of_city)
    assert of_city > 0
    values = {value.key: (value.first, value.second) for value in told.attributes[0].values}
    assert values[country] == (of_city, of_country - of_city)
    assert values[city] == (of_city, 0)


def test_each_group_is_asked_at_its_own_moment(shop: Business) -> None:
    lately = {"bought": {"measure": "orders", "op": "gte", "value": 1, "window": {"last": {"n": 30, "unit": "days"}}}}
    then = rule(lately, shop)
    now = parse_rule({"version": 1, "root": lately}, default_currency="CNY", fields=shop.catalogue)

    told = compare(now, then, [dimension({"field": "gender"}, shop)], scope=EVERYTHING)

    # Years after the last order nobody bought lately; then many had.
    assert (told.first, told.second) == (0, counted(shop, lately))
    assert told.second > 0


def test_figures_are_held_against_each_other_by_their_means(shop: Business) -> None:
    told = compare(
        rule(FEMALE, shop), rule({"not": FEMALE}, shop), [dimension({"field": "orders_count"}, shop)], scope=EVERYTHING
    )
    mean = told.attributes[0].mean
    assert mean is not None
    women = [row["orders_count"] for row in shop.customers if row["gender"] == "female"]
    assert mean.first == pytest.approx(numpy.mean(women))
    assert mean.p is not None


def test_many_tests_are_corrected_for() -> None:
    # Worked by hand: the third is 0.03 · 4 / 3 = 0.04, which the second may not exceed.
    assert corrected_for_many([0.01, 0.02, 0.03, None, 0.5]) == pytest.approx([0.04, 0.04, 0.04, None, 0.5])  # type: ignore[comparison-overlap]
    assert corrected_for_many([]) == []


@pytest.mark.parametrize(
    "told",
    [
        {"field": "orders_count"},
        {"field": "spent"},
        {"field": "fields.children"},
        {"field": "orders_count", "edges": [1, 3, 10]},
        {"field": "spent", "edges": [-100, 0, 12_345]},
        {"field": "fields.children", "edges": [0.5, 2]},
    ],
)
def test_a_figure_is_spread_as_it_is(shop: Business, told: dict[str, Any]) -> None:
    asked = dimension(told, shop)
    found = distribution(rule({"all": []}, shop), asked, scope=EVERYTHING)

    values = {
        "orders_count": [row["orders_count"] for row in shop.customers],
        "spent": [row["spent_minor"] for row in shop.customers if row["spent_currency"] == "CNY"],
        "fields.children": [value for row in shop.customers for value in row["own"].get("children", [])],
    }[told["field"]]
    assert (found.known, found.unknown) == (len(values), len(shop.customers) - len(values))
    assert (found.least, found.most) == (min(values), max(values))
    assert found.mean == pytest.approx(numpy.mean(values))
    assert found.sd == pytest.approx(numpy.std(values, ddof=1))
    for share, value in found.quantiles:
        assert value == pytest.approx(numpy.quantile(values, share))
    assert sum(one.customers for one in found.bins) == len(values)
    for one in found.bins:
        assert counted(shop, one.condition) == one.customers
    if asked.edges:
        assert [one.low for one in found.bins] == [None, *asked.edges]
        assert [one.high for one in found.bins] == [*asked.edges, None]


def test_figures_that_go_together(shop: Business) -> None:
    fields = shop.catalogue
    asked = ["frequency", "amount", fields["orders_count"]]
    told = correlation(rule({"all": []}, shop), asked, window=EVER, currency="CNY", scope=EVERYTHING)

    def bought(row: dict[str, Any]) -> list[dict[str, Any]]:
        return [order for order in row["orders"] if order["currency"] == "CNY" and order["placed_at"] <= AS_OF]

    columns = {
        "frequency": [sum(order["kind"] == "sale" for order in bought(row)) for row in shop.customers],
        "amount": [sum(line["net_minor"] for o in bought(row) for line in o["lines"]) for row in shop.customers],
        "orders_count": [row["orders_count"] for row in shop.customers],
    }
    assert [(pair.first, pair.second) for pair in told.pairs] == [
        ("frequency", "amount"),
        ("frequency", "orders_count"),
        ("amount", "orders_count"),
    ]
    for pair in told.pairs:
        expected = spearmanr(columns[pair.first], columns[pair.second])
        assert pair.people == len(shop.customers)
        assert (pair.rho, pair.p) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))


def test_what_goes_together_opens_those_above_and_below_the_median(shop: Business) -> None:
    fields = shop.catalogue
    asked = [
        "amount",
        "average_order",
        "recency_days",
        fields["orders_count"],
        fields["spent"],
        fields["fields.children"],
    ]
    told = correlation(rule({"all": []}, shop), asked, window=EVER, currency="CNY", scope=EVERYTHING)

    halves = {half.figure: half for half in told.halves}
    assert list(halves) == ["amount", "average_order", "recency_days", "orders_count", "spent", "fields.children"]
    sizes = {key: (counted(shop, half.high), counted(shop, half.low)) for key, half in halves.items()}
    orders = sorted(row["orders_count"] for row in shop.customers)
    edge = max(math.ceil(numpy.median(orders)), orders[0] + 1)
    assert sizes["orders_count"] == (sum(n >= edge for n in orders), sum(n < edge for n in orders))
    assert sum(sizes["amount"]) == len(shop.customers)
    assert sum(sizes["spent"]) == sum(row["spent_currency"] == "CNY" for row in shop.customers)
    for high, low in sizes.values():
        assert high > 0
        assert low > 0
    # Nobody is both.
    assert all(counted(shop, half.high, half.low) == 0 for half in halves.values())


def test_too_few_say_nothing(shop: Business) -> None:
    few = rule({"field": "referrer", "op": "eq", "value": shop.customers[0]["id"]}, shop)
    told = correlation(few, ["frequency", "average_order"], window=EVER, currency="JPY", scope=EVERYTHING)
    assert [(pair.rho, pair.p) for pair in told.pairs] == [(None, None)]


@pytest.mark.parametrize(
    ("told", "where", "code"),
    [
        ({"field": "shoe_size"}, "dimensions.0.field", "rule.field_unknown"),
        ({"field": "city", "edges": [1]}, "dimensions.0.field", "analysis.by_value"),
        ({"field": "spent", "edges": [2, 1]}, "dimensions.0.edges", "analysis.not_edges"),
        ({"field": "spent", "edges": [1, 1]}, "dimensions.0.edges", "analysis.not_edges"),
        ({"field": "orders_count", "edges": [1, 2.5]}, "dimensions.0.edges", "analysis.not_edges"),
        ({"field": "spent", "edges": [float("inf")]}, "dimensions.0.edges", "analysis.not_edges"),
        ({"field": "spent", "edges": [1e19]}, "dimensions.0.edges", "analysis.not_edges"),
        ({"field": "spent", "edges": list(range(51))}, "dimensions.0.edges", "analysis.not_edges"),
        ({"field": "created_at", "period": "week"}, "dimensions.0.period", "rule.word_unknown"),
        ({"field": "location"}, "dimensions.0.field", "analysis.no_dimension"),
    ],
)
def test_what_cannot_be_crossed_is_refused(shop: Business, told: dict[str, Any], where: str, code: str) -> None:
    with pytest.raises(AnalysisInvalid) as refused:
        dimension(told, shop)
    assert [(error.where, error.code) for error in refused.value.errors] == [(where, code)]


def test_periods_and_edges() -> None:
    assert [str(day) for day in days_of_period(202402, "month")] == ["2024-02-01", "2024-02-29"]
    assert [str(day) for day in days_of_period(20234, "quarter")] == ["2023-10-01", "2023-12-31"]
    assert [str(day) for day in days_of_period(2023, "year")] == ["2023-01-01", "2023-12-31"]
    assert even_edges(0, 3) == (0, 1, 2, 3)
    assert even_edges(3, 997) == tuple(range(100, 1000, 100))
