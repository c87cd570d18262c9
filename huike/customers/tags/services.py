"""Reads and writes of tags. A tag used on a file that is not in the catalogue is shown there without colour or
meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction

from huike.customers import rules
from huike.customers.errors import TagInvalid, TagNotFound, TagsNeedAllStores
from huike.customers.listing.built_in import in_list
from huike.customers.models import AutomaticTag, Customer, Tag
from huike.kernel.scope import Scope
from huike.platform import audit, clock, jobs, locks
from huike.platform.audit import Actor
from huike.platform.jobs import Progress
from huike.platform.models import Job
from huike.staff.access import Principal

COLOURS = ("grey", "red", "orange", "gold", "green", "teal", "blue", "purple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A tag with the number of visible files that carry it, and of those on which a rule put it."""

    name: str
    colour: str
    description: str
    customers: int
    automatic: int


BY_RULE, BY_IMPORT = "@rule", "@import"


def say_who(by: str) -> None:
    """Whoever changes tags in the rest of this transaction: a colleague's label, BY_RULE or BY_IMPORT."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('huike.tags_by', %s, true)", [by[:120]])


def catalogue(*, scope: Scope) -> list[Listed]:
    """Every tag that is described or carried, by name."""
    described = {tag.name: tag for tag in Tag.objects.all()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tag, count(*) FROM customers_customer c CROSS JOIN jsonb_array_elements_text(c.tags) tag "
            "WHERE c.state <> 'merged' AND (%s OR c.home_store_id = ANY(%s)) GROUP BY tag",
            [scope.all_stores, sorted(scope.store_ids)],
        )
        carried = dict(cursor.fetchall())
        cursor.execute(
            "SELECT t.name, count(*) FROM customers_automatic_tag a JOIN customers_tag t ON t.id = a.tag_id "
            "GROUP BY t.name"
        )
        automatic = dict(cursor.fetchall())
    return [
        Listed(
            name=name,
            colour=described[name].colour if name in described else "grey",
            description=described[name].description if name in described else "",
            customers=carried.get(name, 0),
            automatic=automatic.get(name, 0) if scope.all_stores else 0,
        )
        for name in sorted({*described, *carried})
    ]


def describe(name: str, *, colour: str, description: str, actor: Actor) -> Tag:
    """Give a tag its colour and meaning, making it where there is none. Raises TagInvalid."""
    name = _sound(name)
    with transaction.atomic():
        tag, _ = Tag.objects.update_or_create(name=name, defaults={"colour": colour, "description": description})
        audit.record(actor, "describe_tag", subject_kind="tag", subject_id=tag.pk)
    return tag


def ensure(name: str) -> Tag:
    """The tag of this name, made where there is none. Raises TagInvalid."""
    return Tag.objects.get_or_create(name=_sound(name))[0]


def rename(name: str, to: str, *, principal: Principal) -> Job:
    """Queue calling a tag something else on every file; where `to` is a tag already, the two become one.

    Raises TagInvalid, TagNotFound, TagsNeedAllStores.
    """
    return _queue_replacing(name, _sound(to), kind="customers.rename_tag", principal=principal)


def delete(name: str, *, principal: Principal) -> Job:
    """Queue taking a tag off every file and out of the catalogue. Raises TagNotFound, TagsNeedAllStores."""
    return _queue_replacing(name, None, kind="customers.delete_tag", principal=principal)


def _queue_replacing(name: str, to: str | None, *, kind: str, principal: Principal) -> Job:
    from huike.customers.tasks import replace_tag  # tasks import this module

    _refuse_part(principal.scope)
    with transaction.atomic():
        _refuse_unknown(name)
        job = jobs.create(
            kind=kind,
            title_params={"name": name, "to": to},
            requested_by_id=principal.user_id,
            requested_by_key_id=principal.key_id,
        )
        audit.record(
            principal.actor,
            kind.removeprefix("customers."),
            subject_kind="job",
            subject_id=job.pk,
            details={"name": name} if to is None else {"from": name, "to": to},
        )
        replace_tag.defer(job_id=job.pk, name=name, to=to, by=principal.actor.label)
    return job


def replace_everywhere(progress: Progress, *, name: str, to: str | None, by: str) -> None:
    """Change every file that carries `name`, a batch in each transaction, then the catalogue.

    Files that were changed carry the tag no longer, so that a run after a crash finds what is left. Cancelled, it
    leaves both names in use. Whoever puts the old name on a file meanwhile has it changed with the last batch.
    """
    if to == name:
        return
    total = Customer.objects.filter(in_list("tags", name)).count()
    changed, after = 0, 0
    while ids := _carrying(name, after=after):
        locks.again_after_deadlock(partial(_replace, name, [] if to is None else [to], ids, by))
        changed, after = changed + len(ids), ids[-1]
        progress.report(done=changed, total=total, phase="changing")
    with transaction.atomic():
        changed += _replace(name, [] if to is None else [to], _carrying(name, after=0), by)
        _settle(name, to)
    progress.report(done=changed, total=changed, phase="changing", force=True)
    progress.result = {"changed": changed}


def _settle(name: str, to: str | None) -> None:
    """The catalogue after the files: the tag goes, takes its new name, or becomes the other one."""
    tag, other = Tag.objects.filter(name=name).first(), Tag.objects.filter(name=to).first()
    if tag is None:
        return
    if to is None:
        tag.delete()
    elif other is None:
        tag.name = to
        tag.save(update_fields=["name"])
    else:
        _move_marks(tag, other)
        tag.delete()


_REPLACED_AT_ONCE = 2_000


def _carrying(name: str, *, after: int) -> list[int]:
    carrying = Customer.objects.filter(in_list("tags", name), pk__gt=after).order_by("pk")
    return list(carrying.values_list("pk", flat=True)[:_REPLACED_AT_ONCE])


def _sound(name: str) -> str:
    sound = rules.normalise_tag(name)
    if not sound:
        raise TagInvalid
    return sound


def _refuse_part(scope: Scope) -> None:
    if not scope.all_stores:
        raise TagsNeedAllStores


def _refuse_unknown(name: str) -> None:
    if not Tag.objects.filter(name=name).exists() and not Customer.objects.filter(in_list("tags", name)).exists():
        raise TagNotFound


# SQL of a list of tags, each once and sorted by code point as rules.merge_tags does.
TAGS_OF = """(SELECT coalesce(jsonb_agg(DISTINCT tag ORDER BY tag), '[]')
                 FROM (SELECT jsonb_array_elements_text({}) COLLATE "C" AS tag) t)"""


def _replace(name: str, others: Sequence[str], customer_ids: Sequence[int], by: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        say_who(by)
        cursor.execute(
            "SELECT FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(customer_ids)]
        )
        cursor.execute(
            f"UPDATE customers_customer SET tags = {TAGS_OF.format('(tags - %s) || to_jsonb(%s::text[])')}, "  # noqa: S608
            "updated_at = now() WHERE id = ANY(%s) AND tags @> to_jsonb(%s::text[])",
            [name, list(others), list(customer_ids), [name]],
        )
        return int(cursor.rowcount)


def _move_marks(tag: Tag, other: Tag) -> None:
    """A file that carries the other tag by hand keeps it by hand."""
    both = AutomaticTag.objects.filter(tag=other).values("customer_id")
    AutomaticTag.objects.filter(tag=tag, customer_id__in=both).delete()
    AutomaticTag.objects.filter(tag=tag).update(tag=other)


def automatic_tags_of(customer_id: int) -> list[str]:
    """Those of a person's tags that a rule put there."""
    return list(AutomaticTag.objects.filter(customer_id=customer_id).values_list("tag__name", flat=True))


