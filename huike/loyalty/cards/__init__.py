"""Cards: numbers by the box, whose they are, and the code on a phone that is good for half a minute.

`docs/algorithms/cards.md` is the specification.
"""
