"""What a person is known by, over time: linked, confirmed, released; how many go together and what links nobody;
history kept under a key until the person is known. `docs/algorithms/identity.md` is the specification.
"""
