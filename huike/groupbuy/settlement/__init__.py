"""What merchants are owed, and that they got it (docs/algorithms/settlement.md)."""
