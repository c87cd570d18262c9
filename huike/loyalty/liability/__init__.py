"""What points and stored value still owe members, and what of it will be used. `docs/algorithms/liability.md`."""
