"""The audit log is append-only, and that is the database's word."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, transaction

from huike.platform.audit import SYSTEM, Actor, entries, record
from huike.platform.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditEntry.objects.update(action="nothing"),
        lambda: AuditEntry.objects.all()._raw_delete("default"),
    ],
)
def test_an_entry_is_neither_changed_nor_deleted(change) -> None:
    record(SYSTEM, "invite_user", subject_kind="user", subject_id=1, details={"role": "clerk"})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change()
    assert AuditEntry.objects.values_list("action", "details").get() == ("invite_user", {"role": "clerk"})


def test_an_entry_is_kept_also_from_the_owner_of_the_tables(owner_connection: psycopg.Connection) -> None:
    owner_connection.execute(
        "INSERT INTO platform_audit_entry (actor_kind, actor_label, action, subject_kind, details) "
        "VALUES ('system', 'system', 'x', 'y', '{}')"
    )
    try:
        with pytest.raises(psycopg.errors.IntegrityError, match="append-only"):
            owner_connection.execute("DELETE FROM platform_audit_entry")
    finally:
        owner_connection.execute("TRUNCATE platform_audit_entry")


def test_entries_are_found_by_who_what_and_which() -> None:
    lin, wang = Actor("user", 1, "Lin"), Actor("user", 2, "Wang")
    record(lin, "update_customer", subject_kind="customer", subject_id=7)
    record(wang, "update_customer", subject_kind="customer", subject_id=8)
    record(lin, "export", subject_kind="customer")
    assert entries(actor_id=1).count() == 2
    assert entries(subject_kind="customer", subject_id=8).get().actor_label == "Wang"
    assert entries(action="export").get().subject_id is None
    assert entries().count() == 3
