"""Shops that tell us of their orders themselves: webhooks of Shopify, WooCommerce and Youzan.

Owns: a source's receiver and its secret, each delivery as it came, its meaning, its way into the books.
Promises: what is not signed leaves nothing; what is signed is kept before it is answered, and understood afterwards;
any order and repetition of deliveries ends in the same books; what could not be understood says why and can be tried
again.
Refuses: guessing: amounts that do not add up to what the shop says are not taken. `docs/algorithms/received-orders.md`.
"""
