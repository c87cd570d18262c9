"""Which offers an order stands with, and the budgets it drew on."""
