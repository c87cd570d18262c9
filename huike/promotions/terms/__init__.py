"""The terms of an offer: one document a version. `docs/algorithms/evaluating-a-cart.md` says what each part does."""
