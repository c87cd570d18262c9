"""What the file itself tells the timeline: tags, notes, changes, each with who did it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from huike.customers import services, tasks, timeline
from huike.customers.merging.services import merge_customers, undo_merge
from huike.customers.models import TagChange
from huike.customers.notes.services import take_back_note, write_note
from huike.customers.services import CustomerDraft
from huike.customers.tags import services as tags
from huike.kernel.scope import EVERYTHING
from huike.platform import jobs
from huike.platform.audit import SYSTEM, Actor
from huike.staff.rules import Role
from tests.people import signed_in
from tests.tills import NOW

LIN = Actor("user", 7, "Lin")

pytestmark = pytest.mark.django_db


def customer(name: str = "", **told: Any) -> int:
    return int(services.create_customer(CustomerDraft(name=name, **told), actor=LIN, scope=EVERYTHING).pk)


def told(customer_id: int, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """(title code, parameters), oldest first."""
    entries = timeline.page(customer_id, kinds=kinds, cursor=None, limit=100).items
    return [(entry.title_code, entry.params) for entry in reversed(entries)]


def test_each_tag_that_came_or_went_is_told_with_who_did_it_whatever_the_way() -> None:
    person = customer("a", tags=["vip"])
    services.tag_customers([person], add=["tea"], remove=["vip"], actor=LIN, scope=EVERYTHING)
    tags.put_by_rule("回头客", [person])
    tags.take_by_rule("回头客", [person])
    renaming = jobs.create(kind="customers.rename_tag", title_params={}, requested_by_id=None)
    tasks.replace_tag(job_id=renaming.pk, name="tea", to="茶客", by="Lin")
    services.update_customer(person, {"tags": []}, actor=SYSTEM, scope=EVERYTHING)
    assert [(code, params["tag"], params["by"]) for code, params in told(person, "tag")] == [
        ("timeline.tag.put", "vip", "Lin"),
        ("timeline.tag.taken", "vip", "Lin"),
        ("timeline.tag.put", "tea", "Lin"),
        ("timeline.tag.put_by_rule", "回头客", "@rule"),
        ("timeline.tag.taken_by_rule", "回头客", "@rule"),
        ("timeline.tag.taken", "tea", "Lin"),
        ("timeline.tag.put", "茶客", "Lin"),
        ("timeline.tag.taken", "茶客", "system"),
    ]


def test_a_change_that_is_rolled_back_and_one_that_changes_no_tag_are_not_told() -> None:
    person = customer("a", tags=["vip"])
    with transaction.atomic():
        services.tag_customers([person], add=["tea"], remove=[], actor=LIN, scope=EVERYTHING)
        transaction.set_rollback(True)
    services.tag_customers([person], add=["vip"], remove=["tea"], actor=LIN, scope=EVERYTHING)
    assert TagChange.objects.count() == 1


def test_notes_stand_on_the_timeline_until_they_are_taken_back() -> None:
    person = customer("a")
    short = write_note(person, text="喜欢乌龙", actor=LIN, scope=EVERYTHING)
    write_note(person, text="长" * 301, actor=LIN, scope=EVERYTHING)
    assert told(person, "note") == [
        ("timeline.note", {"text": "喜欢乌龙", "by": "Lin"}),
        ("timeline.note", {"text": "长" * 300 + "…", "by": "Lin"}),
    ]
    take_back_note(person, short.pk, actor=LIN, scope=EVERYTHING)
    assert len(told(person, "note")) == 1


def test_who_changed_which_field_is_told_and_no_value_of_it_also_after_a_merge() -> None:
    kept, gone = customer("a"), customer("b")
    services.update_customer(gone, {"city": "杭州", "phone": "13812345678"}, actor=LIN, scope=EVERYTHING)
    changed = ("timeline.change.fields", {"fields": ["city", "phone"], "by": "Lin"})
    assert told(kept, "change") == [("timeline.change.created", {"fields": [], "by": "Lin"})]
    done = merge_customers(kept, gone, survivor_id=kept, actor=LIN, scope=EVERYTHING, now=NOW)
    assert changed in told(kept, "change")
    undo_merge(done.pk, actor=LIN, scope=EVERYTHING, now=NOW)
    assert changed not in told(kept, "change")
    assert changed in told(gone, "change")


def test_the_timeline_of_the_api_shows_them_to_whoever_may_read_the_file() -> None:
    person = customer("a", tags=["vip"])
    clerk = signed_in(Role.SERVICE)
    assert clerk.post(f"/customers/{person}/notes", {"text": "calls back"}).status_code == 201
    shown = clerk.get(f"/customers/{person}/timeline?kinds=tag,note,change").json()["items"]
    assert sorted(entry["kind"] for entry in shown) == ["change", "note", "tag"]
