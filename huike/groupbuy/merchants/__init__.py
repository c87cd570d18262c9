"""Who may sell: applications, papers, checks, decisions, suspension (docs/algorithms/merchants.md)."""
