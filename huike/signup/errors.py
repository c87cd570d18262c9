"""What can be wrong with a sign-up page, or on the way through one."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class PageNotFound(NotFound):
    code = "sign_up.not_found"
    title = "There is no such sign-up page, or it is closed"


class NeedsAllStores(Forbidden):
    code = "sign_up.needs_all_stores"
    title = "A page is for every store, so only somebody who sees every store may change it"


class SlugTaken(Conflict):
    code = "sign_up.slug_taken"
    title = "Another sign-up page has this address"


class DesignInvalid(Invalid):
    """Each fault names its place in the design."""

    code = "sign_up.design_invalid"
    title = "This page could not work like this"


class PageChanged(Conflict):
    code = "sign_up.changed"
    title = "The page is not in a state for this"


class LogoInvalid(Invalid):
    """`reason`: `kind`, `size`, `pixels`, `animated`."""

    code = "sign_up.logo_invalid"
    title = "A logo is a PNG, JPEG or WebP that stands still, of at most 300 kB and 2000 pixels a side"


class PlaceNotFound(NotFound):
    code = "sign_up.place_not_found"
    title = "There is no such printed code"


class AttemptNotFound(NotFound):
    code = "sign_up.attempt_not_found"
    title = "There is no such sign-up, or it is too old"


class AnswersInvalid(Invalid):
    code = "sign_up.answers_invalid"
    title = "Something is missing or cannot be read"


class SharedAddress(Conflict):
    code = "sign_up.shared_address"
    title = "This address belongs to several people, so nobody can join by it"


class ProposalNotFound(NotFound):
    code = "sign_up.proposal_not_found"
    title = "There is no such proposal, or it was decided"
