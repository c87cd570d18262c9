"""People who live together.

Promises: a person is in one household at most, a household has exactly one head, and it ends when fewer than two are
left.
Refuses: consent: whom one may reach stays a matter of each person.
"""
