"""Rewards: the catalogue of what points are exchanged for, and every exchange. `docs/algorithms/rewards.md`."""
