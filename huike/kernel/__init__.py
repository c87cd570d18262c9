"""Pure Python that everything stands on: money, errors, identifiers, periods, pages.

Owns: value types and decisions that need no database, clock, network or framework.
Promises: no side effect on import or call; every function gives the same answer for the same arguments.
Refuses: Django, I/O, the current time, randomness that is not passed in.
"""
