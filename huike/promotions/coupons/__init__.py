"""A coupon's life: issued, held, redeemed, given back, passed on, made void, expired; and the reminder before.

Every change goes through `services`, which looks, asks `rules` (pure) and writes under the coupon's row lock.
"""
