"""What a cart comes to with offers and coupons: pure. `docs/algorithms/evaluating-a-cart.md` is the specification."""
