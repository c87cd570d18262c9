"""What can be wrong with an order of a batch, besides what can be wrong with any."""

from __future__ import annotations

from huike.kernel.errors import Invalid


class OrderMalformed(Invalid):
    code = "order.malformed"
    title = "This is not an order: see its errors"


class OrderOfOtherSource(Invalid):
    code = "order.of_other_source"
    title = "A batch is of one source, and this order is of another"
