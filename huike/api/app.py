"""The composed API: every capability's router under `/api/v1`, refused by default.

A capability hangs its router here with one import and one `add_router` line.
"""

from __future__ import annotations

from huike import __version__
from huike.api.openapi import Api
from huike.api.operations import router as operations
from huike.behaviour.api import router as behaviour
from huike.campaigns.api import router as campaigns
from huike.catalog.api import router as catalog
from huike.checkout.api import router as checkout
from huike.checkout.offline.api import router as offline
from huike.customers.api import router as customers
from huike.customers.bulk_changes.api import router as bulk_changes
from huike.customers.companies.api import router as companies
from huike.customers.duplicates.api import router as duplicates
from huike.customers.fields.api import router as customer_fields
from huike.customers.households.api import router as households
from huike.customers.identity.api import router as identity
from huike.customers.merging.api import router as merging
from huike.customers.notes.api import router as notes
from huike.customers.privacy.api import router as privacy
from huike.customers.tags.api import router as tags
from huike.groupbuy.complaints.api import router as complaints
from huike.groupbuy.deals.api import router as deals
from huike.groupbuy.groups.api import router as groups
from huike.groupbuy.merchants.api import router as merchants
from huike.groupbuy.results.api import router as deal_results
from huike.groupbuy.settlement.api import router as settlement
from huike.groupbuy.vouchers.api import router as vouchers
from huike.imports.api import router as imports
from huike.insights.api import router as insights
from huike.insights.sql.api import router as sql
from huike.loyalty.accounts.api import router as accounts
from huike.loyalty.adjustments.api import router as adjustments
from huike.loyalty.cards.api import router as cards
from huike.loyalty.count_cards.api import router as count_cards
from huike.loyalty.earning.api import router as earning
from huike.loyalty.liability.api import router as liability
from huike.loyalty.points.api import router as points
from huike.loyalty.programme.api import router as programme
from huike.loyalty.rewards.api import router as rewards
from huike.loyalty.stored_value.api import router as stored_value
from huike.loyalty.tiers.api import router as tiers
from huike.messaging.api import router as messaging
from huike.orders.api import router as orders
from huike.orders.receivers.api import router as receivers
from huike.payments.api import router as payments
from huike.platform.api import StrictParser, install_problem_handlers
from huike.promotions.api import router as coupons
from huike.promotions.batches.api import router as code_batches
from huike.promotions.offers.api import router as offers
from huike.segments.analysis.api import router as analysis
from huike.segments.api import router as segments
from huike.segments.membership.api import router as memberships
from huike.segments.tagging.api import router as tag_rules
from huike.signup.api import router as signup
from huike.staff.access import REFUSED
from huike.staff.api import router as staff
from huike.webhooks.api import router as webhooks

api = Api(
    title="Huike",
    version=__version__,
    description="Everything the screens can do. Sign in by session cookie, or send `Authorization: Bearer hk_…`.",
    auth=REFUSED,
    parser=StrictParser(),
    docs_url=None,
)
install_problem_handlers(api)

# Addresses are tried in this order: what tills wait for comes first; `/orders/batch` is no order of the name "batch".
api.add_router("", checkout)
api.add_router("", offline)
api.add_router("", orders)
api.add_router("", insights)
api.add_router("", sql)
api.add_router("", operations)
api.add_router("/imports", imports)
api.add_router("", staff)
api.add_router("", customer_fields)
api.add_router("", notes)
api.add_router("", tags)
api.add_router("", households)
api.add_router("", companies)
api.add_router("", merging)
api.add_router("", duplicates)
api.add_router("", privacy)
api.add_router("", identity)
api.add_router("", bulk_changes)  # before /customers/{id}
api.add_router("", tiers)
api.add_router("", customers)
api.add_router("", catalog)
api.add_router("", receivers)
api.add_router("", behaviour)
api.add_router("", segments)
api.add_router("", analysis)
api.add_router("", memberships)
api.add_router("", tag_rules)
api.add_router("", programme)
api.add_router("", earning)
api.add_router("", points)
api.add_router("", messaging)
api.add_router("", campaigns)
api.add_router("", offers)
api.add_router("", coupons)
api.add_router("", code_batches)
api.add_router("", cards)
api.add_router("", stored_value)
api.add_router("", count_cards)
api.add_router("", adjustments)
api.add_router("", rewards)
api.add_router("", accounts)
api.add_router("", liability)
api.add_router("", groups)
api.add_router("", deals)
api.add_router("", deal_results)
api.add_router("", vouchers)
api.add_router("", signup)
api.add_router("", payments)
api.add_router("", merchants)
api.add_router("", complaints)
api.add_router("", settlement)
api.add_router("", webhooks)
