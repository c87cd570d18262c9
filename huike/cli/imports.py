"""`huike import FILE`: a file of orders, of their goods, or of customers, from the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from huike.cli.environment import database, say
from huike.imports.fields import Kind as FileKind

if TYPE_CHECKING:
    from huike.imports.answers import Answers
    from huike.imports.models import Import

_CHUNK_BYTES = 1 << 20

FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, gzip, XLSX, Parquet, JSON Lines")]
Kind = Annotated[str, typer.Option(help="orders, lines (goods of orders that are known) or customers")]
Source = Annotated[str | None, typer.Option(help="Key of the system the file comes from, such as till-1")]
Channel = Annotated[str | None, typer.Option(help="pos, web, app, wechat, marketplace, group_buy, phone, company")]
Currency = Annotated[str | None, typer.Option(help="ISO 4217 code; the operator's where not given")]
Timezone = Annotated[str | None, typer.Option(help="IANA zone of times without an offset; the operator's if not given")]
Maps = Annotated[list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Correct the proposed mapping")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing: take what is proposed, keep the good rows")]
RefuseAll = Annotated[bool, typer.Option("--refuse-all", help="Import nothing when any row is refused")]
MappingName = Annotated[str | None, typer.Option("--mapping", help="The saved mapping to read the file with")]
RefusedTo = Annotated[Path | None, typer.Option(help="Write the refused rows with their reasons here")]


def import_file(
    file: FileArgument,
    kind: Kind = "orders",
    source: Source = None,
    channel: Channel = None,
    currency: Currency = None,
    timezone: Timezone = None,
    maps: Maps = None,
    mapping: MappingName = None,
    yes: Yes = False,
    refuse_all: RefuseAll = False,
    refused_to: RefusedTo = None,
) -> None:
    """Check a file, show what it comes to, and import it: all of it or nothing."""
    if kind not in get_args(FileKind):
        raise typer.BadParameter(f"must be one of {', '.join(get_args(FileKind))}", param_hint="--kind")
    with database(what="huike import"):
        from huike.imports import checks, mappings, refusals, runs, services
        from huike.imports.errors import MappingInvalid
        from huike.imports.models import Import
        from huike.kernel.scope import EVERYTHING
        from huike.platform.audit import Actor

        caller = services.Caller(actor=Actor("system", None, "huike import"), scope=EVERYTHING, user_id=None)
        saved = None if mapping is None else mappings.find_by_name(mapping, caller=caller)
        record = services.receive(
            kind=kind if saved is None else saved.kind,
            filename=file.name,
            chunks=_chunks(file),
            saved=saved,
            origin=Import.Origin.COMMAND,
            caller=caller,
        )
        answers = _answers(
            record, source=source, channel=channel, currency=currency, timezone=timezone, maps=maps or []
        )
        for field, column in sorted(answers.mapping.items()):
            if column is not None:
                say(f"  {field:<18} {column}")
        # The same jobs as the screens', done here at once. A worker that is quicker is waited for.
        try:
            job = services.request_check(record.pk, answers=answers, caller=caller)
        except MappingInvalid as error:
            for fault in error.errors:
                say(f"  {fault.where}: {fault.code} {fault.params or ''}")
            services.remove(record.pk, caller=caller)
            raise
        checks.perform(job_id=job.pk, import_id=record.pk)
        record = _expect(record.pk, Import.State.CHECKED)
        _show_check(record)
        if refused_to is not None:
            refused_to.write_bytes(b"".join(refusals.as_csv(record, language="en")))
            say(f"refused rows are in {refused_to}")
        if not yes and not typer.confirm("Import these?", err=True):
            services.remove(record.pk, caller=caller)
            raise typer.Exit(1)
        job = services.start(record.pk, refused="refuse_all" if refuse_all else "keep_good", caller=caller)
        runs.perform(job_id=job.pk, import_id=record.pk)
        _show_result(_expect(record.pk, Import.State.DONE))


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk


def _answers(
    record: Import,
    *,
    source: str | None,
    channel: str | None,
    currency: str | None,
    timezone: str | None,
    maps: list[str],
) -> Answers:
    from huike.imports.answers import Answers

    proposed: dict[str, Any] = dict(record.questions)
    told_source = proposed.pop("source")
    mapping = dict(record.mapping_proposed)
    for entry in maps:
        field, _, column = entry.partition("=")
        mapping[field] = column or None
    proposed |= {key: value for key, value in {"currency": currency, "timezone": timezone}.items() if value}
    return Answers(
        mapping=mapping,
        source_key=source or told_source["key"],
        source_name=source or told_source["name"],
        channel=channel or told_source["channel"],
        **proposed,
    )


def _expect(import_id: int, state: str) -> Import:
    from huike.imports.models import Import

    record = Import.objects.get(pk=import_id)
    if record.state != state:
        detail = record.error_params.get("detail") or record.error_code or record.state
        say(f"huike: the import ended here: {detail}")
        raise typer.Exit(1)
    return record


def _show_check(record: Import) -> None:
    report = record.check_report
    say(f"{report['rows']} rows: {report['ok_rows']} good, {report['refused_rows']} refused")
    for reason in report["reasons"]:
        params = reason["params"]
        where = f" in {params['column']}" if params["column"] else ""
        count, row, value = reason["count"], reason["example_row"], params["value"]
        say(f"  {count:>8}  {reason['code']}{where}, first in row {row}: {value!r}")
    if not report["date_order_certain"]:
        say(f"  dates are read as {report['date_order'].replace('_', ' ')}; nothing in the file says so for certain")
    for name, value in report["totals"].items():
        say(f"  {name:<24} {value}")


def _show_result(record: Import) -> None:
    for name, value in record.result.items():
        if name != "totals":
            say(f"  {name:<24} {value}")
    say("imported")


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)
