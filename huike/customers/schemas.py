"""Bodies of the endpoints about people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from huike.customers import rules
from huike.customers.birthdays import next_birthday
from huike.customers.circles import Circles, circles_of
from huike.customers.fields.schemas import FieldValues
from huike.customers.fields.selectors import Values, specs, values_of
from huike.customers.file_parts import PurchaseTotals, store_names
from huike.customers.identity.regions import region_of
from huike.customers.in_words import lunar_day_of
from huike.customers.listing.built_in import SPECS as BUILT_IN
from huike.customers.models import Channel, ConsentEvent, Customer, IdDocument, Identity, Purpose, Source
from huike.customers.selectors import ORDERS, ConsentLine, CustomerFilter, names_of_customers, source_names
from huike.customers.timeline import Entry
from huike.kernel.scope import Scope
from huike.platform import clock
from huike.platform.config import get_config
from huike.platform.schema import MoneyBody, Schema
from huike.staff.selectors import user_names

Id = Annotated[int, Field(ge=1, lt=2**63)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
Short = Annotated[str, Field(max_length=80)]
Tag = Annotated[str, Field(min_length=1, max_length=40)]
Tags = Annotated[list[Tag], Field(max_length=50)]
CustomerOrder = Annotated[
    str,
    Field(max_length=60, description=f"One of {', '.join(sorted(ORDERS))}; or `field:<key>`, `-field:<key>`"),
]


def _is_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("not an IANA time zone")
    return value


def _is_region(value: str) -> str:
    if value and region_of(value) is None:
        raise ValueError("not a country with telephones")
    return value


def _is_plausible_birth(value: date) -> date:
    if not 1880 <= value.year <= 2200:
        raise ValueError("no living person was born then")
    return value


class NamedRef(Schema):
    id: int
    name: str


class CustomerRow(Schema):
    """A customer in a list; phone and e-mail masked."""

    id: int
    state: Customer.State
    name: str
    phone: str | None
    email: str | None
    gender: Customer.Gender | None
    birth_on: date | None
    language: str | None
    country: str | None
    province: str | None
    city: str | None
    district: str | None
    occupation: str | None
    income: Customer.Income | None
    education: Customer.Education | None
    declared_interests: list[str]
    source: NamedRef | None
    source_channel: str | None
    source_campaign: str | None
    referrer: NamedRef | None
    home_store: NamedRef | None
    household: NamedRef | None
    household_size: int | None = Field(description="Members of other stores are counted too")
    companies: list[NamedRef] = Field(description="Those she acts for, the first first")
    orders_count: int
    returns_count: int
    spent: MoneyBody | None
    first_order_at: datetime | None
    last_order_at: datetime | None
    member_since_at: datetime | None
    tags: list[str]
    stage: Customer.Stage | None
    owner: NamedRef | None
    fields: FieldValues
    field_names: dict[str, str] = Field(description="The names of what reference fields point to, by key")
    created_at: datetime


def customer_rows(customers: Iterable[Customer], *, scope: Scope) -> list[CustomerRow]:
    """The rows of a list as whoever has this scope sees them, with what they point to looked up at once."""
    listed = list(customers)
    values = values_of((customer.pk for customer in listed), scope=scope)
    names = _Names(
        stores=store_names(customer.home_store_id for customer in listed),
        owners=user_names(customer.owner_id for customer in listed if customer.owner_id is not None),
        sources=source_names(customer.source_id for customer in listed),
        referrers=names_of_customers((customer.referrer_id for customer in listed), scope),
    )
    circles = circles_of((customer.pk for customer in listed), scope=scope)
    return [CustomerRow(**_row(customer, names, values[customer.pk], circles)) for customer in listed]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What the ids of the rows of a list name."""

    stores: dict[int, str]
    owners: dict[int, str]
    sources: dict[int, str]
    referrers: dict[int, str]


