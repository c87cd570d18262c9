"""Files of orders, of their goods, and of customers, from upload to committed rows.

Owns: uploads, the proposal of what their columns mean, checking, the report of refused rows, the one transaction that
writes.
Promises: nothing half-imported; the same file again changes nothing; every row is imported or refused with a reason;
a file of any size needs a bounded amount of memory; `docs/algorithms/imports.md` states each rule.
Refuses: what an order or a person is (orders and customers decide and write); guessing after the mapping is confirmed.
"""
