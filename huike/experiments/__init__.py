"""Treated against left alone: who is in which arm, and what the difference means.

Owns: experiments, assignments, the comparison of two groups.
Promises: a person's arm is stored once and never changes; the control share of a small audience is exact; a difference
without enough data is not given an interval.
Refuses: to know what an arm does, or where the figures come from.
"""
