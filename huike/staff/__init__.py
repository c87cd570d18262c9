"""Who works here: users, roles, store and region scope, API keys.

Owns: users and their roles, what each role may do, which stores a person sees, the keys of tills and integrations.
Promises: every endpoint is refused unless it names a permission the caller holds; a key is shown once and kept as a
hash; the last owner cannot be removed.
Refuses: self-registration; permissions per single user (a person has a role); customers (they are not staff).
"""
