"""What people outside see of group buying: deals, groups, the way to buy, and her own part with its vouchers.

Made on the server; a page is of use without script. What somebody bought opens by the secret of its own address, never
by a phone number that was typed.
"""
