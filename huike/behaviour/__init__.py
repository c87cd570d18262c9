"""What people do: tracked events in the Segment spec, carts, check-ins, and the interests their words show.

Owns: tracked sources and their write keys, the inbox of bodies, events, visitors, carts, check-ins, the lexicon and
interests.
Promises: a body answered with 200 is on disk; (source, message id) is one event; what is claimed moves to the customer
once and in one transaction; a cart is the same in whatever order its events arrive; each interest shows its sentence.
Refuses: believing what a browser says about who somebody is (an untrusted source makes, finds and changes no file);
orders (an `Order Completed` ends a cart and sells nothing); guessing what a sentence means beyond the stated rules.
"""
