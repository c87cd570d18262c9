"""Tills without the server: registered, bounded, and heard later. `docs/algorithms/offline-tills.md`."""
