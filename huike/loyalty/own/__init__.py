"""A member's own page on her phone: `/me/card`. Who she is was proved at `/me` (huike/customers/privacy).

What others show her there they register in `sections`.
"""
