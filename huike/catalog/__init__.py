"""What is sold, and where: products, categories, brands, suppliers, stores, regions.

Owns: those tables and the tree of regions that store scope is expressed in.
Promises: a SKU that arrives unknown becomes a product marked incomplete, never a lost line.
Refuses: stock and prices at a moment (they belong to the till and the shop).
"""
