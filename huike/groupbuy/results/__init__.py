"""What a deal brought: whom, who came back, at what cost. `docs/algorithms/deal-results.md` is the specification."""
