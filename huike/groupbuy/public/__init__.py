"""What people outside see of group buying: deals, groups, the way to buy, and her own part with its vouchers.

Made on the server; a page is of use without script. What somebody bought opens to a browser on which she confirmed, by
a code sent there, that the number or address is hers, or that is signed in on her own page; to nobody else.
"""
