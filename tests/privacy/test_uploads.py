"""Uploaded files that hold somebody who is erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from huike.customers.privacy.errors import ImportUnderWay
from huike.customers.privacy.files import Search, holds
from huike.customers.privacy.holdings import Erased
from huike.customers.privacy.rules import values_of
from huike.imports import checks, privacy, services, workbench
from huike.imports.models import Import
from tests.imports.files import CALLER, answers_of, bring

pytestmark = pytest.mark.django_db(transaction=True)

HERS = Erased((), (), values_of(phones=["+8613899887766"]))


def listed(name: str, phone: str) -> Import:
    return bring(f"姓名,手机\n某人,{phone}\n".encode(), kind="customers", filename=name)


def is_kept(record: Import) -> bool:
    record.refresh_from_db()
    return workbench.source_file(record.pk).exists()


def test_files_that_hold_her_go_with_their_imports_and_each_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hers, others = listed("hers.csv", "138-9988-7766"), listed("others.csv", "13500000009")
    read: list[Path] = []

    def watched(path: Path, search: Search) -> bool:
        read.append(path)
        return holds(path, search)

    monkeypatch.setattr(privacy, "holds", watched)

    assert privacy.scrub(HERS) == 1
    assert read == [workbench.source_file(hers.pk), workbench.source_file(others.pk)]
    assert (is_kept(hers), hers.state, hers.error_code) == (False, "failed", "import.held_erased_person")
    assert (is_kept(others), others.state, others.error_code) == (True, "proposed", "")
    assert privacy.scrub(HERS) == 0


def test_nothing_is_removed_while_a_file_that_holds_her_is_being_checked() -> None:
    waiting, at_work = listed("waiting.csv", "13899887766"), listed("checking.csv", "+86 13899887766")
    job = services.request_check(at_work.pk, answers=answers_of(at_work), caller=CALLER)

    with pytest.raises(ImportUnderWay) as raised:
        privacy.scrub(HERS)

    assert raised.value.params == {"import_ids": [at_work.pk]}
    assert (is_kept(waiting), waiting.state, is_kept(at_work), at_work.state) == (True, "proposed", True, "checking")
    checks.perform(job_id=job.pk, import_id=at_work.pk)
    assert privacy.scrub(HERS) == 2
    assert (is_kept(waiting), waiting.state, is_kept(at_work), at_work.state) == (False, "failed", False, "failed")
