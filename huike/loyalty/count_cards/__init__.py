"""Count cards 计次卡: uses that were sold, used one by one, until they expire. `docs/algorithms/count-cards.md`."""
