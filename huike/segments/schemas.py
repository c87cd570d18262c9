"""Bodies of the segment endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from huike.customers.schemas import CustomerRow
from huike.platform.schema import Schema
from huike.segments.models import Segment
from huike.segments.sentences import Sentences

RuleDocument = Annotated[
    dict[str, Any],
    Field(
        description=(
            'A rule: `{"version": 1, "as_of": null, "root": Node}`. A node is `{"all": […]}`, `{"any": […]}`, '
            '`{"not": …}`, '
            '`{"field": …, "op": …, "value": …}`, `{"bought": {…}}`, `{"did": {…}}` and other activities, '
            '`{"sequence": {…}}`, `{"segment": id}`, `{"consent": {…}}` or `{"bucket": {…}}`; '
            "faults are answered by the path of the node."
        ),
        examples=[
            {
                "version": 1,
                "as_of": None,
                "root": {
                    "all": [
                        {"field": "city", "op": "in", "value": ["上海", "杭州"]},
                        {
                            "bought": {
                                "measure": "orders",
                                "op": "gte",
                                "value": 2,
                                "window": {"last": {"n": 90, "unit": "days"}},
                            }
                        },
                    ]
                },
            }
        ],
    ),
]


class RuleIn(Schema):
    rule: RuleDocument


_TOPICS = Field(
    description="Topics of `/events`: news with a later `moved_at` than `fresh_at` may make this another answer"
)


class CountIn(Schema):
    rule: RuleDocument
    branches: bool = Field(True, description="Count each node of the tree as well")
    funnel: bool = Field(False, description="Of a root that is an `all`: also how each condition narrows the others")


class BranchCount(Schema):
    path: str = Field(description="The node's place in the rule, such as `root.all.0`")
    count: int


class FunnelStep(Schema):
    path: str = Field(description="The condition's place in the rule, such as `root.all.0`")
    left: int = Field(description="How many match it and those before it")
    without: int = Field(description="How many would match the rule without it alone")


class CountOut(Schema):
    """How many customers match, of how many there are, and how many match each node by itself. `funnel`: the
    conditions of a root that is an `all` in their order, where it was asked for. `topics`: what to listen to for news
    that may make it another count."""

    count: int
    total: int
    branches: list[BranchCount]
    funnel: list[FunnelStep]
    as_of: datetime
    fresh_at: datetime | None
    elapsed_ms: float
    topics: list[str] = _TOPICS


class PreviewIn(Schema):
    rule: RuleDocument
    limit: int = Field(10, ge=1, le=50)


class PreviewOut(Schema):
    """A few of the people who match, the same ones while the rule and the data stay the same."""

    items: list[CustomerRow]
    as_of: datetime
    fresh_at: datetime | None
    topics: list[str] = _TOPICS


class ExplainIn(Schema):
    rule: RuleDocument
    customer_id: int = Field(ge=1, lt=2**63)
    now: bool = Field(False, description="As she is at this moment, in place of the copy that counts are made of")


class Explanation(Schema):
    """Whether one node holds of one customer. `value` is what she has: the field's value (of what is told by id, its
    name), or the measure of her purchases or of an activity; of `sequence` the instants `first_at` and `then_at`; of
    `segment` the names of the segments whose member lists she is on; of `consent` her word (`state`, `given_at`),
    whether there is an `address` and whether it is `suppressed`; of `bucket` her number from 0 to 100."""

    path: str
    kind: str = Field(description="all, any, not, field, bought, sequence, segment, consent, bucket, or an activity")
    holds: bool
    value: Any = None
    children: list[Explanation] = []


class ExplainOut(Schema):
    customer_id: int
    holds: bool
    root: Explanation
    as_of: datetime
    fresh_at: datetime | None
    topics: list[str] = _TOPICS


class SentencePart(Schema):
    model_config = ConfigDict(str_strip_whitespace=False)  # the spaces between words are part of a sentence

    kind: Literal["field", "value", "joint", "words"]
    text: str


class Sentence(Schema):
    """The rule in words; put together, the parts are the sentence: what is asked about (`field`), what it is compared
    with (`value`), what joins conditions (`joint`), and the `words` between."""

    zh: str
    en: str
    zh_parts: list[SentencePart]
    en_parts: list[SentencePart]

    @classmethod
    def of(cls, said: Sentences) -> Sentence:
        return cls(
            zh=said.zh,
            en=said.en,
            zh_parts=[SentencePart(kind=part.kind, text=part.text) for part in said.zh_parts],
            en_parts=[SentencePart(kind=part.kind, text=part.text) for part in said.en_parts],
        )


class NodeInWords(Sentence):
    """One node of the rule by itself."""

    path: str


class RuleInWords(Sentence):
    nodes: list[NodeInWords]


class WordsOut(Schema):
    zh: str
    en: str


class ChoiceOut(Schema):
    value: str
    words: WordsOut


class FieldOut(Schema):
    key: str
    type: str
    group: str
    ops: list[str]
    value_kind: str = Field(description="text or id: what a choice's values are")
    words: WordsOut = Field(description="What it is called; a field of the operator's own alike in both languages")
    choices: list[ChoiceOut] | None = Field(description="The values it may have, where they are few")
    has_values: bool = Field(description="Whether /segments/values lists real values with counts")
    currency: str | None = Field(description="Of an amount that is always in this currency")
    labels: str | None = Field(description="What ids are of: store, product, customer …")


class MeasureOut(Schema):
    key: str
    type: str
    ops: list[str]


class BoughtOut(Schema):
    measures: list[MeasureOut]
    where_fields: list[FieldOut]


class VerbOut(Schema):
    key: str
    words: WordsOut
    none: WordsOut = Field(description="That there was no time at all")
    ahead: bool = Field(description="Whether it may lie in the future, so that a window `next` may be asked")


class ActivityOut(Schema):
    """What may happen to people, as a condition `{key: {"verb", "measure", "op", "value", "where", "window"}}`."""

    key: str
    words: WordsOut
    verbs: list[VerbOut]
    measures: list[MeasureOut] = Field(description="count, sum (of one of `sums` or a property), first_at, last_at")
    sums: list[str] = Field(description="The details that can be summed")
    has_properties: bool = Field(description="Whether `properties.…` can be filtered by and summed")
    where_fields: list[FieldOut]


class SequenceOut(Schema):
    steps: list[str] = Field(description="What a step may be: bought, or the key of an activity")
    units: list[str] = Field(description="Of the time between the steps")


class ReachOut(Schema):
    channels: list[ChoiceOut]
    purposes: list[ChoiceOut]


class WindowsOut(Schema):
    units: list[str]
    calendar_units: list[str]


class CatalogueOut(Schema):
    fields: list[FieldOut]
    archived: list[FieldOut] = Field(
        description="The operator's own that were put away: a rule that asks them still means what it meant"
    )
    bought: BoughtOut
    activities: list[ActivityOut]
    sequence: SequenceOut
    reach: ReachOut
    windows: WindowsOut
    timezone: str = Field(description="The zone in which a day begins")
    currency: str = Field(description="The currency of amounts that name none")


class ValueCount(Schema):
    value: str | int | bool
    label: str
    count: int


class SegmentIn(Schema):
    name: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=1000)
    rule: RuleDocument


class ListedIn(Schema):
    """People told one by one, by the numbers of their files."""

    name: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=1000)
    customer_ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(min_length=1, max_length=50_000)


class SegmentPatch(Schema):
    """`version` is that of the rule the new one was made from, and is told with it."""

    name: str | None = Field(None, min_length=1, max_length=120)
    description: str | None = Field(None, max_length=1000)
    rule: RuleDocument | None = None
    version: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _knows_what_it_changes(self) -> SegmentPatch:
        if self.rule is not None and self.version is None:
            raise PydanticCustomError("segment.version_needed", "Tell the version of the rule this one was made from")
        return self


class SegmentOut(Schema):
    """`count` is that of the latest member list, found to be so at `refreshed_at`; null until there is one. `state`:
    new (the rule has no list yet), refreshing, ready, failed (see `error`)."""

    id: int
    name: str
    description: str
    rule: RuleDocument
    version: int = Field(description="Of the rule; one more with each change of it")
    sentence: Sentence
    kind: Segment.Kind = Field(description="dynamic: asked again by its rule; fixed: a list of people that stays")
    count: int | None
    counted_at: datetime | None
    refreshed_at: datetime | None
    state: Segment.State
    error: str | None = Field(description="The code of what went wrong in the last refresh")
    created_at: datetime
    updated_at: datetime
