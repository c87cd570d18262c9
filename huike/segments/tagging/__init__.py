"""Tags that follow a segment: put on its members, taken off those who left, at each refresh.

Promises: what a person put on a file by hand is never taken off (customers.tags keeps which is which); the latest run
says when it
was and what it did. Refuses: rules without a segment: a rule that tags is kept, named and seen like any other.
"""
