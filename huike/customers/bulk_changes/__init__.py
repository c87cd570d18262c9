"""Changes of many files at once (docs/algorithms/customer-list.md).

Promises: the people are fixed when they are chosen; a change goes on where it stopped, whatever was killed; nobody
changes files she may no longer see; what was changed can be put back for a day, where nobody changed it since. Refuses:
deciding who deserves a tag or an owner.
"""
