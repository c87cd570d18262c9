"""What can be wrong with a statement."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, HuikeError, NotFound


class StatementNotFound(NotFound):
    code = "settlement.not_found"
    title = "There is no such statement, or you may not see it"


class StatementMoved(Conflict):
    """`state` is what it is now."""

    code = "settlement.state_moved"
    title = "The statement is not in a state for this"


class OwnApproval(Forbidden):
    code = "settlement.own_approval"
    title = "Who approved a statement does not pay it"


class BooksDiffer(HuikeError):
    """`expected` and `found` are minor units; `merchant_id` whose they are; `what` which proof failed."""

    code = "settlement.books_differ"
    status = 500
    title = "The statement would not equal the ledger; nothing was written"
