"""What can be wrong with a request about one's own data."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class RequestNotFound(NotFound):
    code = "privacy.request_not_found"
    title = "There is no such request, or you may not see the file it is about"


class RequestOpen(Conflict):
    """`request_id` is the one under way."""

    code = "privacy.request_open"
    title = "The same was asked for this person and is not answered yet"


class RequestEnded(Conflict):
    code = "privacy.request_ended"
    title = "The request has been answered already, or is being carried out"


class CorrectionInvalid(Invalid):
    code = "privacy.correction_invalid"
    title = "This cannot be corrected here"


class AnswerGone(NotFound):
    code = "privacy.answer_gone"
    title = "There is no such file, or its time is over; export again"


class MessageUnderWay(Conflict):
    """Raised inside an erasure; trying again in a moment carries on."""

    code = "privacy.message_under_way"
    title = "A message to this person is being handed to the mail server; try again in a moment"


class ImportUnderWay(Conflict):
    """`import_ids` are those to wait for."""

    code = "privacy.import_under_way"
    title = "An import that holds this person is running; try again when it has ended"


class LinkInvalid(NotFound):
    code = "privacy.link_invalid"
    title = "The link was used already, is too old, or is incomplete"
