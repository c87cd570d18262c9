"""Value in double entry: points, stored value, uses of a count card. Integers, append-only, summing to zero.

Owns: assets, accounts, lots, transactions with their entries, holds.
Promises: the database itself refuses a changed or removed entry, a transaction that does not sum to zero and a balance
below its floor; the same operation twice happens once; what is given back returns to the lots it came from; accounts
of the house are never a row that everybody waits for.
Refuses: knowing why value moves (loyalty and group buying do), and whose names stand behind a customer's number.
"""
