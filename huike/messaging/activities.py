"""Messages, as rules may ask about them."""

from __future__ import annotations

from huike.customers.built_in import Words
from huike.messaging.lake import MESSAGES
from huike.segments.activities import Activity, Detail, Verb, by_key, declare, details
from huike.segments.fields import FieldType, ValueKind


def _since(key: str, zh: str, en: str) -> Detail:
    """Whether it came so far with the message, by `as_of`."""
    return Detail(key=key, type=FieldType.BOOL, words=Words(zh, en), column=f"{key}_at", since=True)


MESSAGE = declare(
    Activity(
        key="message",
        words=Words("消息", "message"),
        table=MESSAGES,
        verbs=by_key(
            Verb(
                key="sent",
                words=Words("收到消息", "was sent a message"),
                none=Words("没有收到消息", "was sent no message"),
                at="sent_at",
            ),
            Verb(
                key="delivered",
                words=Words("消息送达", "had a message delivered"),
                none=Words("没有消息送达", "had no message delivered"),
                at="delivered_at",
            ),
            Verb(
                key="opened",
                words=Words("打开消息", "opened a message"),
                none=Words("没有打开消息", "opened no message"),
                at="opened_at",
            ),
            Verb(
                key="clicked",
                words=Words("点击消息", "clicked in a message"),
                none=Words("没有点击消息", "clicked in no message"),
                at="clicked_at",
            ),
            Verb(
                key="bounced",
                words=Words("消息被退回", "had a message bounce"),
                none=Words("没有消息被退回", "had no message bounce"),
                at="bounced_at",
            ),
            Verb(
                key="unsubscribed",
                words=Words("经消息退订", "unsubscribed by a message"),
                none=Words("没有经消息退订", "did not unsubscribe by a message"),
                at="unsubscribed_at",
            ),
            Verb(
                key="complained",
                words=Words("投诉消息", "complained of a message"),
                none=Words("没有投诉消息", "complained of no message"),
                at="complained_at",
            ),
        ),
        details=details(
            Detail(
                key="campaign",
                type=FieldType.CHOICE,
                words=Words("活动", "campaign"),
                column="campaign_id",
                value_kind=ValueKind.ID,
                labels="campaign",
            ),
            Detail(
                key="channel",
                type=FieldType.CHOICE,
                words=Words("渠道", "channel"),
                column="channel",
                choice_words={"email": Words("邮件", "e-mail"), "sms": Words("短信", "SMS")},
            ),
            Detail(
                key="purpose",
                type=FieldType.CHOICE,
                words=Words("用途", "purpose"),
                column="purpose",
                choice_words={"marketing": Words("营销", "marketing"), "service": Words("服务通知", "service")},
            ),
            _since("delivered", "已送达", "was delivered"),
            _since("opened", "已打开", "was opened"),
            _since("clicked", "已点击", "was clicked"),
        ),
    )
)
