"""Files this room wrote about people: exported lists, and answers to those who asked for their data."""

from __future__ import annotations

import shutil
from pathlib import Path

from huike.customers.privacy.files import holds, search_of
from huike.customers.privacy.holdings import Erased
from huike.platform.config import get_config


def folder() -> Path:
    """Where answers lie, each in a folder of its request's id, and the list of erasures."""
    return get_config().data_dir.resolve() / "privacy"


def answer_folder(request_id: int) -> Path:
    return folder() / "answers" / str(request_id)


def scrub(erased: Erased) -> int:
    """Delete every exported list that holds her; whoever needs one exports it again, without her."""
    search = search_of(erased.values, names=True)
    exports = get_config().data_dir.resolve() / "exports"
    if search is None or not exports.is_dir():
        return 0
    gone = 0
    for path in sorted(exports.iterdir()):
        if path.is_file() and holds(path, search):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def forget_answers(erased: Erased) -> int:
    gone = 0
    for request_id in erased.gathered.get("customers_privacy_request", ()):
        if answer_folder(request_id).is_dir():
            shutil.rmtree(answer_folder(request_id))
            gone += 1
    return gone
