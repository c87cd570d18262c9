"""Who: rules over customers, their counts, their lists, and memberships that last.

Owns: the rule grammar and its meaning (`docs/algorithms/segment-rules.md`), segments, membership snapshots.
Promises: every condition is either true or false of every customer (unknown values are "no", and `not` is the exact
complement); a rule means the same on every engine; an answer says as of when it is and how fresh the data was; a member
list is the one that was counted; nobody sees customers beyond their scope.
Refuses: sending anything, and keeping personal data: it knows customers by id.
"""
