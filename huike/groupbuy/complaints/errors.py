"""What can be wrong with a complaint."""

from __future__ import annotations

from huike.kernel.errors import Conflict, NotFound


class ComplaintNotFound(NotFound):
    code = "complaint.not_found"
    title = "There is no such complaint, or you may not see it"


class ComplaintOpen(Conflict):
    code = "complaint.open_already"
    title = "There is a complaint about this voucher that was not decided yet"


class ComplaintMadeAlready(Conflict):
    code = "complaint.made_already"
    title = "She complained about this voucher before"


class ComplaintDecided(Conflict):
    """`state` is what was decided."""

    code = "complaint.decided"
    title = "The complaint was decided already"
