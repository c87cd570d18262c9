"""Calls to addresses that people enter: to public hosts only, unless the operator opened a network.

Owns: what an address may be, the look-up and the connection, one attempt and how it ended.
Promises: the address that was judged is the one connected to; no redirect, no proxy; time and reading are limited.
Refuses: to decide whether to try again.
"""
