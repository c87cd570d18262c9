"""Forms of people without a session: taken only from a page that this server gave to the same browser.

Django's own check needs an Origin or Referer, which a page with `Referrer-Policy: no-referrer` never sends. Here a
cookie names the browser, and a hidden member, which others can neither read nor make, ties the form to that cookie,
to its purpose and to the moment the page was given.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.request import QueryDict
from django.utils.datastructures import MultiValueDict

from huike.kernel.errors import Forbidden, HuikeError
from huike.kernel.text import has_forbidden_characters
from huike.platform.config import get_config

COOKIE: Final = "huike_form"
MEMBER: Final = "form_token"
# A page left open on a phone over lunch is still good.
LONGEST_OPEN: Final = timedelta(hours=12)
MOST_BYTES: Final = 64 * 1024
Files = MultiValueDict[str, UploadedFile]
_URLENCODED: Final = "application/x-www-form-urlencoded"


class FormRefused(Forbidden):
    code = "form.refused"
    title = "The form does not come from a page given to this browser, or was open for too long"


class FormUnreadable(HuikeError):
    code = "form.unreadable"
    status = 400
    title = "The body is not a form"


class FormTooLarge(HuikeError):
    code = "body.too_large"
    status = 413
    title = "The body is larger than any form"


class FormUnstorable(HuikeError):
    code = "text.unstorable"
    status = 400
    title = "The text contains NUL or a lone surrogate, which cannot be stored"


def posted(request: HttpRequest) -> QueryDict:
    """What the form says: an url-encoded body of at most 64 kB of text any column can hold.

    Raises FormTooLarge, FormUnreadable, FormUnstorable.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit() and len(length) < 12):
        raise FormUnreadable
    if int(length) > MOST_BYTES:
        raise FormTooLarge
    if request.content_type not in {_URLENCODED, ""}:
        raise FormUnreadable
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise FormTooLarge from error
    except (SuspiciousOperation, BadRequest, UnreadablePostError, MultiPartParserError) as error:
        raise FormUnreadable from error
    if len(body) > MOST_BYTES:
        raise FormTooLarge
    try:
        form = QueryDict(body.decode("ascii"), encoding="utf-8")
        for name, values in form.lists():
            if any(has_forbidden_characters(text) or "\ufffd" in text for text in (name, *values)):
                raise FormUnstorable
    except (UnicodeError, SuspiciousOperation, ValueError) as error:
        raise FormUnreadable from error
    return form


def posted_with_files(request: HttpRequest, *, most_bytes: int) -> tuple[QueryDict, Files]:
    """What a form with files says: a multipart body of at most so many bytes, its text as `posted` takes it.

    Raises FormTooLarge, FormUnreadable, FormUnstorable.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit() and len(length) < 12):
        raise FormUnreadable
    if int(length) > most_bytes:
        raise FormTooLarge
    if request.content_type != "multipart/form-data":
        raise FormUnreadable
    try:
        form, files = request.POST, request.FILES
    except RequestDataTooBig as error:
        raise FormTooLarge from error
    except (SuspiciousOperation, BadRequest, UnreadablePostError, MultiPartParserError, UnicodeError) as error:
        raise FormUnreadable from error
    for name, values in form.lists():
        if any(has_forbidden_characters(str(text)) or "\ufffd" in str(text) for text in (name, *values)):
            raise FormUnstorable
    return form, files


def browser_of(request: HttpRequest) -> str:
    """The random name this browser goes by on public pages, made where it has none yet; kept by `keep_browser`."""
    name = request.COOKIES.get(COOKIE, "")
    if 20 <= len(name) <= 64 and name.isascii() and name.replace("-", "").replace("_", "").isalnum():
        return name
    fresh: str = getattr(request, "_huike_browser", "") or secrets.token_urlsafe(18)
    request._huike_browser = fresh  # type: ignore[attr-defined]  # one name for one answer
    return fresh


def token_of(request: HttpRequest, purpose: str, *, now: datetime) -> str:
    """The hidden member of a form given to this browser now."""
    moment = format(int(now.timestamp() * 1000), "x")
    return f"{moment}.{_mac(browser_of(request), purpose, moment)}"


def form_age(request: HttpRequest, form: QueryDict, purpose: str, *, now: datetime) -> timedelta:
    """How long the page was open. Raises FormRefused where this server did not give it to this browser for that
    purpose, or gave it too long ago."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise FormRefused
    moment, _, mac = form.get(MEMBER, "").partition(".")
    if not mac.isascii() or not moment.isascii():
        raise FormRefused
    browser = request.COOKIES.get(COOKIE, "")
    if not browser or not hmac.compare_digest(mac, _mac(browser, purpose, moment)):
        raise FormRefused
    age = timedelta(milliseconds=now.timestamp() * 1000 - int(moment, 16))
    if age > LONGEST_OPEN:
        raise FormRefused
    return age


def _mac(browser: str, purpose: str, moment: str) -> str:
    said = "\x1f".join([browser, purpose, moment]).encode("utf-8", "surrogatepass")
    return hmac.new(_key(get_config().key()), said, sha256).hexdigest()[:32]


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return sha256(b"huike.platform.public_pages\x1f" + secret.encode()).digest()
