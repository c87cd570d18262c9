"""How sign-in behaves here: staff are invited, so nobody signs up; second-factor secrets rest encrypted."""

from __future__ import annotations

import base64
from hashlib import blake2b

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class MfaAdapter(DefaultMFAAdapter):
    """Encrypts TOTP secrets and recovery-code seeds with a key derived from the installation's secret."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> Fernet:
    key = blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"huike.staff.mfa").digest()
    return Fernet(base64.urlsafe_b64encode(key))
