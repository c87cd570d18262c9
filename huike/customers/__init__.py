"""People: one customer is one person with one file, their identities, their consent.

Owns: customers, identities, sources, consent and its history, suppressions.
Promises: an identifier of a source belongs to one customer; consent is append-only, the latest word wins and a "no" on
a tie; what is shown of personal data is masked until asked for.
Refuses: orders and events (they point here); deciding whether a message may go out (messaging's gate asks here).
"""
