"""Group buying: deals of merchants, groups that form or fail, vouchers that are redeemed at a store.

Owns: merchants, deals and every version of their terms, groups, participations, vouchers, redemptions, settlement.
Promises: stock is never oversold and a seat never taken twice; a group keeps the terms it opened under; whoever paid
has a seat, her vouchers, or her money back, each once; what is owed to buyers and merchants is what the ledger says.
Refuses: taking money (payments do), moving value by itself (the ledger does), writing orders (orders do).
"""
