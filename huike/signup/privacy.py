"""What this room holds about a person: by which pages she joined, what she typed there, her link for friends."""

from __future__ import annotations

from huike.customers.privacy.holdings import Erased, Holding, hold
from huike.signup import joining
from huike.signup.models import Attempt

_OF_JOINING = "t.joining_id IN (SELECT j.id FROM signup_joining j WHERE j.customer_id = ANY(%(ids)s))"


def declare() -> None:
    hold(
        Holding(
            name="joinings",
            table="signup_joining",
            titles=("入会", "Joining"),
            columns={
                "page": "(SELECT p.name FROM signup_page p WHERE p.id = t.page_id)",
                "joined_at": "t.joined_at",
                "campaign": "t.campaign",
            },
        ),
        Holding(
            name="sign_up_proposals",
            table="signup_proposal",
            titles=("入会时填写、与档案不同的内容", "What was typed on joining and differs from the file"),
            of=_OF_JOINING,
            columns={"field": "t.field", "told": "t.told", "state": "t.state"},
            rank=40,
        ),
        Holding(
            name="sign_up_attempts",
            table="signup_attempt",
            titles=("填写过的入会表", "Forms filled in"),
            of=_OF_JOINING,
            columns={"asked_at": "t.asked_at", "joined_at": "t.joined_at"},
            rank=40,
            erase=_forget_attempts,
        ),
        Holding(
            name="referral_codes",
            table="signup_referral_code",
            titles=("推荐码", "Code for friends"),
            columns={"code": "t.code", "created_at": "t.created_at"},
        ),
    )


def _forget_attempts(erased: Erased) -> int:
    """Those that ended in a joining of hers, and those that never ended but were made with an address of hers: who is
    meant stands in them sealed. They are few, since none is kept for more than a day."""
    values = set(erased.values.strong)
    hers = [attempt.pk for attempt in Attempt.objects.filter(joining=None) if joining.address_of(attempt) in values]
    forgotten, _ = (
        Attempt.objects.filter(joining__customer_id__in=list(erased.ids)) | Attempt.objects.filter(pk__in=hers)
    ).delete()
    return forgotten
