"""One name, one segment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from huike.segments.errors import SegmentNameTaken


@contextmanager
def name_once() -> Iterator[None]:
    """Raises SegmentNameTaken where the database refuses the name."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise SegmentNameTaken from error
