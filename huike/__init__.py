"""Huike 回客: turn people who bought once into customers who come back, and prove it."""

__version__ = "0.1.0"
