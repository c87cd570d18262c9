"""The file of a person, the systems people come from, and the identifiers a person is known by."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Collate, Now

from huike.platform.fields import current_xid

# Texts the list is narrowed by, whole or by their beginning whatever the database's collation.
NARROWED_BY = (
    "stage",
    "gender",
    "language",
    "province",
    "city",
    "district",
    "occupation",
    "income",
    "education",
    "source_channel",
    "source_campaign",
)


class Source(models.Model):
    """A system that people and orders come from: a till, a shop, a group-buy site, a file of one of these."""

    id = models.BigAutoField(primary_key=True)
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=12, default="pos")
    timezone = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    phone_region = models.CharField(max_length=2, default="", db_default="")  # of numbers told without country code
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_source"


class Customer(models.Model):
    """One person. The purchase figures are a projection kept by `orders` in the transaction of each order.

    `home_store_id` and `owner_id` point to a store of `catalog` and a user of `staff`; they carry no foreign key
    because those rooms do not depend on this one nor it on them.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        MERGED = "merged"
        ERASED = "erased"

    class Gender(models.TextChoices):
        FEMALE = "female"
        MALE = "male"
        OTHER = "other"

    class Income(models.TextChoices):
        """Of a month, in the operator's currency."""

        UNDER_5K = "under_5k"
        FROM_5K = "5k_10k"
        FROM_10K = "10k_20k"
        FROM_20K = "20k_50k"
        OVER_50K = "over_50k"

    class Education(models.TextChoices):
        SCHOOL = "school"
        VOCATIONAL = "vocational"
        BACHELOR = "bachelor"
        MASTER = "master"
        DOCTOR = "doctor"

    class Stage(models.TextChoices):
        """Where somebody stands with the brand, as her owner sees it; figures of purchases are elsewhere."""

        LEAD = "lead"
        PROSPECT = "prospect"
        NEW = "new"
        REGULAR = "regular"
        SLEEPING = "sleeping"
        LOST = "lost"

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    name = models.CharField(max_length=200, default="")
    name_pinyin = models.CharField(max_length=400, default="")
    name_initials = models.CharField(max_length=40, default="", db_default="")
    phone = models.CharField(max_length=20, null=True)
    email = models.CharField(max_length=254, null=True)
    card_number = models.CharField(max_length=40, null=True)
    gender = models.CharField(max_length=6, choices=Gender.choices, null=True)
    birth_on = models.DateField(null=True)
    # A lunar birthday as it was told; the year may be unknown. `birth_on` is then its solar date, or null.
    birth_lunar_year = models.SmallIntegerField(null=True)
    birth_lunar_month = models.SmallIntegerField(null=True)
    birth_lunar_day = models.SmallIntegerField(null=True)
    birth_lunar_leap = models.BooleanField(default=False, db_default=False)
    language = models.CharField(max_length=8, null=True)
    country = models.CharField(max_length=80, null=True)
    province = models.CharField(max_length=80, null=True)
    city = models.CharField(max_length=80, null=True)
    district = models.CharField(max_length=80, null=True)
    address = models.CharField(max_length=300, null=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    occupation = models.CharField(max_length=80, null=True)
    income = models.CharField(max_length=16, choices=Income.choices, null=True)
    education = models.CharField(max_length=16, choices=Education.choices, null=True)
    declared_interests = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    stage = models.CharField(max_length=12, choices=Stage.choices, null=True)
    notes = models.TextField(default="")
    tags = models.JSONField(default=list)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    source_channel = models.CharField(max_length=12, null=True)
    source_campaign = models.CharField(max_length=120, null=True)
    referrer = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    home_store_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    # The file that stands for this one: always the last of a chain, never one that was merged itself.
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="aliases", db_index=False)
    member_since_at = models.DateTimeField(null=True)
    orders_count = models.IntegerField(default=0)
    returns_count = models.IntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)
    spent_currency = models.CharField(max_length=3, null=True)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "customers_customer"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | ~Q(state="merged") & Q(merged_into__isnull=True),
                name="customer_merged_has_heir",
            )
        ]
        indexes = [
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="customer_alias"),
            models.Index(fields=["change_xid"], name="customer_change"),
            models.Index(fields=["phone"], name="customer_phone", opclasses=["text_pattern_ops"]),
            models.Index(fields=["card_number"], name="customer_card"),
            models.Index(fields=["name"], name="customer_name_prefix", opclasses=["text_pattern_ops"]),
            models.Index(fields=["name_initials"], name="customer_initials_prefix", opclasses=["text_pattern_ops"]),
            models.Index(F("last_order_at").desc(nulls_last=True), F("id").desc(), name="customer_last_order"),
            models.Index(fields=["-spent_minor", "-id"], name="customer_spent"),
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            models.Index(fields=["home_store_id", "id"], name="customer_home_store"),
            # What else the list is sorted and narrowed by (docs/algorithms/customer-list.md).
            models.Index(Collate("name_pinyin", "C"), F("id"), name="customer_pinyin_order"),
            models.Index(F("first_order_at").desc(nulls_last=True), F("id").desc(), name="customer_first_order"),
            models.Index(F("member_since_at").desc(nulls_last=True), F("id").desc(), name="customer_member_since"),
            # With all that sorts: who buys seldom also spends little, so that walking another order would be in vain.
            models.Index(
                fields=["orders_count", "id"],
                include=[
                    "state",
                    "home_store_id",
                    "returns_count",
                    "spent_minor",
                    "last_order_at",
                    "first_order_at",
                    "created_at",
                    "member_since_at",
                ],
                name="customer_orders",
            ),
            models.Index(fields=["returns_count", "id"], name="customer_returns"),
            *(
                GinIndex(fields=[column], opclasses=["jsonb_path_ops"], condition=~Q(**{column: []}), name=name)
                for column, name in (("tags", "customer_tags"), ("declared_interests", "customer_interests"))
            ),
            models.Index(fields=["referrer"], condition=Q(referrer__isnull=False), name="customer_referrer"),
            *(
                models.Index(fields=[column], condition=Q(**{f"{column}__isnull": False}), name=f"customer_by_{column}")
                for column in ("owner_id", "birth_on")
            ),
            *(
                models.Index(
                    fields=[column],
                    opclasses=["varchar_pattern_ops"],
                    condition=Q(**{f"{column}__isnull": False}),
                    name=f"customer_by_{column}",
                )
                for column in NARROWED_BY
            ),
        ]


