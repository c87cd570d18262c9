"""The best combination is the best: on small carts all of them are tried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from huike.promotions.evaluation.cart import CartLine
from huike.promotions.evaluation.combination import Candidate, Combination, best, counts_minor, gives
from huike.promotions.evaluation.effects import Part, Plan, prepare
from huike.promotions.terms.document import OfferDocument
from tests.thoroughness import examples


def bases_of(lines: Sequence[CartLine]) -> list[int]:
    return [line.base_minor for line in lines]


lines = st.lists(
    st.builds(
        CartLine,
        base_minor=st.integers(0, 3_000),
        quantity_milli=st.sampled_from([500, 1_000, 1_500, 2_000, 3_000]),
        product_id=st.integers(1, 3),
    ),
    min_size=1,
    max_size=4,
)
goods = st.fixed_dictionaries({"product_ids": st.lists(st.integers(1, 3), max_size=2, unique=True)})
small = st.integers(1, 2)
money = st.integers(1, 3_000)
maybe = st.none() | money


def effect(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


effects = st.one_of(
    effect("percent", percent_bp=st.integers(1, 10_000), goods=goods, most_minor=maybe),
    effect("amount", amount_minor=money, goods=goods, every_minor=maybe),
    effect("fixed_price", price_minor=money, goods=goods, most_units=st.none() | small),
    effect("buy_get", buy=goods, get=st.none() | goods, buy_quantity=small, get_quantity=small),
    effect("buy_get", buy=goods, percent_bp=st.integers(1, 10_000)),
    effect(
        "bundle",
        parts=st.lists(st.fixed_dictionaries({"goods": goods, "quantity": small}), min_size=1, max_size=2),
        price_minor=money,
    ),
    effect("gift", product_id=st.integers(1, 4), quantity=small, worth_minor=st.integers(0, 500)),
    effect("points", factor_bp=st.just(20_000), goods=goods, worth_minor=st.integers(0, 500)),
)
stackings = st.tuples(st.sampled_from([None, "A", "B", "C"]), st.sampled_from([False, False, False, True]))


@st.composite
def carts(draw: st.DrawFn) -> tuple[list[CartLine], list[Candidate]]:
    cart = draw(lines)
    candidates = []
    for told, (group, exclusive) in draw(st.lists(st.tuples(effects, stackings), max_size=8)):
        document = OfferDocument.model_validate({"currency": "CNY", "effect": told})
        plan = prepare(document.effect, cart, "CNY")
        if isinstance(plan, Plan):
            candidates.append(Candidate(plan=plan, group=group, exclusive=exclusive))
    return cart, candidates


def taken_off(candidates: Sequence[Candidate], chosen: Sequence[int], bases: Sequence[int]) -> Combination:
    """These, in their order; those that give nothing do not stand."""
    left, taken, saving = list(bases), {}, 0
    for position in chosen:
        plan = candidates[position].plan
        parts = plan.take(left)
        if gives(plan, sum(parts)):
            taken[position] = tuple(parts)
            saving += counts_minor(plan, sum(parts))
            left = [base - part for base, part in zip(left, parts, strict=True)]
    return Combination(taken, saving)


def allowed(candidates: Sequence[Candidate], chosen: Sequence[int]) -> bool:
    """Those without a group and not exclusive hold always, one of a group, an exclusive one alone."""
    if any(candidates[position].exclusive for position in chosen):
        return len(chosen) == 1
    groups = [each.group for position in chosen for each in [candidates[position]] if each.group is not None]
    always = {n for n, each in enumerate(candidates) if each.group is None and not each.exclusive}
    return len(groups) == len(set(groups)) and always <= set(chosen)


def best_of_all(candidates: Sequence[Candidate], bases: Sequence[int]) -> Combination:
    everything = range(len(candidates))
    tried = [
        taken_off(candidates, chosen, bases)
        for size in range(len(candidates) + 1)
        for chosen in combinations(everything, size)
        if allowed(candidates, chosen)
    ]
    chosen = [position for position in everything if candidates[position].group and not candidates[position].exclusive]
    together = [each for each in tried if not any(candidates[position].exclusive for position in each.taken)]
    found = max(together, key=lambda each: (each.saving_minor, [position in each.taken for position in chosen]))
    alone = [each for each in tried if each.taken and each not in together]
    return max([found, *alone], key=lambda each: (each.saving_minor, -min(each.taken, default=len(candidates))))


@settings(max_examples=examples(600), deadline=None)
@given(carts())
def test_the_search_finds_what_trying_all_finds(told: tuple[list[CartLine], list[Candidate]]) -> None:
    cart, candidates = told
    found = best(candidates, bases_of(cart))
    assert found == best_of_all(candidates, bases_of(cart))
    sums = [sum(parts) for parts in zip(*found.taken.values(), strict=True)] or [0] * len(cart)
    assert all(0 <= off <= line.base_minor for off, line in zip(sums, cart, strict=True))


@settings(max_examples=examples(400), deadline=None)
@given(carts(), st.data())
def test_an_offer_never_takes_off_more_where_less_was_left(
    told: tuple[list[CartLine], list[Candidate]], data: st.DataObject
) -> None:
    cart, candidates = told
    bases = bases_of(cart)
    left = [data.draw(st.integers(0, base)) for base in bases]
    for each in candidates:
        assert sum(each.plan.take(left)) <= sum(each.plan.take(bases))
        assert each.plan.total(left) == sum(each.plan.take(left))
        assert all(0 <= part <= base for part, base in zip(each.plan.take(left), left, strict=True))


def test_a_search_that_is_cut_short_says_so_and_still_gives_a_good_combination() -> None:
    """Twenty groups of three offers on the same goods that save nearly the same are 4^20 combinations."""
    cart = [CartLine(base_minor=1_000_000)]
    candidates = [
        Candidate(plan=Plan((Part(0, 1_000, 1_000),), percent_bp=500 + number % 3), group=f"G{number % 20}")
        for number in range(60)
    ]
    found = best(candidates, bases_of(cart))
    assert not found.is_exact
    assert len(found.taken) == 20
    few = best(candidates[:12], bases_of(cart))
    assert few.is_exact
    assert few == best_of_all(candidates[:12], bases_of(cart))
