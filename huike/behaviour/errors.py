"""What can be wrong with a tracked source, a check-in, a text."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class SourceNotTracked(NotFound):
    code = "behaviour.source_not_tracked"
    title = "There is no such source, or tracking is not switched on for it"


class AlreadyTracked(Conflict):
    code = "behaviour.already_tracked"
    title = "Tracking is switched on for this source already"


class OriginInvalid(Invalid):
    code = "behaviour.origin_invalid"
    title = "An origin is a scheme and a host, as https://shop.example.com"


class CheckInTooEarly(Invalid):
    code = "behaviour.check_in_in_future"
    title = "A check-in cannot lie in the future"


class TermTaken(Conflict):
    code = "behaviour.term_taken"
    title = "The lexicon has this term already"


class TermNotFound(NotFound):
    code = "behaviour.term_not_found"
    title = "There is no such term"


class StoreUnknown(Invalid):
    code = "behaviour.store_unknown"
    title = "There is no store with this code, or you may not see it"


class SourceUnknown(Invalid):
    code = "behaviour.source_unknown"
    title = "There is no source with this key"
