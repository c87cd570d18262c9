"""Webhooks out: other systems are told what happened here, by Standard Webhooks 1.0.0.

Owns: endpoints and their secrets, the public names and shapes of events, one delivery per event and endpoint, its
attempts. Promises: a delivery is attempted until it is taken or given up in plain sight, a killed worker loses none and
keeps its id, two of one customer never overtake each other, nothing connects to an internal address that the operator
did not name, a body holds no personal data unless somebody who may see it said so.
Refuses: to receive anything, and to know what an event means to whoever is told.
"""
