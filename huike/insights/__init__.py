"""Reports across everything: Today, and the search that finds a person, an order or a page of work by a few letters.

Owns: putting figures of other capabilities side by side. Promises: every figure is what its rows add up to, within the
reader's scope, and Today answers from PostgreSQL in a glance's time. Refuses: to keep figures of its own; to show
anybody what the capability that owns it would not.
"""
