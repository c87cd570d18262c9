"""In which tier a member is, since when, until when and why. `docs/algorithms/tiers.md` is the specification."""