def _row(customer: Customer, names: _Names, values: Values, circles: Circles) -> dict[str, Any]:
    spent = customer.spent_currency and MoneyBody(amount_minor=customer.spent_minor, currency=customer.spent_currency)
    return {
        "id": customer.pk,
        "state": Customer.State(customer.state),
        "name": customer.name,
        "phone": rules.mask_phone(customer.phone),
        "email": rules.mask_email(customer.email),
        "gender": Customer.Gender(customer.gender) if customer.gender else None,
        "birth_on": customer.birth_on,
        "language": customer.language,
        "country": customer.country,
        "province": customer.province,
        "city": customer.city,
        "district": customer.district,
        "occupation": customer.occupation,
        "income": Customer.Income(customer.income) if customer.income else None,
        "education": Customer.Education(customer.education) if customer.education else None,
        "declared_interests": customer.declared_interests,
        "source": _named(customer.source_id, names.sources),
        "source_channel": customer.source_channel,
        "source_campaign": customer.source_campaign,
        "referrer": _named(customer.referrer_id, names.referrers),
        "home_store": _named(customer.home_store_id, names.stores),
        "household": _named(circles.household_of.get(customer.pk), circles.households),
        "household_size": circles.size_of(customer.pk),
        "companies": [NamedRef(id=id, name=circles.companies[id]) for id in circles.companies_of.get(customer.pk, ())],
        "orders_count": customer.orders_count,
        "returns_count": customer.returns_count,
        "spent": spent or None,
        "first_order_at": customer.first_order_at,
        "last_order_at": customer.last_order_at,
        "member_since_at": customer.member_since_at,
        "tags": customer.tags,
        "stage": customer.stage,
        "owner": _named(customer.owner_id, names.owners),
        "fields": values.fields,
        "field_names": values.names,
        "created_at": customer.created_at,
    }


def _named(id: int | None, names: Mapping[int, str]) -> NamedRef | None:
    return NamedRef(id=id, name=names[id]) if id is not None and id in names else None


class LunarDayBody(Schema):
    """A day of the Chinese calendar as it was told; the year may be unknown."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=30)]
    leap: bool = False
    year: Annotated[int, Field(ge=1900, le=2098)] | None = None


class IdDocumentOut(Schema):
    """A document that is kept; its number masked."""

    kind: IdDocument.Kind
    shown: str

    @classmethod
    def of(cls, document: IdDocument) -> IdDocumentOut:
        return cls(kind=IdDocument.Kind(document.kind), shown=document.shown)


class IdentityOut(Schema):
    kind: Identity.Kind
    value: str
    source: NamedRef | None
    verified: bool


class ConsentOut(Schema):
    channel: Channel
    purpose: Purpose
    state: ConsentEvent.State
    given_at: datetime
    how: str

    @classmethod
    def of(cls, line: ConsentLine) -> ConsentOut:
        return cls(
            channel=Channel(line.channel),
            purpose=Purpose(line.purpose),
            state=ConsentEvent.State(line.state),
            given_at=line.given_at,
            how=line.how,
        )


class TotalsOut(Schema):
    currency: str
    orders_count: int
    returns_count: int
    net_minor: int
    average_minor: int | None
    first_at: datetime | None
    last_at: datetime | None

    @classmethod
    def of(cls, totals: PurchaseTotals) -> TotalsOut:
        return cls.model_validate(totals)


class CustomerFile(CustomerRow):
    """Everything on one person's file; personal data masked."""

    card_number: str | None
    birth_lunar: LunarDayBody | None
    next_birthday_on: date | None = Field(description="The next solar date of her birthday, solar or lunar as told")
    has_address: bool
    latitude: Decimal | None
    longitude: Decimal | None
    id_document: IdDocumentOut | None
    automatic_tags: list[str] = Field(description="Those of the tags that a rule put there")
    notes: str
    identities: list[IdentityOut]
    consents: list[ConsentOut]
    totals: list[TotalsOut]
    updated_at: datetime


def customer_file(
    customer: Customer,
    *,
    identities: Iterable[Identity],
    consents: Iterable[ConsentLine],
    totals: Iterable[PurchaseTotals],
    id_document: IdDocument | None,
    automatic_tags: Iterable[str],
    scope: Scope,
) -> CustomerFile:
    lunar = lunar_day_of(customer)
    return CustomerFile(
        **customer_rows([customer], scope=scope)[0].model_dump(),
        card_number=rules.mask_card(customer.card_number),
        birth_lunar=LunarDayBody(**asdict(lunar)) if lunar else None,
        next_birthday_on=next_birthday(
            today=clock.now().astimezone(get_config().zone).date(), born_on=customer.birth_on, lunar=lunar
        ),
        has_address=bool(customer.address),
        latitude=customer.latitude,
        longitude=customer.longitude,
        id_document=IdDocumentOut.of(id_document) if id_document else None,
        automatic_tags=sorted(automatic_tags),
        notes=customer.notes,
        identities=[
            IdentityOut(
                kind=Identity.Kind(row.kind),
                value=rules.mask_identity(row.kind, row.value),
                source=NamedRef(id=row.source.pk, name=row.source.name) if row.source else None,
                verified=row.verified,
            )
            for row in identities
        ],
        consents=[ConsentOut.of(line) for line in consents],
        totals=[TotalsOut.of(row) for row in totals],
        updated_at=customer.updated_at,
    )


