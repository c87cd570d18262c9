"""Who buys on the public pages: somebody who showed, by a code sent there, that a phone number or address is hers."""
