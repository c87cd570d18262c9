"""Analysis over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from ninja import Router

from huike.kernel.errors import FieldError
from huike.kernel.money import UnknownCurrency, minor_exponent
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.segments import selectors
from huike.segments.analysis import compare as comparing
from huike.segments.analysis import cross, figures
from huike.segments.analysis.dimensions import Dimension, read_dimension
from huike.segments.analysis.errors import AnalysisInvalid
from huike.segments.analysis.schemas import (
    AttributeOut,
    BinOut,
    BoughtIn,
    CellOut,
    ComparedMeanOut,
    ComparedValueOut,
    CompareIn,
    CompareOut,
    CorrelatedPairOut,
    CorrelationIn,
    CorrelationOut,
    CrossIn,
    CrossOut,
    DimensionIn,
    DimensionOut,
    DistributionIn,
    DistributionOut,
    EntryOut,
    FiguresOut,
    HalvesOut,
    QuantileOut,
)
from huike.segments.fields import Field, FieldType
from huike.segments.reading import parse_window
from huike.segments.rules import All, Rule
from huike.staff.access import Requires, principal_of

router = Router(tags=["analysis"])
_FIGURES = frozenset({FieldType.NUMBER, FieldType.MONEY})


@router.post(
    "/segments/analysis/cross",
    auth=Requires("segments.read"),
    operation_id="cross_attributes",
    summary="People by one, two or three attributes, with what they bought",
    response={200: CrossOut, **problems(503)},
)
def cross_attributes(request: HttpRequest, body: CrossIn) -> CrossOut:
    table = cross.cross_table(
        _rule(body.rule),
        _dimensions(body.dimensions),
        window=parse_window(body.window, path="window"),
        currency=_currency(body),
        scope=principal_of(request).scope,
    )
    people = table.whole.customers
    return CrossOut(
        dimensions=[_dimension(dimension) for dimension in table.dimensions],
        axes=[
            [
                EntryOut(
                    key=entry.key,
                    label=entry.label,
                    is_others=entry.is_others,
                    figures=_figures(entry.figures),
                    share=_share(entry.figures.customers, people),
                    condition=entry.condition,
                )
                for entry in entries
            ]
            for entries in table.axes
        ],
        cells=[
            CellOut(
                at=list(cell.at),
                figures=_figures(cell.figures),
                share=_share(cell.figures.customers, people),
                expected=cell.expected,
                index=cell.figures.customers / cell.expected if cell.expected else None,
            )
            for cell in table.cells
        ],
        whole=_figures(table.whole),
        currency=table.currency,
        as_of=table.as_of,
        fresh_at=table.fresh_at,
    )


@router.post(
    "/segments/analysis/compare",
    auth=Requires("segments.read"),
    operation_id="compare_segments",
    summary="Two groups of people, attribute by attribute",
    response={200: CompareOut, **problems(503)},
)
def compare_segments(request: HttpRequest, body: CompareIn) -> CompareOut:
    told = comparing.compare(
        _rule(body.first), _rule(body.second), _dimensions(body.dimensions), scope=principal_of(request).scope
    )
    return CompareOut(
        first=told.first,
        second=told.second,
        both=told.both,
        attributes=[
            AttributeOut(
                dimension=_dimension(attribute.dimension),
                values=[
                    ComparedValueOut(
                        key=value.key,
                        label=value.label,
                        first=value.first,
                        second=value.second,
                        first_share=value.first_share,
                        second_share=value.second_share,
                        difference=value.first_share - value.second_share,
                        p=value.p,
                        condition=value.condition,
                    )
                    for value in attribute.values
                ],
                mean=None
                if attribute.mean is None
                else ComparedMeanOut(
                    first=_in_units(attribute.dimension.field, attribute.mean.first),
                    second=_in_units(attribute.dimension.field, attribute.mean.second),
                    p=attribute.mean.p,
                ),
            )
            for attribute in told.attributes
        ],
        as_of=told.as_of,
        fresh_at=told.fresh_at,
    )


@router.post(
    "/segments/analysis/distribution",
    auth=Requires("segments.read"),
    operation_id="distribute_figure",
    summary="How a figure is spread",
    response={200: DistributionOut, **problems(503)},
)
def distribute_figure(request: HttpRequest, body: DistributionIn) -> DistributionOut:
    (dimension,) = _dimensions([body.dimension], path="dimension")
    field = dimension.field
    if field.type not in _FIGURES:
        raise AnalysisInvalid(errors=[FieldError("dimension.field", "analysis.no_figure")])
    told = figures.distribution(_rule(body.rule), dimension, scope=principal_of(request).scope)
    return DistributionOut(
        dimension=_dimension(dimension),
        known=told.known,
        unknown=told.unknown,
        least=_in_units(field, told.least),
        most=_in_units(field, told.most),
        mean=_in_units(field, told.mean),
        sd=_in_units(field, told.sd),
        quantiles=[QuantileOut(share=q, value=value / field.scale) for q, value in told.quantiles],
        bins=[
            BinOut(
                low=_in_units(field, one.low),
                high=_in_units(field, one.high),
                customers=one.customers,
                condition=one.condition,
            )
            for one in told.bins
        ],
        as_of=told.as_of,
        fresh_at=told.fresh_at,
    )


@router.post(
    "/segments/analysis/correlation",
    auth=Requires("segments.read"),
    operation_id="correlate_figures",
    summary="Which figures go together",
    response={200: CorrelationOut, **problems(503)},
)
def correlate_figures(request: HttpRequest, body: CorrelationIn) -> CorrelationOut:
    fields = selectors.catalogue()
    asked: list[str | Field] = []
    for number, name in enumerate(dict.fromkeys(body.figures)):
        field = fields.get(name)
        if name not in figures.PURCHASES and (field is None or field.type not in _FIGURES):
            raise AnalysisInvalid(errors=[FieldError(f"figures.{number}", "analysis.no_figure")])
        asked.append(name if name in figures.PURCHASES or field is None else field)
    told = figures.correlation(
        _rule(body.rule),
        asked,
        window=parse_window(body.window, path="window"),
        currency=_currency(body),
        scope=principal_of(request).scope,
    )
    pairs = [CorrelatedPairOut(first=p.first, second=p.second, people=p.people, rho=p.rho, p=p.p) for p in told.pairs]
    halves = [HalvesOut(figure=half.figure, high=half.high, low=half.low) for half in told.halves]
    return CorrelationOut(pairs=pairs, halves=halves, share=told.share, as_of=told.as_of, fresh_at=told.fresh_at)


def _rule(document: Any) -> Rule:
    return Rule(All(())) if document is None else selectors.accept_rule(document)


def _dimensions(told: Sequence[DimensionIn], path: str = "dimensions") -> list[Dimension]:
    fields, currency = selectors.catalogue(), get_config().currency
    found = []
    for number, one in enumerate(told):
        if one.currency is not None:
            _known_currency(one.currency, f"{path}.{number}.currency")
        found.append(
            read_dimension(one.model_dump(), path=f"{path}.{number}", fields=fields, default_currency=currency)
        )
    return found


def _currency(body: BoughtIn) -> str:
    return get_config().currency if body.currency is None else _known_currency(body.currency, "currency")


def _known_currency(currency: str, path: str) -> str:
    try:
        minor_exponent(currency)
    except UnknownCurrency as error:
        raise AnalysisInvalid(errors=[FieldError(path, "rule.currency_unknown")]) from error
    return currency


def _dimension(dimension: Dimension) -> DimensionOut:
    field = dimension.field
    return DimensionOut(
        field=field.key,
        type=field.type,
        edges=[edge / field.scale for edge in dimension.edges],
        period=dimension.period,
        currency=dimension.currency,
        has_several=dimension.has_several,
    )


def _figures(told: cross.Figures) -> FiguresOut:
    return FiguresOut(
        customers=told.customers,
        orders=told.orders,
        revenue_minor=told.revenue_minor,
        average_order_minor=told.average_order_minor,
        frequency=told.frequency,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _in_units(field: Field, value: float | None) -> float | None:
    return None if value is None else value / field.scale
