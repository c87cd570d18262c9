"""Offers and coupons: who is promised what, under which terms, and that it is kept exactly once.

Owns: offers and every version of their terms, coupons and the history of their states, the evaluation of a cart.
Promises: a coupon is redeemed at most once, whoever asks how often; a coupon keeps the terms it was issued under; a
discount is split over the lines to the minor unit and sums to what was promised.
Refuses: choosing who gets a coupon (campaigns do); orders (checkout brings both together in one transaction).
"""
