"""Member lists that last: refreshed when due and when people change, their history, fixed lists, overlap.

Promises: a patched list is the one a whole question would give (`docs/algorithms/memberships.md`); a segment that fails
says why and holds up no other; who entered and left is told once. Refuses: deciding what a rule means (the room around
it does).
"""
