"""What can go wrong between the house and a mail server."""

from __future__ import annotations

from huike.kernel.errors import HuikeError, Invalid, NotFound


class HeaderInvalid(Invalid):
    code = "email.header_invalid"
    title = "A header of a mail cannot hold this text"


class AddressInvalid(Invalid):
    code = "email.address_invalid"
    title = "This is not an e-mail address"


class SetupIncomplete(Invalid):
    code = "email.setup_incomplete"
    title = "A mail server needs a host and a sender address"


class SandboxMailNotFound(NotFound):
    code = "sandbox_mail.not_found"
    title = "There is no such mail in the sandbox"


class Undeliverable(HuikeError):
    """The server refused this message. `permanent`: trying again is pointless. `code` is the SMTP code."""

    code = "email.undeliverable"
    status = 502
    title = "The mail server refused the message"

    def __init__(self, *, permanent: bool, smtp_code: int, detail: str) -> None:
        super().__init__(detail, smtp_code=smtp_code, permanent=permanent)
        self.permanent = permanent
        self.smtp_code = smtp_code


class Uncertain(HuikeError):
    """The connection fell after the message's end was sent and before the answer: it may have arrived."""

    code = "email.uncertain"
    status = 502
    title = "The mail server may have taken the message"


class Unreachable(HuikeError):
    """No server, no sign-in, or the connection fell before the message's end: nothing was delivered, nobody is to blame
    but the connection."""

    code = "email.unreachable"
    status = 502
    title = "The mail server cannot be reached"


class SignInRefused(Unreachable):
    """Wrong user or password, or the server takes no sign-in over this connection."""

    code = "email.sign_in_refused"
    title = "The mail server does not accept the sign-in"


class CertificateRefused(Unreachable):
    """The server does not show a certificate for its name from somebody this machine trusts. Nothing was told to it."""

    code = "email.certificate_refused"
    title = "The mail server's certificate cannot be trusted"


class EncryptionNotOffered(Unreachable):
    """The server does not speak the encryption that is set: STARTTLS is not offered, or the port does not begin TLS."""

    code = "email.encryption_not_offered"
    title = "The mail server does not offer this encryption"


class SmsSetupIncomplete(Invalid):
    code = "sms.setup_incomplete"
    title = "An SMS gateway needs an address and a secret as whsec_…"


class SmsTextInvalid(Invalid):
    code = "sms.text_invalid"
    title = "A short message has 1 to 500 characters and no 【】, which carriers keep for the signature"


class SmsRefused(HuikeError):
    """The gateway refused this message. `permanent`: trying the same again is pointless."""

    code = "sms.refused"
    status = 502
    title = "The SMS gateway refused the message"

    def __init__(self, *, permanent: bool, http_status: int, detail: str) -> None:
        super().__init__(detail, http_status=http_status, permanent=permanent)
        self.permanent = permanent
        self.http_status = http_status


class SmsUncertain(HuikeError):
    """The gateway was reached and did not answer: the message may be on its way, so nothing sends it again."""

    code = "sms.uncertain"
    status = 502
    title = "The SMS gateway may have taken the message"


class SmsUnreachable(HuikeError):
    """No connection: nothing was handed over, and trying later may help."""

    code = "sms.unreachable"
    status = 502
    title = "The SMS gateway cannot be reached"


class SmsBlocked(HuikeError):
    """The gateway's name stands for an address inside the house that the operator has not opened."""

    code = "sms.blocked"
    status = 502
    title = "The SMS gateway's name leads to an internal address"


class CodeWrong(Invalid):
    code = "code.wrong"
    title = "This is not the code that was sent"

    def __init__(self, *, tries_left: int) -> None:
        super().__init__(tries_left=tries_left)
        self.tries_left = tries_left


class CodeSpent(Invalid):
    code = "code.spent"
    title = "The code is too old or was guessed too often; ask for a new one"


class TooSoon(HuikeError):
    code = "code.too_soon"
    status = 429
    title = "A code was sent a moment ago"

    def __init__(self, *, wait_seconds: int) -> None:
        super().__init__(wait_seconds=wait_seconds)
        self.wait_seconds = wait_seconds


class SendsSpent(Invalid):
    code = "code.sends_spent"
    title = "No more codes are sent for this form; begin again"


class CodeNotSent(HuikeError):
    """`reason` is the channel's code."""

    code = "code.not_sent"
    status = 502
    title = "The code could not be sent"
