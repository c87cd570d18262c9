"""One sale at a till: buyer, order, coupons and payments in one transaction, and a quote that stores nothing.

Owns: the composition, its idempotency, and the answer a till prints.
Promises: a sale happens whole or not at all; the same request again gives the first answer; a refused coupon leaves
nothing behind.
Refuses: rules of its own: prices are told by the till, discounts are decided by promotions, figures kept by orders.
"""
