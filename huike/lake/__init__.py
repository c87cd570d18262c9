"""The columnar copy of PostgreSQL, for questions about all customers at once.

Owns: the lake's tables and files, their sync, rebuild, check and care, and the engines that answer from it.
Promises: the copy is complete up to a stated moment (`docs/algorithms/lake-sync.md`); a killed process loses and
doubles nothing; a rebuild gives the same rows; a question can be cancelled and is bounded in memory. Refuses: to know
any capability (they declare their tables to `huike.lake.registry`), to be written to by anything but the sync, and to
be the truth: it can be thrown away at any time.
"""
