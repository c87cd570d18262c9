"""Telling others what became of points: earned, about to expire, expired."""
