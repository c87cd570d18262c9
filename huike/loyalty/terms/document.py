"""The whole of one version's terms."""

from __future__ import annotations

from huike.loyalty.terms.count_cards import CountCards
from huike.loyalty.terms.earning import Earning
from huike.loyalty.terms.joining import Joining
from huike.loyalty.terms.lapse import Lapse
from huike.loyalty.terms.returns import Returns
from huike.loyalty.terms.spending import Spending
from huike.loyalty.terms.stored_value import StoredValue
from huike.loyalty.terms.tiers import Ladder
from huike.platform.schema import Schema


class TermsDocument(Schema):
    """What `loyalty_terms.document` holds. Amounts are in minor units of the programme's currency."""

    joining: Joining = Joining()
    earning: Earning = Earning()
    lapse: Lapse = Lapse()
    spending: Spending = Spending()
    returns: Returns = Returns()
    stored_value: StoredValue = StoredValue()
    tiers: Ladder = Ladder()
    count_cards: CountCards = CountCards()
