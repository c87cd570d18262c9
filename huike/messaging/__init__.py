"""Messages to people: templates, the gate, delivery, receipts.

Owns: templates and their versions, the sending rules (cap, quiet hours), messages with their attempts and receipts, the
public addresses of links, pictures and unsubscription.
Promises: the gate is asked in one place and its "no" has a reason that can be counted; no message is sent twice by
itself, none is lost silently; a template cannot run code, and what stands in a person's file cannot become markup.
Refuses: to choose an audience (campaigns does) or to keep consent (customers does).
"""
