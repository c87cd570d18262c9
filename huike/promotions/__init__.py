"""Offers and coupons: who is promised what, under which terms, and that it is kept exactly once.

Owns: offers and every version of their terms, coupons and the history of their states, the evaluation of a cart.
Promises: a cart gets the combination of offers that saves its customer most; a budget is never overrun; a coupon is
redeemed at most once, whoever asks how often; coupons and orders keep the terms they were promised under; a discount is
split over the lines to the minor unit and sums to what was promised.
Refuses: choosing who gets a coupon (campaigns do); orders (checkout brings both together in one transaction).
"""
