"""Orders, lines, payments. A return is an order of kind `return` with negative quantities and amounts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.catalog.models import Product, Store
from huike.customers.models import Customer, Source
from huike.platform.fields import current_xid


class SalesChannel(models.TextChoices):
    POS = "pos"
    WEB = "web"
    APP = "app"
    WECHAT = "wechat"
    MARKETPLACE = "marketplace"
    GROUP_BUY = "group_buy"
    PHONE = "phone"
    COMPANY = "company"


class Order(models.Model):
    """One sale or one return. Touched whenever its lines change, so that the lake takes order and lines together."""

    class Kind(models.TextChoices):
        SALE = "sale"
        RETURN = "return"

    class State(models.TextChoices):
        PLACED = "placed"
        CANCELLED = "cancelled"

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=120)
    revision = models.BigIntegerField(default=0)
    content_sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.SALE)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLACED)
    return_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="returns")
    # As told: the sale may arrive after its return, and the buyer of one may become known through the other.
    return_of_external_id = models.CharField(max_length=120, null=True)
    inherits_buyer = models.BooleanField(default=False, db_default=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True)
    channel = models.CharField(max_length=11, choices=SalesChannel.choices)
    clerk = models.CharField(max_length=80, default="")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="orders", db_index=False)
    # The identity that named the buyer when the order arrived; it carries no foreign key, for it is history.
    named_by_id = models.BigIntegerField(null=True)
    anonymous_key = models.CharField(max_length=120, null=True)
    claimed_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "orders_order"
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="order_once_per_source"),
            models.CheckConstraint(condition=Q(net_minor=F("gross_minor") - F("discount_minor")), name="order_adds_up"),
        ]
        indexes = [
            models.Index(fields=["customer", "-placed_at", "-id"], name="order_of_customer"),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["external_id"], name="order_external_id"),
            models.Index(fields=["change_xid"], name="order_change"),
            models.Index(
                fields=["source", "return_of_external_id"],
                condition=Q(return_of_external_id__isnull=False),
                name="order_return_of",
            ),
            models.Index(
                fields=["source", "anonymous_key"],
                condition=Q(anonymous_key__isnull=False, customer__isnull=True),
                name="order_unclaimed",
            ),
        ]


class Line(models.Model):
    """One product on an order. `unit_price_micros` is a millionth of the currency's major unit; NULL when unknown.

    The server refuses to let go of an order or product that has lines, but does not look both up for each line that is
    written: its writers take them from those very tables (docs/adr/0012).
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="lines", db_index=False, db_constraint=False
    )
    line_number = models.IntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_constraint=False)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit_price_micros = models.BigIntegerField(null=True)
    gross_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()

    class Meta:
        db_table = "orders_line"
        constraints = [
            models.UniqueConstraint(fields=["order", "line_number"], name="line_number_once"),
            models.CheckConstraint(condition=Q(net_minor=F("gross_minor") - F("discount_minor")), name="line_adds_up"),
        ]


class Payment(models.Model):
    """What an order was paid with. Negative on a return."""

    class Tender(models.TextChoices):
        CASH = "cash"
        CARD = "card"
        WALLET = "wallet"
        POINTS = "points"
        STORED_VALUE = "stored_value"
        COUPON = "coupon"
        VOUCHER = "voucher"
        OTHER = "other"

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    tender = models.CharField(max_length=12, choices=Tender.choices)
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "orders_payment"


class Receiver(models.Model):
    """A shop that tells a source's orders by webhook. `sealed_secret` is what it signs with, encrypted."""

    class Platform(models.TextChoices):
        SHOPIFY = "shopify"
        WOOCOMMERCE = "woocommerce"
        YOUZAN = "youzan"

    source = models.OneToOneField(Source, on_delete=models.PROTECT, primary_key=True, related_name="receiver")
    platform = models.CharField(max_length=12, choices=Platform.choices)
    client_id = models.CharField(max_length=120, default="")
    sealed_secret = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "orders_receiver"


class ShopDelivery(models.Model):
    """One signed message of a shop, whole, as it came. `object_key` and `revision` are known once it was understood.

    `deletes` marks the word that an order was thrown away.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        SKIPPED = "skipped"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False)
    platform = models.CharField(max_length=12, choices=Receiver.Platform.choices)
    delivery_id = models.CharField(max_length=120)
    topic = models.CharField(max_length=120)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=80, default="")
    reason_params = models.JSONField(default=dict)
    object_key = models.CharField(max_length=120, default="")
    revision = models.BigIntegerField(default=0)
    deletes = models.BooleanField(default=False)
    # Whose personal data the body holds, once known.
    customer_id = models.BigIntegerField(null=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_shop_delivery"
        constraints = [models.UniqueConstraint(fields=["source", "delivery_id"], name="shop_delivery_once")]
        indexes = [
            models.Index(fields=["source", "-id"], name="shop_delivery_newest"),
            models.Index(fields=["source", "object_key"], name="shop_delivery_object"),
            models.Index(fields=["customer_id"], condition=Q(customer_id__isnull=False), name="shop_delivery_of"),
            models.Index(fields=["received_at"], name="shop_delivery_received"),
        ]
