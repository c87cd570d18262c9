"""What can be wrong on the way to show who one is."""

from __future__ import annotations

from huike.kernel.errors import Forbidden, NotFound


class ConfirmationNotFound(NotFound):
    code = "confirmation.not_found"
    title = "There is no such confirmation, or it is too old, or it was used"


class NotHers(Forbidden):
    code = "participation.not_hers"
    title = "This was bought by somebody else"
