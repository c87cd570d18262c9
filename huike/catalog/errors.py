"""What can be wrong with products and places."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class StoreNotFound(NotFound):
    code = "store.not_found"
    title = "There is no such store, or you may not see it"


class RegionNotFound(NotFound):
    code = "region.not_found"
    title = "There is no such region"


class StoreCodeTaken(Conflict):
    code = "store.code_taken"
    title = "There is a store with this code already"


class RegionNameTaken(Conflict):
    code = "region.name_taken"
    title = "There is a region of this name there already"


class RegionLoop(Invalid):
    code = "region.loop"
    title = "A region cannot lie inside itself"


class ProductNotFound(NotFound):
    code = "product.not_found"
    title = "There is no such product"


class CategoryNotFound(NotFound):
    code = "category.not_found"
    title = "There is no such category"


class SampleOfSample(Invalid):
    code = "product.sample_of_sample"
    title = "A product is a sample of another one, which is no sample itself"


class ProductsUnknown(Invalid):
    code = "product.unknown_skus"
    title = "There are no products with these SKUs"


class CostTwice(Invalid):
    code = "product.cost_twice"
    title = "A cost of one product, currency and day is told more than once"


class CostNotFound(NotFound):
    code = "product.cost_not_found"
    title = "There is no such cost"
