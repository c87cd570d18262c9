"""Members and what they are promised: points, tiers, cards, rewards, stored value.

Owns: the programme and every version of its terms, members and the history of their tiers, cards, rewards, and what a
sale earns, burns and gives back.
Promises: every posting names the version of the terms it follows, and a new version never rewrites what was; buying
and returning leaves no gain; a member's balance is what the ledger says, nowhere else.
Refuses: moving value by itself (the ledger does), deciding offers (promotions do), orders (checkout brings all
together).
"""