class CustomerIn(Schema):
    """A new file. Nothing is required, but a file without name and identity helps nobody: one of them must be there."""

    name: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=40)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    card_number: Annotated[str, Field(max_length=60)] | None = None
    gender: Customer.Gender | None = None
    birth_on: Annotated[date, AfterValidator(_is_plausible_birth)] | None = None
    birth_lunar: LunarDayBody | None = None
    language: Literal["zh-CN", "en"] | None = None
    country: Short | None = None
    province: Short | None = None
    city: Short | None = None
    district: Short | None = None
    address: Annotated[str, Field(max_length=300)] | None = None
    latitude: Annotated[Decimal, Field(ge=-90, le=90, decimal_places=6)] | None = None
    longitude: Annotated[Decimal, Field(ge=-180, le=180, decimal_places=6)] | None = None
    occupation: Short | None = None
    income: Customer.Income | None = None
    education: Customer.Education | None = None
    declared_interests: Tags = []
    stage: Customer.Stage | None = None
    source_campaign: Annotated[str, Field(max_length=120)] | None = None
    referrer_id: Id | None = None
    owner_id: Id | None = None
    notes: Annotated[str, Field(max_length=10_000)] = ""
    tags: Tags = []
    home_store_id: Id | None = None
    member_since_at: AwareDatetime | None = None
    fields: FieldValues = {}

    @model_validator(mode="after")
    def _somebody(self) -> CustomerIn:
        if not (self.name or self.phone or self.email or self.card_number):
            raise ValueError("a customer needs a name, a phone, an e-mail or a card")
        return self


class CustomerChange(Schema):
    """Only the members that are sent change; `null` empties one."""

    name: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=40)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    card_number: Annotated[str, Field(max_length=60)] | None = None
    gender: Customer.Gender | None = None
    birth_on: Annotated[date, AfterValidator(_is_plausible_birth)] | None = None
    birth_lunar: LunarDayBody | None = None
    language: Literal["zh-CN", "en"] | None = None
    country: Short | None = None
    province: Short | None = None
    city: Short | None = None
    district: Short | None = None
    address: Annotated[str, Field(max_length=300)] | None = None
    latitude: Annotated[Decimal, Field(ge=-90, le=90, decimal_places=6)] | None = None
    longitude: Annotated[Decimal, Field(ge=-180, le=180, decimal_places=6)] | None = None
    occupation: Short | None = None
    income: Customer.Income | None = None
    education: Customer.Education | None = None
    declared_interests: Tags = []
    stage: Customer.Stage | None = None
    source_campaign: Annotated[str, Field(max_length=120)] | None = None
    referrer_id: Id | None = None
    owner_id: Id | None = None
    notes: Annotated[str, Field(max_length=10_000)] = ""
    tags: Tags = []
    home_store_id: Id | None = None
    member_since_at: AwareDatetime | None = None
    fields: FieldValues = {}


class CustomerFilterIn(Schema):
    """What narrows the list of customers; all that are given must hold."""

    q: (
        Annotated[
            str,
            Field(
                max_length=200,
                description="Beginning of a name, its pinyin or initials; e-mail; phone or its last four digits; card",
            ),
        ]
        | None
    ) = None
    state: Customer.State | None = None
    city: Short | None = None
    home_store_id: Id | None = None
    source_id: Id | None = None
    owner_id: Id | None = None
    stage: Customer.Stage | None = None
    has_email: bool | None = None
    has_phone: bool | None = None
    min_orders: Count | None = None
    max_orders: Count | None = None
    last_order_before: AwareDatetime | None = None
    last_order_after: AwareDatetime | None = None
    member: bool | None = None
    tag: Annotated[str, Field(max_length=40)] | None = None
    where: Annotated[
        list[Annotated[str, Field(max_length=600)]],
        Field(
            max_length=20,
            description=f"On any field as `key:op:value`, such as `level:eq:gold`, `spent:gte:50000` (minor units),"
            f" `tags:eq:vip`. Built-in keys: {', '.join(BUILT_IN)}",
        ),
    ] = []

    def narrowing(self) -> CustomerFilter:
        told = {name: getattr(self, name) for name in CustomerFilterIn.model_fields}
        return CustomerFilter(**told | {"where": tuple(self.where)})


