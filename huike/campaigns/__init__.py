"""One planned send: audience, control, arms of template and offer, schedule, result.

Owns: campaigns, their frozen audience and their progress through preparing and sending.
Promises: each step can be taken up again after a crash and does nothing twice; control is never written to; the result
compares everybody assigned, reached or not, and says so when there is not enough data.
Refuses: to send (messaging does), to issue coupons (promotions does), to choose arms (experiments does).
"""
