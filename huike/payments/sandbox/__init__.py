"""A provider of payments to practise with: a server of its own process and its own memory, in no database of Huike's.

Owns: payments and refunds as a provider keeps them, a page to pay on, notifications, and faults on demand.
Promises: what it said it took it still has after `kill -9`; a number told twice is one payment; the same plan and seed
give the same faults for the same numbers. Refuses: real money; to import anything of the product.
"""
