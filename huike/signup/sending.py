"""What is said with the code that completes a sign-up."""

from __future__ import annotations

from typing import Final

from huike.channels.codes import Wording, Wordings

WORDINGS: Final[Wordings] = {
    "zh": Wording(
        subject="{code} 是你的验证码",
        text="验证码 {code}，用来完成{brand}的会员登记，10 分钟内有效。",
        warning="如果不是你本人在操作，不用理会这封邮件，什么也不会发生。请不要把验证码告诉别人。",
        short="验证码 {code}，用于会员登记，10 分钟内有效。请勿告诉他人。",
    ),
    "en": Wording(
        subject="{code} is your code",
        text="Your code is {code}. It completes your membership with {brand} and is good for 10 minutes.",
        warning="If this was not you, leave it: nothing will happen. Do not pass the code on to anybody.",
        short="Your code is {code}, good for 10 minutes. Do not pass it on.",
    ),
}
