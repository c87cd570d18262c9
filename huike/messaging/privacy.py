"""What this room holds about a person: messages to her, what became of them, and mails kept in the sandbox."""

from __future__ import annotations

from django.db import connection

from huike.customers.privacy.errors import MessageUnderWay
from huike.customers.privacy.holdings import Erased, Holding, Trace, hold, straggler, trace

_OF_MESSAGE = "t.message_id IN (SELECT m.id FROM messaging_message m WHERE m.customer_id = ANY(%(ids)s))"


def declare() -> None:
    hold(
        Holding(
            name="messages",
            table="messaging_message",
            titles=("消息", "Messages to you"),
            columns={
                "channel": "t.channel",
                "purpose": "t.purpose",
                "state": "t.state",
                "reason": "NULLIF(t.reason, '')",
                "template": (
                    "(SELECT p.name FROM messaging_template_version v JOIN messaging_template p ON p.id = v.template_id"
                    " WHERE v.id = t.template_version_id)"
                ),
                "variables": "t.variables",
                "created_at": "t.created_at",
                "sent_at": "t.sent_at",
                "delivered_at": "t.delivered_at",
                "opened_at": "t.opened_at",
                "clicked_at": "t.clicked_at",
            },
            fate="kept",
            blank={
                "variables": "'{}'",
                # What has not left yet never will.
                "state": "CASE WHEN t.state IN ('queued', 'held') THEN 'not_sent' ELSE t.state END",
                "reason": "CASE WHEN t.state IN ('queued', 'held') THEN 'customer_gone' ELSE t.reason END",
            },
            stays=frozenset({"channel", "purpose", "language"}),
        ),
        Holding(
            name="messages_under_way",
            table="messaging_message",
            titles=("正在发出的消息", "Messages on their way"),
            of="t.customer_id = ANY(%(ids)s) AND t.state IN ('claimed', 'sending')",
            fate="kept",
            rank=0,
            erase=_refuse_while_sending,
        ),
        Holding(
            name="message_attempts",
            table="messaging_attempt",
            titles=("发送尝试", "Attempts to deliver messages"),
            of=_OF_MESSAGE,
            columns={"at": "t.at", "outcome": "t.outcome", "detail": "t.detail"},
            fate="kept",
            owner=None,
            blank={"detail": "''"},
            stays=frozenset({"outcome"}),
            rank=10,
        ),
        Holding(
            name="message_receipts",
            table="messaging_receipt",
            titles=("回执", "What became of messages"),
            of=_OF_MESSAGE,
            columns={"kind": "t.kind", "at": "t.at", "detail": "t.detail"},
            fate="kept",
            owner=None,
            blank={"detail": "''"},
            stays=frozenset({"kind"}),
            rank=10,
        ),
        Holding(
            name="sandbox_mails",
            table="channels_sandbox_mail",
            titles=("邮件内容", "Mails, as they were written"),
            of=_OF_MESSAGE,
            columns={"to": "t.to_address", "subject": "t.subject", "text": "t.text", "sent_at": "t.sent_at"},
            rank=10,
            erase=_forget_mails,
        ),
    )
    trace(Trace(table="messaging_dispatch", columns=("trouble",), names=True))
    straggler("channels_sandbox_mail", _forget_mails)


def _refuse_while_sending(erased: Erased) -> int:
    """A message in a sender's hand would be written about after she is gone. Raises MessageUnderWay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM messaging_message WHERE customer_id = ANY(%s) AND state IN ('claimed', 'sending') LIMIT 1",
            [list(erased.ids)],
        )
        if cursor.fetchone() is not None:
            raise MessageUnderWay
    return 0


def _forget_mails(erased: Erased) -> int:
    """Of her messages, and whatever else went to one of her addresses."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM channels_sandbox_mail
             WHERE message_id IN (SELECT m.id FROM messaging_message m WHERE m.customer_id = ANY(%(ids)s))
                OR lower(to_address) = ANY(%(addresses)s)
            """,
            {"ids": list(erased.ids), "addresses": [value.lower() for value in erased.values.strong]},
        )
        return int(cursor.rowcount)
