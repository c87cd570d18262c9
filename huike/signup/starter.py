"""The design a new page begins with: complete, in both languages, ready to be changed."""

from __future__ import annotations

from huike.platform.config import get_config
from huike.signup.design import Asked, AskedConsent, Design, LongWords, ShortWords


def starter_design() -> Design:
    brand = get_config().brand_name
    return Design(
        title=ShortWords(zh=f"加入{brand}会员"[:120], en=f"Join {brand}"[:120]),
        welcome=LongWords(
            zh="留下手机号，收到验证码就完成了。积分、优惠和生日礼都会记在你名下。",
            en="Leave your number and confirm it with a code. Points, offers and birthday treats will be kept for you.",
        ),
        thanks=LongWords(zh="下次结账时报手机号就可以。", en="Just tell us your number the next time you pay."),
        notice=LongWords(
            zh=f"你填写的资料由{brand}保存，只用于会员服务；你可以随时查看、更正或要求删除。",
            en=f"{brand} keeps what you fill in for your membership only. Ask to see, correct or delete it any time.",
        ),
        fields=[Asked(field="name"), Asked(field="birthday")],
        lunar=True,
        consents=[
            AskedConsent(
                channel="sms",
                purpose="marketing",
                text=LongWords(
                    zh=f"我愿意收到{brand}的优惠短信，每月不超过 4 条，可以随时退订。",
                    en=f"I would like offers from {brand} by text message, at most 4 a month. I can stop them.",
                ),
            )
        ],
    )
