"""Money that comes in from payers and goes back to them, through providers of payments.

Owns: payments, refunds, what providers were asked and what they told, the settings of providers.
Promises: `docs/algorithms/payments.md`: what is unknown is asked for until it is known; whoever waits for the money
hears of each change once, in the transaction that learned of it; no more goes back than came in.
Refuses: to know what is paid for, or by whom; to hold card numbers; to assume.
"""
