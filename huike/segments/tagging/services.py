"""Keeping the rules, and running them."""

from __future__ import annotations

from itertools import islice

from django.db import transaction

from huike.customers.rules import normalise_tag
from huike.customers.tags import services as tags
from huike.platform import audit, clock
from huike.platform.audit import Actor
from huike.segments.errors import SegmentNotRefreshed, TagRuleNotFound, TagRuleTaken
from huike.segments.models import TagRule
from huike.segments.selectors import find_segment, members_of

_BATCH = 20_000


def list_rules() -> list[TagRule]:
    return list(TagRule.objects.select_related("segment").defer("segment__rule").order_by("tag"))


def set_rule(tag: str, segment_id: int, *, actor: Actor) -> TagRule:
    """From now on the members of this segment carry the tag; its first run begins at once.

    Raises SegmentNotFound, TagInvalid, TagRuleTaken where another segment gives the tag.
    """
    from huike.segments.tasks import run_tag_rule

    segment = find_segment(segment_id)
    name = normalise_tag(tag)
    with transaction.atomic():
        tags.ensure(name)
        rule, made = TagRule.objects.get_or_create(tag=name, defaults={"segment": segment})
        if not made and rule.segment_id != segment_id:
            raise TagRuleTaken(tag=name)
        audit.record(actor, "set_tag_rule", subject_kind="segment", subject_id=segment_id, details={"tag": name})
        run_tag_rule.configure(lock=f"tag rule:{rule.pk}").defer(rule_id=rule.pk)
    return rule


def delete_rule(rule_id: int, *, actor: Actor) -> int:
    """End a rule and take the tag off every file on which it put it; how many. Raises TagRuleNotFound."""
    with transaction.atomic():
        rule = TagRule.objects.select_for_update().filter(pk=rule_id).first()
        if rule is None:
            raise TagRuleNotFound
        taken = _take_from_others(rule.tag, frozenset())
        audit.record(
            actor, "delete_tag_rule", subject_kind="segment", subject_id=rule.segment_id, details={"tag": rule.tag}
        )
        rule.delete()
    return taken


def run(rule_id: int) -> TagRule | None:
    """Make the tag agree with the latest member list. Nothing to do for a rule that is gone or a segment without a
    list.

    Run twice it changes nothing more; killed in the middle, the next run goes on.
    """
    rule = TagRule.objects.filter(pk=rule_id).first()
    if rule is None:
        return None
    try:
        snapshot, members = members_of(rule.segment_id)
    except SegmentNotRefreshed:
        return rule
    put, ids = 0, iter(members)
    while batch := list(islice(ids, _BATCH)):
        put += tags.put_by_rule(rule.tag, batch)
    taken = _take_from_others(rule.tag, members)
    TagRule.objects.filter(pk=rule_id).update(snapshot=snapshot, ran_at=clock.now(), put=put, taken=taken)
    rule.refresh_from_db()
    return rule


def _take_from_others(tag: str, members: object) -> int:
    taken, last_id = 0, 0
    while marked := tags.marked(tag, after=last_id, limit=_BATCH):
        taken += tags.take_by_rule(tag, [id for id in marked if id not in members])  # type: ignore[operator]  # a set
        last_id = marked[-1]
    return taken
