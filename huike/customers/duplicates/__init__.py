"""Pairs of files that are likely one person: found, proposed with reasons, looked at by a person, merged or dismissed;
specified in `docs/algorithms/duplicates.md`.

Promises: a pair somebody dismissed is never proposed again; nothing is merged by itself; what is compared leaves
the machine's memory when the search ends. Refuses: pairs with two different identity documents.
"""
