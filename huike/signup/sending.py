"""The code on its way: one mail or one short message, in her language, once."""

from __future__ import annotations

import logging
import secrets
from html import escape

from huike.channels.email import OutgoingMail, check_address
from huike.channels.errors import (
    AddressInvalid,
    SmsBlocked,
    SmsRefused,
    SmsTextInvalid,
    SmsUncertain,
    SmsUnreachable,
)
from huike.channels.secrets import SecretUnreadable
from huike.channels.services import domain_of, send_once, sender
from huike.channels.sms import send_sms
from huike.platform import clock
from huike.platform.config import get_config
from huike.signup.errors import CodeNotSent

logger = logging.getLogger(__name__)

_WORDS = {
    "zh": (
        "{code} 是你的验证码",
        "验证码 {code}，用来完成{brand}的会员登记，10 分钟内有效。",
        "如果不是你本人在操作，不用理会这封邮件，什么也不会发生。请不要把验证码告诉别人。",
    ),
    "en": (
        "{code} is your code",
        "Your code is {code}. It completes your membership with {brand} and is good for 10 minutes.",
        "If this was not you, leave it: nothing will happen. Do not pass the code on to anybody.",
    ),
}
_SHORT = {
    "zh": "验证码 {code}，用于会员登记，10 分钟内有效。请勿告诉他人。",
    "en": "Your code is {code}, good for 10 minutes. Do not pass it on.",
}


def send_code(kind: str, address: str, code: str, *, language: str) -> None:
    """Raises CodeNotSent where it surely does not arrive. What may have arrived counts as sent."""
    try:
        if kind == "phone":
            _send_short(address, code, language)
        else:
            _send_mail(address, code, language)
    except (SmsRefused, SmsUnreachable, SmsBlocked, SmsTextInvalid, AddressInvalid, SecretUnreadable) as error:
        logger.warning("a sign-up code was not sent: %s", error.code)
        raise CodeNotSent(reason=error.code) from error


def _send_short(number: str, code: str, language: str) -> None:
    try:
        send_sms(to_number=number, text=_SHORT[language].format(code=code), purpose="code")
    except SmsUncertain:
        logger.warning("the SMS gateway may have taken a sign-up code")


def _send_mail(address: str, code: str, language: str) -> None:
    identity = sender()
    brand = get_config().brand_name
    subject, first, second = (text.format(code=code, brand=brand) for text in _WORDS[language])
    shown = first.replace(code, "\x00")
    html = "".join(f"<p>{escape(line)}</p>" for line in (shown, second)).replace("\x00", f"<strong>{code}</strong>")
    mail = OutgoingMail(
        message_header_id=f"<code.{secrets.token_hex(12)}@{domain_of(identity.from_address)}>",
        to_address=check_address(address),
        from_name=identity.from_name,
        from_address=identity.from_address,
        envelope_from=identity.bounce_address or identity.from_address,
        reply_to=identity.reply_to,
        subject=subject,
        html=html,
        text=f"{first}\n\n{second}\n",
        date_at=clock.now(),
        headers=(("Auto-Submitted", "auto-generated"),),
    )
    result = send_once(mail)
    if not result.ok and result.code != "email.uncertain":
        logger.warning("a sign-up code was not sent: %s", result.code)
        raise CodeNotSent(reason=result.code)
