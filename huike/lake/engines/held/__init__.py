"""Columns about customers, held in memory by the process that answers (ADR 0015, `docs/algorithms/held-columns.md`).

Promises: an answer from them is the lake's own, of the state the reading tells; what cannot be answered from them is
asked of the lake in SQL. Bounded in memory. `selection` reads a question, `columns` keeps the columns and brings them
from one state to the next, `masks` is the algebra of sets of customers.
"""
