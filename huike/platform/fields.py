"""Column defaults several capabilities share."""

from __future__ import annotations

from django.db import models


def current_xid() -> models.Func:
    """The writing transaction's id, as a bigint: the outbox and the lake read changes by it.

    The database function `huike_current_xid()` is made by this package's first migration.
    """
    return models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
