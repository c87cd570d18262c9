"""What is said with the code that confirms a buyer's number or address."""

from __future__ import annotations

from typing import Final

from huike.channels.codes import Wording, Wordings

WORDINGS: Final[Wordings] = {
    "zh": Wording(
        subject="{code} 是您的验证码",
        text="验证码 {code}，用来在{brand}参加团购、查看您的团和券，10 分钟内有效。",
        warning="如果不是您本人在操作，不用理会这封邮件，什么也不会发生。请不要把验证码告诉别人。",
        short="验证码 {code}，用于参加团购和查看您的券，10 分钟内有效。请勿告诉他人。",
    ),
    "en": Wording(
        subject="{code} is your code",
        text="Your code is {code}. It lets you buy in groups at {brand} and see your vouchers, and is good for 10"
        " minutes.",
        warning="If this was not you, leave it: nothing will happen. Do not pass the code on to anybody.",
        short="Your code for group deals and your vouchers is {code}, good for 10 minutes. Do not pass it on.",
    ),
}
