"""Fields the operator defines for customers, and their values (docs/algorithms/custom-fields.md).

Owns: definitions, values, their filters and sorts.
Promises: a value is of its field's type; a unique field's value belongs to one customer, whoever writes at the same
moment;
a definition with values never changes what they mean; archiving loses nothing.
Refuses: built-in fields; knowing what a reference points to (other rooms register that in `references`).
"""
