"""The hasher of passwords in tests."""

from __future__ import annotations

from django.contrib.auth.hashers import ScryptPasswordHasher


class QuickScrypt(ScryptPasswordHasher):
    """The product's own, told to work as little as it can: most people of tests never sign in with their password. The
    product's takes a quarter of a second of both cores' time for each person made."""

    work_factor = 2
    parallelism = 1
