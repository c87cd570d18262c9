"""A believable brand to try Huike on: 青禾茶点 Qinghe Tea & Pastry, a chain with till, shop, WeChat and group buying.

Owns: the made-up brand and the generator of its three years.
Promises: the same seed and end date give the same people and orders to the last fen; nobody in it exists (phone numbers
lie in an unassigned block, e-mail addresses under `example` domains).
Refuses: to write into a database that already holds customers, unless told to.
"""