def make_manual(customer_ids: Iterable[int], names: Iterable[str]) -> None:
    """Forget that a rule put these tags on these files: a person spoke."""
    names = list(names)
    if names:
        AutomaticTag.objects.filter(customer_id__in=list(customer_ids), tag__name__in=names).delete()


def put_by_rule(name: str, customer_ids: Sequence[int]) -> int:
    """Put the tag on those of these files that do not carry it, and mark it as the rule's; how many."""
    tag = ensure(name)
    with transaction.atomic(), connection.cursor() as cursor:
        say_who(BY_RULE)
        cursor.execute(
            f"""
            UPDATE customers_customer SET tags = {TAGS_OF.format("tags || to_jsonb(%s::text[])")}, updated_at = now()
             WHERE id = ANY(%s) AND state = 'active' AND NOT tags @> to_jsonb(%s::text[])
            RETURNING id
            """,  # noqa: S608 - our own SQL
            [[name], list(customer_ids), [name]],
        )
        put = [row[0] for row in cursor.fetchall()]
        now = clock.now()
        AutomaticTag.objects.bulk_create(
            [AutomaticTag(customer_id=customer_id, tag=tag, put_at=now) for customer_id in put],
            batch_size=5_000,
            ignore_conflicts=True,
        )
    return len(put)


def take_by_rule(name: str, customer_ids: Sequence[int]) -> int:
    """Take the tag off those of these files on which a rule put it; how many."""
    marks = AutomaticTag.objects.filter(tag__name=name, customer_id__in=list(customer_ids))
    with transaction.atomic(), connection.cursor() as cursor:
        say_who(BY_RULE)
        ids = list(marks.select_for_update(of=("self",)).values_list("customer_id", flat=True))
        cursor.execute(
            "UPDATE customers_customer SET tags = tags - %s, updated_at = now() WHERE id = ANY(%s)", [name, ids]
        )
        AutomaticTag.objects.filter(tag__name=name, customer_id__in=ids).delete()
    return len(ids)


def marked(name: str, *, after: int, limit: int) -> list[int]:
    """Customers on whose files a rule put this tag, by id."""
    marks = AutomaticTag.objects.filter(tag__name=name, customer_id__gt=after).order_by("customer_id")
    return list(marks.values_list("customer_id", flat=True)[:limit])
