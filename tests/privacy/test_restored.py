"""After a restore, whoever was erased since the backup is erased again; whoever got her number meanwhile is not."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from huike.customers.models import Customer, Erasure, PrivacyRequest
from huike.customers.privacy import erasing, services
from huike.lake.sync import LakeWriter
from huike.platform import clock
from huike.staff.rules import Role
from tests.people import signed_in
from tests.privacy.world import erase, told, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_list_says_who_was_erased_and_nothing_about_her(writer: LakeWriter) -> None:
    owner = signed_in(Role.OWNER)
    her = told(owner.post("/customers", {"name": "林梅梅", "phone": "+8613812345678"}))["id"]
    made_at = Customer.objects.get(pk=her).created_at
    erase(owner, her)

    mine = [entry for entry in erasing.read_list(erasing.list_file()) if entry["customer_ids"] == [her]]
    assert made_at.isoformat() in [entry["made_at"][0] for entry in mine]
    assert "林梅梅" not in erasing.list_file().read_text()
    assert "13812345678" not in erasing.list_file().read_text()


def test_a_restored_backup_forgets_again_whom_the_list_names(writer: LakeWriter) -> None:
    back = Customer.objects.create(name="欧阳回来", phone="+8613812345679")
    back.refresh_from_db()
    reused = Customer.objects.create(name="新来的人")
    reused.refresh_from_db()
    entries = [
        {"key": str(uuid.uuid4()), "customer_ids": [back.pk], "made_at": [back.created_at.isoformat()]},
        # The number was given anew: another instant.
        {
            "key": str(uuid.uuid4()),
            "customer_ids": [reused.pk],
            "made_at": [(reused.created_at - timedelta(days=9)).isoformat()],
        },
    ]

    assert services.erase_again(entries, now=clock.now()) == 1
    assert services.erase_again(entries[1:], now=clock.now()) == 0
    work()

    assert not Customer.objects.filter(name="欧阳回来").exists()
    assert Customer.objects.filter(name="新来的人").exists()
    request = PrivacyRequest.objects.get()
    assert (request.state, request.asked_by) == ("done", "restore")


def test_an_erasure_the_backup_knows_of_is_not_done_twice() -> None:
    somebody = Customer.objects.create(name="留下的人")
    somebody.refresh_from_db()
    key = uuid.uuid4()
    Erasure.objects.create(key=key, customer_ids=[somebody.pk], made_at=[somebody.created_at], erased_at=clock.now())
    entry = {"key": str(key), "customer_ids": [somebody.pk], "made_at": [somebody.created_at.isoformat()]}

    assert services.erase_again([entry], now=clock.now()) == 0
    assert PrivacyRequest.objects.count() == 0


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "list.jsonl"
    wrong.write_text('{"key": "x", "customer_ids": [1], "made_at": []}\n')
    with pytest.raises(ValueError):
        erasing.read_list(wrong)
