"""Accounts, lots, transactions and their entries, holds. `docs/algorithms/ledger.md` is the specification.

The database keeps balances from entries by itself (migration 0002); nothing else may change them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.platform.fields import current_xid


class Asset(models.Model):
    """One kind of value: `points:1` of programme 1, `money:CNY` of stored value, `uses:3` of a count card, `deals:CNY`
    of what was paid for group-buying deals."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=60, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_asset"


class Account(models.Model):
    """Of the house, with a name and no kept balance; or of a customer, with a balance in each of four pockets.

    `customer_id` is whose it is now, `opened_for_id` whom it was opened for: two files that become one hold both
    accounts. Both are numbers only: who stands behind them is no concern of the ledger.
    """

    id = models.BigAutoField(primary_key=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, db_index=False)
    name = models.CharField(max_length=40, null=True)
    customer_id = models.BigIntegerField(null=True)
    opened_for_id = models.BigIntegerField(null=True)
    pending = models.BigIntegerField(default=0, db_default=0)
    available = models.BigIntegerField(default=0, db_default=0)
    held = models.BigIntegerField(default=0, db_default=0)
    owed = models.BigIntegerField(default=0, db_default=0)
    frozen_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "ledger_account"
        constraints = [
            models.UniqueConstraint(fields=["asset", "name"], condition=Q(name__isnull=False), name="account_of_house"),
            models.UniqueConstraint(
                fields=["asset", "opened_for_id"], condition=Q(opened_for_id__isnull=False), name="account_opened_once"
            ),
            models.CheckConstraint(
                condition=Q(name__isnull=False, customer_id__isnull=True, opened_for_id__isnull=True)
                | Q(name__isnull=True, customer_id__isnull=False, opened_for_id__isnull=False),
                name="account_has_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(pending__gte=0, available__gte=0, held__gte=0, owed__lte=0), name="account_floor"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer_id", "asset"], condition=Q(customer_id__isnull=False), name="account_of_customer"
            ),
            models.Index(fields=["change_xid"], name="account_change"),
        ]


class Lot(models.Model):
    """Value that came together and goes together. What is left of it in each pocket; `amount` is what came.

    Its `expires_at` never changes; what is given back returns to it. Spent nearest expiry first.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=20)  # `earned`, `bonus`, `paid`: what policies tell apart
    amount = models.BigIntegerField()
    pending = models.BigIntegerField(default=0, db_default=0)
    available = models.BigIntegerField(default=0, db_default=0)
    held = models.BigIntegerField(default=0, db_default=0)
    came_at = models.DateTimeField()
    matures_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "ledger_lot"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="lot_amount"),
            models.CheckConstraint(condition=Q(pending__gte=0, available__gte=0, held__gte=0), name="lot_floor"),
            models.CheckConstraint(
                condition=Q(amount__gte=F("pending") + F("available") + F("held")), name="lot_never_grows"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="lot_of_account"),
            models.Index(
                fields=["expires_at"], condition=Q(available__gt=0, expires_at__isnull=False), name="lot_expiring"
            ),
            models.Index(fields=["matures_at"], condition=Q(pending__gt=0), name="lot_maturing"),
            models.Index(fields=["change_xid"], name="lot_change"),
        ]


class Transaction(models.Model):
    """One thing that happened to value. Never edited: the database refuses update and delete.

    `key` names the operation: the same key twice is the same operation. `reference` is what it happened for
    (`order:12`); `reason` explains it: the version of the terms, the rules that applied, the words of a person.
    """

    class Kind(models.TextChoices):
        EARN = "earn"
        MATURE = "mature"
        BURN = "burn"
        HOLD = "hold"
        SETTLE = "settle"
        RELEASE = "release"
        EXPIRE = "expire"
        ADJUST = "adjust"
        REVERSE = "reverse"
        TRANSFER = "transfer"
        POST = "post"

    id = models.BigAutoField(primary_key=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=200, unique=True)
    input_sha256 = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    posted_at = models.DateTimeField(db_default=Now())
    reference = models.CharField(max_length=120, default="")
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="reversals", db_index=False)
    reason = models.JSONField(default=dict)
    actor = models.CharField(max_length=120, default="")
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "ledger_transaction"
        indexes = [
            models.Index(fields=["reference", "id"], condition=~Q(reference=""), name="transaction_of_reference"),
            models.Index(fields=["reverses"], condition=Q(reverses__isnull=False), name="transaction_reversals"),
            models.Index(fields=["asset", "posted_at"], name="transaction_posted"),
            models.Index(fields=["change_xid"], name="transaction_change"),
        ]


class Entry(models.Model):
    """One side of a transaction: so much into (positive) or out of (negative) a pocket of an account.

    Those of a transaction sum to zero and are written in one statement; both are refused by the database otherwise.
    Never edited.
    """

    class Pocket(models.IntegerChoices):
        HOUSE = 0
        PENDING = 1
        AVAILABLE = 2
        HELD = 3
        OWED = 4

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    pocket = models.SmallIntegerField(choices=Pocket.choices)
    amount = models.BigIntegerField()
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, db_index=False)

    class Meta:
        db_table = "ledger_entry"
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="entry_moves"),
            # House and debt have no lots; all else is of a lot.
            models.CheckConstraint(
                condition=Q(pocket__in=[0, 4], lot__isnull=True) | Q(pocket__in=[1, 2, 3], lot__isnull=False),
                name="entry_of_a_lot",
            ),
        ]
        indexes = [
            models.Index(fields=["transaction"], name="entry_of_transaction"),
            models.Index(fields=["account", "id"], name="entry_of_account"),
            models.Index(fields=["lot", "id"], condition=Q(lot__isnull=False), name="entry_of_lot"),
        ]


class Hold(models.Model):
    """Value set apart, by the transaction `hold`, until it is settled, released or its time is over."""

    class State(models.TextChoices):
        HELD = "held"
        SETTLED = "settled"
        RELEASED = "released"
        TIMED_OUT = "timed_out"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200, unique=True)
    hold = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="+")
    customer_id = models.BigIntegerField()
    amount = models.BigIntegerField()
    settled = models.BigIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.HELD)
    until_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ledger_hold"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, settled__gte=0, settled__lte=F("amount")), name="hold_amounts"
            ),
            models.CheckConstraint(
                condition=Q(state="held", ended_at__isnull=True) | ~Q(state="held") & Q(ended_at__isnull=False),
                name="hold_ends_once",
            ),
        ]
        indexes = [models.Index(fields=["until_at"], condition=Q(state="held"), name="hold_ending")]


class Proof(models.Model):
    """One look at all the books: how much there was, and what was not as it must be (`selectors.Fault`)."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    transactions = models.BigIntegerField()
    entries = models.BigIntegerField()
    faults = models.JSONField(default=list)
    seconds = models.FloatField()

    class Meta:
        db_table = "ledger_proof"
