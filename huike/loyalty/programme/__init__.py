"""The programme and the versions of its terms: drafted, published from an instant on, never edited."""
