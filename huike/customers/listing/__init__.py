"""The list of customers at any size (docs/algorithms/customer-list.md): its filters, its sorting, its pages.

Promises: a page costs about the same at any depth; who sees some stores sees nobody else; a count is exact or not
told. Refuses: searching inside texts by an index (only PostgreSQL's core is used).
"""
