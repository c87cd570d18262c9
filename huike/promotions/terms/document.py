"""The whole of one version's terms."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from huike.platform.schema import Schema
from huike.promotions.terms.conditions import CartConditions, CustomerConditions, When, Where
from huike.promotions.terms.coupons import CouponTerms
from huike.promotions.terms.effects import Effect, asks_for_money, goods_of, products_of
from huike.promotions.terms.goods import Goods
from huike.promotions.terms.limits import Budget, Stacking
from huike.promotions.terms.parts import Currency


class Applies(StrEnum):
    """To every cart it holds for, or to who shows a coupon of it."""

    AUTOMATIC = "automatic"
    COUPON = "coupon"


class OfferDocument(Schema):
    """What `promotions_offer_terms.document` holds. Terms that name an amount are of one `currency`, and hold in it.

    With `given_back_on_return`, a sale that came back whole gives the budgets back what it used.
    """

    applies: Applies = Applies.COUPON
    currency: Currency | None = None
    effect: Effect
    when: When = When()
    where: Where = Where()
    cart: CartConditions = CartConditions()
    customer: CustomerConditions = CustomerConditions()
    budgets: Annotated[list[Budget], Field(max_length=10)] = []
    given_back_on_return: bool = False
    stacking: Stacking = Stacking()
    coupon: CouponTerms = CouponTerms()

    @model_validator(mode="after")
    def _amounts_have_a_currency(self) -> OfferDocument:
        named = (
            asks_for_money(self.effect)
            or self.cart.spend is not None
            or any(budget.amount_minor is not None for budget in self.budgets)
        )
        if named and self.currency is None:
            raise PydanticCustomError("offer.currency_missing", "Terms that name an amount name its currency")
        return self

    @model_validator(mode="after")
    def _one_budget_of_a_kind(self) -> OfferDocument:
        if len({(budget.of, budget.period) for budget in self.budgets}) < len(self.budgets):
            raise PydanticCustomError("offer.budget_named_twice", "Two budgets are of the same and the same period")
        return self

    @cached_property
    def asks_for_goods(self) -> bool:
        """Whether it matters what the lines of a cart are."""
        return bool(products_of(self.effect)) or any(
            each.asks_for_categories or any((*each.named, *each.excepted)) for each in self.goods()
        )

    @cached_property
    def asks_for_categories(self) -> bool:
        return any(each.asks_for_categories for each in self.goods())

    def goods(self) -> list[Goods]:
        """Every choice of goods the terms speak of."""
        cart = self.cart
        asked = [part.goods for part in cart.contains]
        asked += [part.goods for part in (cart.spend, cart.quantity) if part is not None]
        asked += [] if cart.without is None else [cart.without]
        return [*goods_of(self.effect), *asked]
