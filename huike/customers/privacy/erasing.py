"""Carrying out an erasure, step by step; each step is done once, whatever is killed in between.
`docs/algorithms/privacy.md` is the specification."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from huike.channels.secrets import decrypt, encrypt
from huike.customers.events import CustomerErased
from huike.customers.id_numbers.services import in_clear
from huike.customers.models import Channel, Customer, Erasure, IdDocument, Identity, PrivacyRequest, Suppression
from huike.customers.privacy import exports_on_disk, holdings, moments, rules
from huike.customers.privacy.errors import MessageUnderWay
from huike.customers.privacy.holdings import Erased, Trace
from huike.customers.privacy.rules import Values
from huike.customers.services import suppress
from huike.lake import near
from huike.lake.sync import LakeWriter
from huike.platform import audit, clock
from huike.platform.audit import SYSTEM
from huike.platform.config import get_config
from huike.platform.jobs import Progress
from huike.platform.outbox import announce

# Random ids that JavaScript holds exactly, and that no sequence reaches.
_FIRST_PSEUDONYM: Final = 2**52
_PURPOSE: Final = "privacy"
_BATCH: Final = 500
_JSON_TYPES: Final = frozenset({114, 3802})  # json and jsonb, by PostgreSQL's own numbers
# A shorter id at a source, `10482`, is a number in other people's text too; where it names her, it is deleted anyway.
_SHORTEST_EXTERNAL: Final = 8
_TRIES: Final = 40
_PAUSE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an erasure: what the progress calls it, and what it does."""

    name: str
    run: Callable[[int, Erased], dict[str, int]]


def carry_out(request_id: int, progress: Progress) -> None:
    """Do every step that is not done yet. Raises MessageUnderWay, ImportUnderWay: begin again then; nothing is lost."""
    total = len(STEPS) + 1
    if not PrivacyRequest.objects.get(pk=request_id).step:
        progress.report(done=0, total=total, phase="person", force=True)
        _when_nothing_is_sent(lambda: _erase_person(request_id))
    for number, step in enumerate(STEPS, start=1):
        request = PrivacyRequest.objects.get(pk=request_id)
        if request.state != PrivacyRequest.State.RUNNING or request.step != step.name:
            continue
        progress.report(done=number, total=total, phase=step.name, force=True)
        counts = step.run(request_id, _opened(request))
        _done(request_id, step.name, counts)
    progress.report(done=total, total=total, phase="", force=True)


def _done(request_id: int, name: str, counts: dict[str, int]) -> None:
    """Note that a step is done, and what it found."""
    names = [step.name for step in STEPS]
    following = names[names.index(name) + 1 :]
    with transaction.atomic():
        request = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        if request.step != name:
            return
        found = {**request.result.get(name, {}), **{key: count for key, count in counts.items() if count}}
        request.result = {**request.result, **({name: found} if found else {})}
        request.step = following[0] if following else ""
        request.save(update_fields=["result", "step"])


