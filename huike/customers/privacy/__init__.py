"""What a person asks about her own data: to have all of it, to have it corrected, to have it erased.

Owns: requests and their history, links to a person's own page, the list of erasures; the register of what each
capability holds.
Promises: an export holds everything that is declared; an erasure leaves no personal value behind and no sum changed; it
goes on where a killed process left it; what is in no register fails a test (docs/algorithms/privacy.md).
Refuses: knowing other capabilities' tables (they declare them in their `privacy.py`).
"""
