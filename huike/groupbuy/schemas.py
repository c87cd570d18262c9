"""What bodies about groups and about vouchers name alike."""

from __future__ import annotations

from huike.platform.schema import Schema


class DealRef(Schema):
    id: int
    name: str


class CustomerRef(Schema):
    id: int
    name: str
