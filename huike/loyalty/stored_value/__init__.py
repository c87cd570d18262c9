"""Money of customers that the house keeps: topped up, spent, paid out, frozen, and told of."""
