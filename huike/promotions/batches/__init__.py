"""Codes by the million: made in steps by a job, handed out as a file or as sheets to print, made void together.

`docs/algorithms/coupons.md`, section 8, is the specification.
"""