@contextmanager
def _erasing() -> Iterator[None]:
    """A transaction that tables which refuse change let through."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('huike.erasing', 'on', true)")
        yield


# --- The person ------------------------------------------------------------------------------------------------------


def _when_nothing_is_sent(action: Callable[[], None]) -> None:
    for _ in range(_TRIES):
        try:
            return action()
        except MessageUnderWay:
            time.sleep(_PAUSE_SECONDS)
    return action()


def _erase_person(request_id: int) -> None:
    now = clock.now()
    with _erasing():
        request = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        if request.step or request.customer_id is None:
            return
        files = _locked(request.customer_id)
        ids = [file.pk for file in files]
        values = values_of(ids)
        pseudonyms = _make_pseudonyms(files)
        erased = Erased(ids, pseudonyms, values, holdings.gather(ids, values))
        counts = holdings.count(ids)
        for holding in holdings.holdings():
            holdings.erase(holding, erased)
        _suppress(files, ids)
        Erasure.objects.create(
            key=uuid.uuid4(), customer_ids=ids, made_at=[file.created_at for file in files], erased_at=now
        )
        announce(CustomerErased(customer_id=ids[0], absorbed_ids=ids[1:], occurred_at=now))
        PrivacyRequest.objects.filter(pk=request_id).update(
            step=STEPS[0].name, sealed=_sealed(erased), result={"person": counts}
        )


def _locked(customer_id: int) -> list[Customer]:
    """The file that stands for this one, and those merged into it, it first; whoever writes to one of them ends before
    this goes on."""
    with connection.cursor() as cursor:
        # Locked before its heir is read, so that no merge happens in between.
        cursor.execute("SELECT merged_into_id FROM customers_customer WHERE id = %s FOR UPDATE", [customer_id])
        customer_id = cursor.fetchone()[0] or customer_id
        cursor.execute(
            "SELECT id FROM customers_customer WHERE id = %(id)s OR merged_into_id = %(id)s ORDER BY id FOR UPDATE",
            {"id": customer_id},
        )
        ids = [row[0] for row in cursor.fetchall()]
    files = {file.pk: file for file in Customer.objects.filter(pk__in=ids)}
    return [files[customer_id], *(files[id] for id in ids if id != customer_id)]


def values_of(ids: Sequence[int]) -> Values:
    """Everything these files are known by, in every form it may stand in elsewhere."""
    phones: set[str] = set()
    emails: set[str] = set()
    numbers: set[str] = set()
    texts: set[str] = set()
    names: set[str] = set()
    for file in Customer.objects.filter(pk__in=ids):
        phones |= {file.phone or ""}
        emails |= {file.email or ""}
        numbers |= {file.card_number or ""}
        texts |= {file.address or ""}
        names |= {file.name}
    for identity in Identity.objects.filter(customer_id__in=ids):
        if identity.kind == Identity.Kind.PHONE:
            phones.add(identity.value)
        elif identity.kind == Identity.Kind.EMAIL:
            emails.add(identity.value)
        elif identity.kind != Identity.Kind.EXTERNAL or len(identity.value) >= _SHORTEST_EXTERNAL:
            numbers.add(identity.value)
    for customer_id in IdDocument.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True):
        document = in_clear(customer_id)
        if document is not None:
            numbers.add(document.number)
    return rules.values_of(
        phones=filter(None, phones),
        emails=filter(None, emails),
        numbers=filter(None, numbers),
        texts=filter(None, texts),
        names=filter(None, names),
    )


def _make_pseudonyms(files: Sequence[Customer]) -> list[int]:
    """A row without a person for each file, in their order; those of merged files stand behind the first one's."""
    pseudonyms: list[int] = []
    while len(pseudonyms) < len(files):
        fresh = _FIRST_PSEUDONYM + secrets.randbelow(_FIRST_PSEUDONYM)
        if not Customer.objects.filter(pk=fresh).exists() and fresh not in pseudonyms:
            pseudonyms.append(fresh)
    Customer.objects.bulk_create(
        Customer(
            pk=pseudonym,
            state=Customer.State.ERASED if number == 0 else Customer.State.MERGED,
            merged_into_id=None if number == 0 else pseudonyms[0],
            home_store_id=file.home_store_id,
            orders_count=file.orders_count,
            returns_count=file.returns_count,
            spent_minor=file.spent_minor,
            spent_currency=file.spent_currency,
            first_order_at=file.first_order_at,
            last_order_at=file.last_order_at,
            created_at=_day_of(file.created_at),
        )
        for number, (pseudonym, file) in enumerate(zip(pseudonyms, files, strict=True))
    )
    with connection.cursor() as cursor:
        # What every new file is given.
        cursor.execute("DELETE FROM customers_field_value WHERE customer_id = ANY(%s)", [pseudonyms])
    return pseudonyms


