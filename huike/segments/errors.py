"""What can be wrong with a rule or a segment."""

from __future__ import annotations

from huike.kernel.errors import Conflict, HuikeError, Invalid, NotFound


class RuleInvalid(Invalid):
    """`errors` names each faulty node by its path: `root.all.1.bought.window`."""

    code = "segment.rule_invalid"
    title = "The rule cannot be understood"


class SegmentNotFound(NotFound):
    code = "segment.not_found"
    title = "There is no such segment"


class SegmentInCircle(Conflict):
    code = "segment.in_circle"
    title = "The segments would each be part of the other"


class SegmentInUse(Conflict):
    """`names` are the segments whose rules speak of it."""

    code = "segment.in_use"
    title = "Other segments speak of this one; change them first"


class SegmentNameTaken(Conflict):
    code = "segment.name_taken"
    title = "Another segment has this name"


class SegmentChangedMeanwhile(Conflict):
    """`version` is that of the rule which is there."""

    code = "segment.changed_meanwhile"
    title = "The segment's rule was changed meanwhile"


class SegmentNotRefreshed(Conflict):
    code = "segment.not_refreshed"
    title = "The segment has no member list yet; refresh it first"


class SegmentScopeLimited(HuikeError):
    code = "segment.scope_limited"
    status = 403
    title = "Only people who see all stores may do this with a segment"


class FieldUnknown(NotFound):
    code = "segment.field_unknown"
    title = "There is no such field"


class TagRuleNotFound(NotFound):
    code = "tag_rule.not_found"
    title = "There is no such rule"


class TagRuleTaken(Conflict):
    code = "tag_rule.taken"
    title = "Another segment gives this tag already; end that rule first"


class FixedListStands(Conflict):
    code = "segment.fixed"
    title = "A fixed list has no rule to change and no schedule; it holds the people it was given"


class SnapshotNotFound(NotFound):
    code = "segment.snapshot_not_found"
    title = "There is no such member list of this segment"


class MovesForgotten(NotFound):
    code = "segment.moves_forgotten"
    title = "Who entered and left then is no longer kept"


class TooManySegments(Invalid):
    code = "segment.too_many"
    title = "Too many segments at once, or one of them twice"


class NobodyListed(Invalid):
    code = "segment.nobody_listed"
    title = "None of these numbers is a customer's you see"
