"""Which lines of a cart are meant."""

from __future__ import annotations

from functools import cached_property

from huike.platform.schema import Schema
from huike.promotions.terms.parts import Ids, Units


class Goods(Schema):
    """Lines of any product, category (with all below it) or brand named; of all where none is named; of none excepted.

    Without `on_reduced` a line that the till itself took something off is not meant.
    """

    product_ids: Ids = []
    category_ids: Ids = []
    brand_ids: Ids = []
    except_product_ids: Ids = []
    except_category_ids: Ids = []
    except_brand_ids: Ids = []
    on_reduced: bool = True

    @property
    def asks_for_categories(self) -> bool:
        return bool(self.category_ids or self.except_category_ids)

    @cached_property
    def named(self) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
        """Products, categories, brands."""
        return frozenset(self.product_ids), frozenset(self.category_ids), frozenset(self.brand_ids)

    @cached_property
    def excepted(self) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
        """Products, categories, brands."""
        return (
            frozenset(self.except_product_ids),
            frozenset(self.except_category_ids),
            frozenset(self.except_brand_ids),
        )

    @cached_property
    def names_something(self) -> bool:
        return any(self.named)

    @cached_property
    def means_everything(self) -> bool:
        return self.on_reduced and not self.names_something and not any(self.excepted)


class Portion(Schema):
    """So many units of goods."""

    goods: Goods = Goods()
    quantity: Units = 1
