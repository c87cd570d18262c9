"""What is on a person's file besides fields: identity documents, notes, tags and their catalogue."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from huike.customers.models.people import Customer


class SealingKey(models.Model):
    """A key that seals identity numbers, or the one their blind index is made with; wrapped under a key made from the
    house's secret. The newest of a purpose is in use; older ones live while a document still needs them."""

    class Purpose(models.TextChoices):
        NUMBER = "number"
        INDEX = "index"

    id = models.BigAutoField(primary_key=True)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_sealing_key"
        constraints = [
            models.UniqueConstraint(fields=["purpose"], condition=Q(purpose="index"), name="sealing_key_one_index")
        ]


class IdDocument(models.Model):
    """The number of one identity document, sealed (docs/algorithms/id-numbers.md). `look_up` is its blind index,
    `shown` what is left of it when masked."""

    class Kind(models.TextChoices):
        ID_CARD = "id_card"
        PASSPORT = "passport"
        HK_MACAU_PERMIT = "hk_macau_permit"
        TAIWAN_PERMIT = "taiwan_permit"

    id = models.BigAutoField(primary_key=True)
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="id_document")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    sealed = models.BinaryField()
    key = models.ForeignKey(SealingKey, on_delete=models.PROTECT, related_name="documents")
    look_up = models.CharField(max_length=64, unique=True)
    shown = models.CharField(max_length=40)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_id_document"


class Note(models.Model):
    """Something a colleague wrote down about a person, with when and who. Never edited; its author may take it back."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=120)
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        db_table = "customers_note"
        indexes = [models.Index(fields=["customer", "-written_at", "-id"], name="note_newest")]


class Tag(models.Model):
    """An entry of the catalogue of tags. Files carry names of tags; one that is not listed here is listed when used."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=12, default="grey")
    description = models.CharField(max_length=300, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_tag"
        constraints = [models.UniqueConstraint(fields=["name"], name="tag_once")]
        indexes = [models.Index(Lower("name"), name="tag_name")]


class TagChange(models.Model):
    """A tag came onto a file or left it, and who said so: a colleague, a rule, an import. Written by a trigger of the
    file's table, so that no way of changing tags goes past it; `by` is what `tags.services.say_who` told."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.CharField(max_length=40)
    put = models.BooleanField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        db_table = "customers_tag_change"
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="tag_change_newest")]


class AutomaticTag(models.Model):
    """A tag that a rule put on a file, and may take off again. A tag somebody put there by hand has no row here."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+")
    put_at = models.DateTimeField()

    class Meta:
        db_table = "customers_automatic_tag"
        constraints = [models.UniqueConstraint(fields=["customer", "tag"], name="automatic_tag_once")]
