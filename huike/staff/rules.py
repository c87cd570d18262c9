"""Which role may do what. Permissions are `<capability>.<verb>`; the client hides what a person may not do."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final, Literal

Language = Literal["zh-CN", "en"]
UserState = Literal["active", "invited", "deactivated"]


class Role(StrEnum):
    OWNER = "owner"
    MARKETING = "marketing"
    LOYALTY = "loyalty"
    SERVICE = "service"
    SALES = "sales"
    CLERK = "clerk"
    ANALYST = "analyst"


PERMISSIONS: Final = frozenset(
    {
        "customers.read",  # the list and the file, personal data masked
        "customers.unmask",  # personal data in clear; every use is written to the audit log
        "customers.write",
        "customers.merge",  # who is who: merges of files and their undoing, limits of identities
        "customers.export",
        "customers.configure",  # the operator's own fields, and the catalogue of tags
        "privacy.read",  # what people ask about their own data, and what is held
        "privacy.manage",  # answering it: exports in clear, corrections, erasures; the operator's choices
        "orders.read",
        "orders.write",  # a till or a shop sends orders and redeems coupons
        "catalog.read",
        "catalog.write",
        "behaviour.read",  # tracked sources, their latest events, the lexicon
        "behaviour.write",  # a door system notes check-ins, a shop hands in reviews
        "behaviour.manage",  # write keys, origins, trust, the lexicon, shops that send orders
        "imports.read",
        "imports.run",
        "signups.read",  # sign-up pages, their figures, who joined
        "signups.write",  # designing and publishing them
        "signups.enrol",  # an agent fills the form in for a caller
        "segments.read",
        "segments.write",
        "offers.read",
        "offers.write",
        "loyalty.read",  # the programme, members' balances and what moved them
        "loyalty.write",  # the programme's terms, rewards, card batches
        "loyalty.serve",  # at the desk: bind a card, top up, hand out a reward
        "loyalty.adjust",  # give or take value by hand, with a reason
        "loyalty.approve",  # the second pair of eyes on an adjustment above the limit
        "groupbuy.read",  # merchants, deals, groups, vouchers
        "groupbuy.write",  # deals and their terms; refunds by hand
        "groupbuy.sell",  # a shop of the operator's own joins groups for its buyers
        "groupbuy.approve",  # admission of merchants and their suspension
        "groupbuy.redeem",  # at the store: a voucher is redeemed
        "settlement.write",  # statements of merchants: approving, paying out, amounts by hand
        "payments.read",  # payments, refunds, what providers were asked and told
        "payments.write",  # accounts at providers; refused refunds are tried again
        "templates.read",
        "templates.write",
        "campaigns.read",
        "campaigns.write",
        "campaigns.send",
        "messages.read",
        "messages.report",  # a mail system hands in bounces and complaints
        "channels.manage",  # sender identity, SMTP server, test mail
        "insights.read",
        "insights.query",  # SQL of one's own over the lake; personal data masked without customers.unmask
        "staff.read",
        "staff.manage",
        "keys.manage",
        "audit.read",
        "health.read",
        "jobs.read",
        "webhooks.manage",  # other systems are told what happens here
        "me.read",  # one's own file as a user; every signed-in person has it
    }
)

_EVERYONE: Final = frozenset({"me.read", "jobs.read", "catalog.read"})
_READS: Final = frozenset(
    {
        "customers.read",
        "orders.read",
        "segments.read",
        "offers.read",
        "loyalty.read",
        "groupbuy.read",
        "campaigns.read",
        "insights.read",
        "messages.read",
    }
)

ROLE_PERMISSIONS: Final[dict[Role, frozenset[str]]] = {
    Role.OWNER: PERMISSIONS,
    Role.MARKETING: _EVERYONE
    | _READS
    | {
        "customers.unmask",
        "customers.write",
        "customers.export",
        "customers.configure",
        "behaviour.read",
        "behaviour.write",
        "behaviour.manage",
        "imports.read",
        "imports.run",
        "signups.read",
        "signups.write",
        "signups.enrol",
        "segments.write",
        "offers.write",
        "groupbuy.write",
        "groupbuy.redeem",
        "settlement.write",
        "templates.read",
        "templates.write",
        "campaigns.write",
        "campaigns.send",
        "health.read",
    },
    Role.LOYALTY: _EVERYONE
    | _READS
    | {
        "customers.unmask",
        "customers.write",
        "customers.merge",
        "signups.read",
        "signups.write",
        "signups.enrol",
        "segments.write",
        "offers.write",
        "loyalty.write",
        "loyalty.serve",
        "loyalty.adjust",
        "loyalty.approve",
        "imports.read",
        "templates.read",
    },
    Role.SERVICE: _EVERYONE
    | {
        "customers.read",
        "customers.unmask",
        "customers.write",
        "customers.merge",
        "orders.read",
        "messages.read",
        "loyalty.read",
        "loyalty.serve",
        "loyalty.adjust",
        "groupbuy.read",
        "groupbuy.redeem",
        "payments.read",
        "privacy.read",
        "privacy.manage",
        "signups.read",
        "signups.enrol",
    },
    Role.SALES: _EVERYONE
    | {"customers.read", "customers.unmask", "customers.write", "orders.read", "signups.read", "signups.enrol"},
    Role.CLERK: _EVERYONE
    | {
        "customers.read",
        "orders.read",
        "orders.write",
        "offers.read",
        "loyalty.read",
        "loyalty.serve",
        "groupbuy.read",
        "groupbuy.redeem",
        "behaviour.write",
        "signups.read",
        "signups.enrol",
    },
    Role.ANALYST: _EVERYONE
    | _READS
    | {"insights.query", "templates.read", "imports.read", "behaviour.read", "signups.read"},
}

GRANTABLE_TO_KEYS: Final = PERMISSIONS - {"me.read", "staff.manage", "keys.manage"}
"""A stolen key must not be able to make people or more keys."""

INVITATION_LIFETIME: Final = timedelta(days=7)


def permissions_of(role: Role) -> frozenset[str]:
    """Everything a person with this role may do."""
    return ROLE_PERMISSIONS[role]
