"""The ways out of the house: e-mail by SMTP, SMS by the operator's own gateway, and the sandbox mailbox that stands in
for both.

Owns: the sender identity and server settings of each channel, the connection to the server, the sandbox mailbox.
Promises: what a server said reaches the caller typed (given up for good, worth another try, may have arrived); a header
cannot be broken by what stands in it; a stored password is encrypted.
Refuses: to decide who gets a message, or when (messaging's gate does).
"""
