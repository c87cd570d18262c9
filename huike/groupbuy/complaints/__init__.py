"""What buyers complain of, what was decided, and what follows for the merchant (docs/algorithms/merchants.md)."""
