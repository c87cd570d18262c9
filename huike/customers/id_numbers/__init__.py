"""Numbers of identity documents (docs/algorithms/id-numbers.md).

Owns: the documents, the keys that seal them.
Promises: a number is readable only in its own row, found only by its exact value, and shown in clear only by unmasking.
Refuses: putting a number anywhere else: events, logs, the lake, exports.
"""