class CustomerListIn(CustomerFilterIn):
    order: CustomerOrder = "-created_at"
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class UnmaskIn(Schema):
    reason: Annotated[str, Field(min_length=2, max_length=300)]


class IdentityInClear(Schema):
    kind: Identity.Kind
    value: str


class IdNumberInClear(Schema):
    kind: str
    number: str


class UnmaskedOut(Schema):
    name: str
    phone: str | None
    email: str | None
    address: str | None
    card_number: str | None
    id_number: IdNumberInClear | None
    identities: list[IdentityInClear]


class ConsentIn(Schema):
    """What the person said, now or at `given_at`."""

    channel: Channel
    purpose: Purpose
    state: ConsentEvent.State
    how: Annotated[str, Field(min_length=1, max_length=60)]
    given_at: AwareDatetime | None = None
    wording_version: Annotated[str, Field(max_length=60)] = ""


class ConsentEventOut(Schema):
    id: int
    channel: Channel
    purpose: Purpose
    state: ConsentEvent.State
    given_at: datetime
    how: str
    wording_version: str
    recorded_at: datetime


class TimelineEntryOut(Schema):
    at: datetime
    kind: str
    id: int
    title_code: str
    params: dict[str, Any]
    link: str | None

    @classmethod
    def of(cls, entry: Entry) -> TimelineEntryOut:
        return cls.model_validate(entry)


class TagsIn(Schema):
    """Whose tags change: a handful, while the request waits. Of more people, see `change_selection`."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=5_000)]
    add: Tags = []
    remove: Tags = []

    @model_validator(mode="after")
    def _something(self) -> TagsIn:
        if not self.add and not self.remove:
            raise ValueError("name a tag to add or to remove")
        return self


class ChangedOut(Schema):
    changed: int


class CustomerCountOut(Schema):
    count: int


class SourceIn(Schema):
    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    channel: Literal["pos", "web", "app", "wechat", "marketplace", "group_buy", "phone", "company"]
    timezone: Annotated[str, AfterValidator(_is_zone)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$|^$"), AfterValidator(_is_region)] = ""


class SourceOut(Schema):
    id: int
    key: str
    name: str
    channel: str
    timezone: str
    currency: str
    phone_region: str

    @classmethod
    def of(cls, source: Source) -> SourceOut:
        return cls.model_validate(source)


EXPORT_COLUMNS = (
    "id",
    "name",
    "phone",
    "email",
    "card_number",
    "gender",
    "birth_on",
    "birth_lunar",
    "language",
    "country",
    "province",
    "city",
    "district",
    "latitude",
    "longitude",
    "occupation",
    "income",
    "education",
    "interests",
    "tags",
    "stage",
    "owner",
    "home_store",
    "household",
    "household_size",
    "companies",
    "source",
    "source_channel",
    "source_campaign",
    "referrer",
    "orders_count",
    "returns_count",
    "spent",
    "spent_currency",
    "first_order_at",
    "last_order_at",
    "member_since_at",
    "created_at",
)


class ExportIn(Schema):
    filter: CustomerFilterIn = CustomerFilterIn()
    selection_id: Id | None = Field(None, description="A selection made before; `filter` is not looked at then")
    columns: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(
            min_length=1,
            max_length=len(EXPORT_COLUMNS) + 200,
            description=f"Of {', '.join(EXPORT_COLUMNS)}, and `fields.<key>` for the operator's own fields",
        ),
    ] = list(EXPORT_COLUMNS)
    format: Literal["csv", "xlsx"] = "csv"

    @model_validator(mode="after")
    def _known_columns(self) -> ExportIn:
        known = {*EXPORT_COLUMNS, *(f"fields.{key}" for key in specs())}
        unknown = sorted(set(self.columns) - known)
        if unknown:
            raise ValueError(f"unknown columns: {', '.join(unknown)}")
        return self
