"""Joining: public sign-up pages, their codes, and the people who joined by them (docs/algorithms/sign-up.md).

Owns: pages and their designs, printed places, attempts and their codes, joinings, proposals, referral codes, the words
of consent that were shown.
Promises: nothing reaches a file before the address is confirmed; no answer tells whether somebody is known; one person,
one file, whatever is sent twice; a ticked box is one word with the version of what was read, an unticked one is none.
Refuses: to overwrite what a file holds; to send anything but a code that was asked for.
"""
