"""What this room holds about a person: her parts in groups, and her vouchers. Money hangs on them: they stay."""

from __future__ import annotations

from huike.customers.privacy.holdings import Holding, Trace, hold, trace

_DEAL = "(SELECT d.name FROM groupbuy_deal d WHERE d.id = t.deal_id)"
_HERS = "EXISTS (SELECT FROM groupbuy_participation p WHERE p.id = t.participation_id AND p.customer_id = ANY(%(ids)s))"


def declare() -> None:
    hold(
        Holding(
            name="participations",
            table="groupbuy_participation",
            titles=("团购订单", "Group orders"),
            columns={
                "deal": _DEAL,
                "quantity": "t.quantity",
                "amount_minor": "t.amount_minor",
                "currency": "(SELECT g.currency FROM groupbuy_group g WHERE g.id = t.group_id)",
                "state": "t.state",
                "joined_at": "t.joined_at",
                "seated_at": "t.seated_at",
                "ended_at": "t.ended_at",
            },
            fate="kept",
            # The link to her own page of it leads nowhere any more.
            blank={"token": "'erased-' || t.id"},
            stays=frozenset({"key", "input_sha256", "state", "reason", "provider"}),
        ),
        Holding(
            name="vouchers",
            table="groupbuy_voucher",
            titles=("团购券", "Vouchers of group orders"),
            of=_HERS,
            columns={
                "deal": _DEAL,
                "code": "t.code",
                "state": "t.state",
                "uses": "t.uses",
                "used": "t.used",
                "left_minor": "t.left_minor",
                "valid_from": "t.valid_from",
                "valid_until": "t.valid_until",
            },
            fate="kept",
            owner=None,
            stays=frozenset({"code", "state"}),
            rank=40,
        ),
    )
    hold(
        Holding(
            name="complaints",
            table="groupbuy_complaint",
            titles=("投诉", "Complaints"),
            columns={
                "merchant": "(SELECT m.name FROM groupbuy_merchant m WHERE m.id = t.merchant_id)",
                "kind": "t.kind",
                "text": "t.text",
                "made_at": "t.made_at",
                "state": "t.state",
                "decision_words": "t.decision_words",
            },
            # That somebody complained with reason goes on to count; who, and in which words, does not stay.
            fate="kept",
            blank={"text": "''", "decision_words": "''"},
            stays=frozenset({"kind", "state", "made_by", "decided_by"}),
        )
    )
    _declare_payments()
    # A business, whose contact may be a customer as well.
    contact = ("contact_name", "contact_phone", "contact_email", "about", "asked")
    trace(Trace(table="groupbuy_merchant", columns=contact))
    trace(Trace(table="groupbuy_voucher_change", columns=("note",), names=True))
    trace(Trace(table="groupbuy_redemption", columns=("undo_reason",), names=True))


_HER_REFERENCES = "(SELECT 'participation:' || p.id FROM groupbuy_participation p WHERE p.customer_id = ANY(%(ids)s))"
_HER_PAYMENTS = f"(SELECT y.id FROM payments_payment y WHERE y.reference IN {_HER_REFERENCES})"  # noqa: S608 - constants


def _declare_payments() -> None:
    """Payments know a reference and no customer: whose they are, only the part in a group says. The books stay; who
    paid as the provider knows her, and what it told in its own words, do not."""
    hold(
        Holding(
            name="payments",
            table="payments_payment",
            titles=("付款", "Payments"),
            of=f"t.reference IN {_HER_REFERENCES}",
            columns={
                "subject": "t.subject",
                "amount_minor": "t.amount_minor",
                "currency": "t.currency",
                "provider": "t.provider",
                "payer": "t.payer",
                "state": "t.state",
                "captured_at": "t.captured_at",
            },
            fate="kept",
            owner=None,
            # A page or code of the provider's is hers to pay with, and of use to nobody else.
            blank={
                "payer": "''",
                "instruction": "NULL",
                "return_url": "''",
                "problem_detail": "''",
                "failure_detail": "''",
            },
            stays=frozenset(
                {
                    "number",
                    "key",
                    "reference",
                    "subject",
                    "provider",
                    "currency",
                    "state",
                    "handles",
                    "problem",
                    "provider_reference",
                    "failure_code",
                }
            ),
            rank=30,
        ),
        Holding(
            name="refunds",
            table="payments_refund",
            titles=("退款", "Refunds"),
            of=f"t.payment_id IN {_HER_PAYMENTS}",
            columns={
                "amount_minor": "t.amount_minor",
                "reason": "t.reason",
                "state": "t.state",
                "created_at": "t.created_at",
                "ended_at": "t.ended_at",
            },
            fate="kept",
            owner=None,
            blank={"problem_detail": "''", "failure_detail": "''"},
            stays=frozenset(
                {
                    "number",
                    "key",
                    "reason",
                    "state",
                    "handles",
                    "problem",
                    "provider_reference",
                    "failure_code",
                }
            ),
            rank=20,
        ),
        Holding(
            name="payment_notifications",
            table="payments_notification",
            titles=("支付平台的通知", "What the payment provider told"),
            of=f"t.payment_id IN {_HER_PAYMENTS}",
            columns={"about": "t.about", "body": "t.body", "received_at": "t.received_at"},
            rank=20,
        ),
        Holding(
            name="payment_questions",
            table="payments_question",
            titles=("向支付平台的查询", "What the payment provider was asked"),
            of=f"t.payment_id IN {_HER_PAYMENTS}",
            columns={"verb": "t.verb", "outcome": "t.outcome", "at": "t.at"},
            rank=20,
        ),
    )
