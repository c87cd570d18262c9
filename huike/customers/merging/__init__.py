"""Two files that are one person become one, and can become two again; specified in `docs/algorithms/merging.md`.

Promises: nothing is lost; consent never widens, neither by merging nor by undoing it; a merge is logged row by row and
undone from that log; whoever knows a merged file by its id finds the one that stands for it.
"""