def _day_of(instant: datetime) -> datetime:
    local = instant.astimezone(get_config().zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _suppress(files: Sequence[Customer], ids: Sequence[int]) -> None:
    """An old list that is imported again must not write to her. First reasons stay; no audit entry names her."""
    for file in files:
        for channel, address in (
            (Channel.EMAIL, file.email),
            (Channel.SMS, file.phone),
            (Channel.PHONE, file.phone),
        ):
            if address:
                suppress(address, channel=channel.value, reason=Suppression.Reason.ERASED.value, actor=SYSTEM)


def _sealed(erased: Erased) -> str:
    told = {
        "ids": list(erased.ids),
        "values": erased.values.to_json(),
        "gathered": {name: list(ids) for name, ids in erased.gathered.items()},
    }
    return encrypt(json.dumps(told, ensure_ascii=False), key=get_config().key(), purpose=_PURPOSE)


def _opened(request: PrivacyRequest) -> Erased:
    """Raises SecretUnreadable where the house has another secret than when the erasure began."""
    if not request.sealed:
        return Erased((), (), Values())
    told = json.loads(decrypt(request.sealed, key=get_config().key(), purpose=_PURPOSE))
    values = Values(tuple(told["values"]["strong"]), tuple(told["values"]["names"]))
    return Erased(told["ids"], (), values, told["gathered"])


# --- What names her elsewhere ----------------------------------------------------------------------------------------


def _mask_traces(request_id: int, erased: Erased) -> dict[str, int]:
    return {trace.table: _mask(trace, erased.values) for trace in holdings.traces()}


def _mask(trace: Trace, values: Values) -> int:
    """Mask the values in one table, some rows at a time; how many rows held one."""
    pattern = rules.pattern_of(values, names=trace.names)
    if pattern is None:
        return 0
    found_in = " OR ".join(f"t.{column}::text ILIKE ANY(%(likes)s)" for column in trace.columns)
    select = f"""
        SELECT t.{trace.key}, {", ".join(f"t.{column}" for column in trace.columns)} FROM {trace.table} t
         WHERE ({found_in}) AND (%(last)s::text IS NULL OR t.{trace.key} > %(last)s)
         ORDER BY t.{trace.key} LIMIT {_BATCH} FOR UPDATE
    """  # noqa: S608 - declared in code
    becomes = ", ".join(f"{column} = %s" for column in trace.columns)
    update = f"UPDATE {trace.table} SET {becomes} WHERE {trace.key} = %s"  # noqa: S608 - declared in code
    masked, last = 0, None
    while True:
        with _erasing(), connection.cursor() as cursor:
            cursor.execute(select, {"likes": rules.like_patterns(values, names=trace.names), "last": last})
            is_json = [column.type_code in _JSON_TYPES for column in cursor.description[1:]]
            rows = cursor.fetchall()
            for key, *cells in rows:
                before = [
                    json.loads(cell) if json_cell and isinstance(cell, str) else cell
                    for cell, json_cell in zip(cells, is_json, strict=True)
                ]
                after = [rules.masked(cell, pattern) for cell in before]
                if after != before:
                    masked += 1
                    cursor.execute(update, [*_stored(after, is_json), key])
        if len(rows) < _BATCH:
            return masked
        last = rows[-1][0]


def _stored(cells: Sequence[Any], is_json: Sequence[bool]) -> list[Any]:
    return [Jsonb(cell) if json_cell else cell for cell, json_cell in zip(cells, is_json, strict=True)]


def _scrub_places(request_id: int, erased: Erased) -> dict[str, int]:
    return {name: scrub(erased) for name, scrub in holdings.places()}


def _scrub_lake(request_id: int, erased: Erased) -> dict[str, int]:
    with LakeWriter() as writer:
        gone = writer.forget_deleted()
    near.forget()
    return {"files": gone}


def _scrub_logs(request_id: int, erased: Erased) -> dict[str, int]:
    """Her values in log files are overwritten in place: whoever writes to one goes on undisturbed."""
    pattern = rules.bytes_pattern_of(erased.values, names=True)
    if pattern is None:
        return {}
    return {"logs": sum(_overwrite(path, pattern) for path in _log_files(get_config().data_dir.resolve()))}


def _log_files(data_dir: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(data_dir, onerror=None):
        for name in names:
            if name.endswith((".log", ".csv.log", ".json.log")) or ".log." in name:
                yield Path(folder, name)


def _overwrite(path: Path, pattern: Any) -> bool:
    with contextlib.suppress(FileNotFoundError, PermissionError), path.open("r+b") as file:
        content = file.read()
        changed = False
        for match in pattern.finditer(content):
            file.seek(match.start())
            file.write(b"*" * len(match[0]))
            changed = True
        return changed
    return False


def _look_again(request_id: int, erased: Erased) -> dict[str, int]:
    counts = {name: scrub(erased) for name, scrub in holdings.stragglers()}
    if any(counts.values()):
        counts |= _scrub_lake(request_id, erased)
    return counts | _mask_traces(request_id, erased)


def _close(request_id: int, erased: Erased) -> dict[str, int]:
    now = clock.now()
    with transaction.atomic():
        request = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        if request.state == PrivacyRequest.State.RUNNING:
            request.state, request.sealed, request.finished_at, request.step = "done", "", now, ""
            request.save(update_fields=["state", "sealed", "finished_at", "step"])
            moments.note(request_id, "done", by=SYSTEM.label, at=now)
            audit.record(
                SYSTEM, "erase_customer", subject_kind="privacy_request", subject_id=request_id, details=request.result
            )
    write_list()
    return {}


STEPS: Final = (
    Step("traces", _mask_traces),
    Step("files", _scrub_places),
    Step("lake", _scrub_lake),
    Step("logs", _scrub_logs),
    Step("again", _look_again),
    Step("close", _close),
)


# --- The list that outlives a backup ---------------------------------------------------------------------------------


def list_file() -> Path:
    return exports_on_disk.folder() / "erasures.jsonl"


def write_list() -> None:
    """Bring the list on disk up to the database's; what only the list knows stays in it."""
    path = list_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = {entry["key"]: entry for entry in read_list(path)}
    for erasure in Erasure.objects.order_by("pk"):
        known[str(erasure.key)] = {
            "key": str(erasure.key),
            "customer_ids": erasure.customer_ids,
            "made_at": [instant.isoformat() for instant in erasure.made_at],
            "erased_at": erasure.erased_at.isoformat(),
        }
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
        out.writelines(json.dumps(entry) + "\n" for entry in known.values())
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def read_list(path: Path) -> list[dict[str, Any]]:
    """The entries of a list; none where there is no file. Raises ValueError where it is no such list."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return []
    entries = [json.loads(line) for line in lines if line.strip()]
    for entry in entries:
        uuid.UUID(entry["key"])
        if len(entry["customer_ids"]) != len(entry["made_at"]):
            raise ValueError("an entry of the list of erasures is incomplete")
    return entries
