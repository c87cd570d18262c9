"""Why something about members and their programme cannot be done."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class ProgrammeNotFound(NotFound):
    code = "programme.not_found"
    title = "There is no such programme"


class ProgrammeStateRefused(Conflict):
    code = "programme.state_refused"
    title = "The programme's state does not allow this"


class AnotherProgrammeRuns(Conflict):
    code = "programme.another_runs"
    title = "Another programme runs already; one runs at a time"


class TermsNotFound(NotFound):
    code = "terms.not_found"
    title = "The programme has no such version of its terms"


class TermsInvalid(Invalid):
    code = "terms.invalid"
    title = "The terms cannot be published as they are"


class TermsInThePast(Invalid):
    code = "terms.in_the_past"
    title = "Terms take effect now or later, never in the past"


class TermsPublishedMeanwhile(Conflict):
    code = "terms.published_meanwhile"
    title = "Somebody else published a version meanwhile"


class DraftChangedMeanwhile(Conflict):
    code = "terms.draft_changed_meanwhile"
    title = "Somebody else changed the draft meanwhile"


class LoyaltyNeedsAllStores(Forbidden):
    code = "loyalty.needs_all_stores"
    title = "Only those who see all stores may ask this"


class PointsTooFew(Conflict):
    code = "points.least"
    title = "An order takes at least so many points, or none"


class PointsTooMany(Conflict):
    code = "points.share"
    title = "Points may pay for a part of an order only"


class PointsOfNobody(Conflict):
    code = "points.of_nobody"
    title = "Only a member of a running programme pays with points"
