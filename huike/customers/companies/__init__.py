"""Companies that buy, and the customers who act for them.

Promises: a unified social credit code is sound and belongs to one company; what a company bought is what its contacts
bought, as far as the reader may see them. Refuses: pipelines and opportunities (sales).
"""
