"""Batches of card numbers, cards, what happened to them, codes that were used, and phones that keep a card."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models import Customer


class CardBatch(models.Model):
    """Numbers made together. `last_body` is where a batch in sequence ended; None for an unguessable one."""

    class Kind(models.TextChoices):
        PHYSICAL = "physical"
        DIGITAL = "digital"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    prefix = models.CharField(max_length=8)
    length = models.IntegerField()
    unguessable = models.BooleanField()
    count = models.IntegerField()
    last_body = models.BigIntegerField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "loyalty_card_batch"
        constraints = [
            models.CheckConstraint(
                condition=Q(unguessable=True, last_body__isnull=True) | Q(unguessable=False, last_body__isnull=False),
                name="card_batch_in_sequence_ends",
            )
        ]
        indexes = [
            models.Index(fields=["prefix", "length"], name="card_batch_of_prefix"),
            models.Index(fields=["-created_at", "-id"], name="card_batch_newest"),
        ]


class Card(models.Model):
    """One number. Once bound it is its customer's for ever; `replaces` is the card whose place it took."""

    class State(models.TextChoices):
        MADE = "made"
        ACTIVE = "active"
        BLOCKED = "blocked"
        LOST = "lost"
        REPLACED = "replaced"
        CLOSED = "closed"

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=20)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="cards", db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.MADE)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="cards", db_index=False)
    bound_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "loyalty_card"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="card_number_once"),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(replaces__isnull=False), name="card_replaced_once"
            ),
            models.CheckConstraint(
                condition=Q(state="made", customer__isnull=True, bound_at__isnull=True)
                | Q(state__in=["active", "blocked", "lost", "replaced"], customer__isnull=False, bound_at__isnull=False)
                | Q(state="closed"),
                name="card_bound_is_hers",
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "state", "id"], name="card_of_batch"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="card_of_customer"),
        ]


class CardChange(models.Model):
    """A change of a card's state. Never edited: the database refuses update and delete."""

    id = models.BigAutoField(primary_key=True)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="changes", db_index=False)
    at = models.DateTimeField()
    from_state = models.CharField(max_length=8, choices=Card.State.choices)
    to_state = models.CharField(max_length=8, choices=Card.State.choices)
    actor = models.CharField(max_length=120)
    note = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "loyalty_card_change"
        indexes = [models.Index(fields=["card", "at", "id"], name="card_change_of_card")]


class UsedCode(models.Model):
    """A code that identified somebody: a second use of it is refused. Dropped after a day."""

    id = models.BigAutoField(primary_key=True)
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.BigIntegerField()
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "loyalty_used_code"
        constraints = [models.UniqueConstraint(fields=["card", "step"], name="code_used_once")]
        indexes = [models.Index(fields=["step"], name="used_code_of_step")]


class KeptCard(models.Model):
    """A phone that she let keep her card, so that she need not prove anew in every shop who she is."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.CharField(max_length=64)
    kept_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "loyalty_kept_card"
        constraints = [models.UniqueConstraint(fields=["token_sha256"], name="kept_card_once")]
        indexes = [models.Index(fields=["ends_at"], name="kept_card_ends")]