class Identity(models.Model):
    """One identifier of a person, normalised. `source` is set for ids that only mean something at their source.

    Only a verified one names a customer. A released one is history: who had it, from when until when.
    """

    class Kind(models.TextChoices):
        PHONE = "phone"
        EMAIL = "email"
        CARD = "card"
        WECHAT_OPENID = "wechat_openid"
        WECHAT_UNIONID = "wechat_unionid"
        DEVICE = "device"
        EXTERNAL = "external"

    class ReleaseReason(models.TextChoices):
        REPLACED = "replaced"  # the person has another now
        RECYCLED = "recycled"  # the provider gave the number to somebody else
        WRONG = "wrong"  # it never was hers
        SHARED = "shared"  # it is on too many files to mean one person

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    value = models.CharField(max_length=254)
    verified = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=8, choices=ReleaseReason.choices, null=True)

    class Meta:
        db_table = "customers_identity"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source", "value"],
                condition=Q(verified=True),
                nulls_distinct=False,
                name="identity_verified_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="external", source__isnull=False) | ~Q(kind="external"),
                name="identity_external_has_source",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, release_reason__isnull=True)
                | Q(released_at__isnull=False, release_reason__isnull=False, verified=False),
                name="identity_released_names_nobody",
            ),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="identity_lookup")]
