"""Adapters to providers of payments: `base.py` is what each can do; one file or folder each."""
