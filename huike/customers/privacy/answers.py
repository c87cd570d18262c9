"""Everything held about a person, as one ZIP: complete as JSON, and each kind as CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from huike.customers.models import PrivacyRequest
from huike.customers.privacy import holdings, moments
from huike.customers.privacy.errors import AnswerGone
from huike.customers.privacy.exports_on_disk import answer_folder, folder
from huike.customers.privacy.holdings import Holding
from huike.customers.privacy.selectors import files_of
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.jobs import Progress
from huike.platform.sheets import harmless

KEPT: Final = timedelta(days=7)
_NAME: Final = "data.zip"


def write(request_id: int, progress: Progress) -> dict[str, int]:
    """Write the answer of a running request; counts by kind. It appears under its name only when it is complete, and
    not at all when the person was erased meanwhile."""
    forget_old()
    request = PrivacyRequest.objects.get(pk=request_id)
    if request.customer_id is None:
        return {}
    place = answer_folder(request_id)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place / f"{_NAME}.part"
    shown = [holding for holding in holdings.holdings() if holding.columns]
    counts: dict[str, int] = {}
    now = clock.now()
    try:
        # One snapshot: the answer is the state of one moment.
        with transaction.atomic(), zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            ids = files_of(request.customer_id)
            whole: dict[str, Any] = {"made_at": now, "brand": get_config().brand_name}
            for number, holding in enumerate(shown):
                rows = [_plain(row) for row in holdings.rows(holding, ids)]
                if rows:
                    counts[holding.name] = len(rows)
                    whole[holding.name] = rows
                    archive.writestr(f"{holding.name}.csv", _csv(holding, rows))
                _report(progress, number + 1, len(shown))
            archive.writestr("data.json", json.dumps(whole, ensure_ascii=False, indent=2, default=_told))
            archive.writestr("README.txt", "\ufeff" + _readme(shown, counts, now))
        part.replace(place / _NAME)
        _finish(request_id, counts)
    finally:
        part.unlink(missing_ok=True)
    return counts


def _report(progress: Progress, done: int, total: int) -> None:
    progress.report(done=done, total=total, phase="writing")


def _finish(request_id: int, counts: dict[str, int]) -> None:
    now = clock.now()
    with transaction.atomic():
        request = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        if request.state != PrivacyRequest.State.RUNNING or request.customer_id is None:
            shutil.rmtree(answer_folder(request_id), ignore_errors=True)
            return
        request.state, request.finished_at, request.result = PrivacyRequest.State.DONE, now, counts
        request.save(update_fields=["state", "finished_at", "result"])
        moments.note(request_id, "done", by=SYSTEM.label, at=now)


def find_file(request: PrivacyRequest, *, now: datetime) -> Path:
    """The ZIP of an answered request. Raises AnswerGone."""
    path = answer_folder(request.pk) / _NAME
    if (
        request.kind != PrivacyRequest.Kind.EXPORT
        or request.customer_id is None
        or request.finished_at is None
        or now - request.finished_at > KEPT
        or not path.is_file()
    ):
        raise AnswerGone
    return path


def forget_old(now: datetime | None = None) -> int:
    """Delete answers whose time is over; how many."""
    oldest = ((now or clock.now()) - KEPT).timestamp()
    gone = 0
    for place in (folder() / "answers").glob("*"):
        if place.is_dir() and place.stat().st_mtime < oldest:
            shutil.rmtree(place, ignore_errors=True)
            gone += 1
    return gone


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """JSON columns as what they hold; the driver gives them as text."""
    return {name: _unpacked(value) for name, value in row.items()}


def _unpacked(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return str(value)


def _csv(holding: Holding, rows: list[dict[str, Any]]) -> str:
    """With a byte order mark, without which Excel takes Chinese for something else."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(holding.columns)
    writer.writerows([_cell(row[name]) for name in holding.columns] for row in rows)
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal | float):
        return value
    text = value if isinstance(value, str) else _text(value)
    return harmless(text)


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_told)
    return str(_told(value))


def _readme(shown: list[Holding], counts: dict[str, int], now: datetime) -> str:
    return "\r\n".join(_readme_lines(shown, counts, now)) + "\r\n"


def _readme_lines(shown: list[Holding], counts: dict[str, int], now: datetime) -> Iterator[str]:
    brand, local = get_config().brand_name, now.astimezone(get_config().zone).strftime("%Y-%m-%d %H:%M")
    held = [holding for holding in shown if holding.name in counts]
    yield f"{brand}保存的关于你的全部信息,截至 {local}。"
    yield "data.json 是完整内容;每一类另有一个 CSV 文件,可用 Excel 打开。时间为 UTC,金额以最小货币单位(分)计。"
    yield "以 = + - @ 开头的文字前加了一个单引号,以免表格软件把它当公式运行。"
    yield ""
    for holding in held:
        yield f"{holding.name}.csv  {holding.titles[0]}  {counts[holding.name]} 条"
    yield ""
    yield f"Everything {brand} holds about you, as of {local}."
    yield "data.json has all of it; each kind is also a CSV file that Excel opens. Times are UTC; amounts are in the"
    yield "smallest unit of the currency. Text that begins with = + - @ has an apostrophe before it, so that no"
    yield "spreadsheet runs it as a formula."
    yield ""
    for holding in held:
        yield f"{holding.name}.csv  {holding.titles[1]}: {counts[holding.name]}"
