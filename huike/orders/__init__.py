"""Purchases and returns, from any till, shop or file, in one canonical form.

Owns: orders, their lines and payments; receivers of shops' webhooks and what they were sent.
Promises: (source, external id) is one order; sending it again changes nothing, a newer revision replaces it; each
order's figures are exact integers that add up; the customer's purchase figures move in the same transaction.
Refuses: coupons and points (checkout composes them); guessing a buyer (an order without one stays anonymous under its
own key until claimed).
"""
