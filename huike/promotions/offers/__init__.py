"""Offers: their terms by version, their life, and which of them are live."""
