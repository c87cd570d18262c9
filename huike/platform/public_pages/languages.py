"""Which language a page speaks, and the words every page shares."""

from __future__ import annotations

from typing import Final, Literal

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from huike.platform.config import get_config

Language = Literal["zh", "en"]
COOKIE: Final = "huike_language"
TAGS: Final[dict[str, str]] = {"zh": "zh-CN", "en": "en"}


def language_of(request: HttpRequest, *, told: str = "") -> Language:
    """`?lang=` wins; then `told` (what is known of the person, as the language of her mail); then what she chose on
    an earlier page, the browser's wish, the operator's."""
    wishes = [request.GET.get("lang", ""), told, request.COOKIES.get(COOKIE, "")]
    wishes += [tag for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200].lower())]
    for wish in wishes:
        language = _known(wish)
        if language is not None:
            return language
    return _known(get_config().language) or "zh"


def other_language(language: Language) -> Language:
    return "en" if language == "zh" else "zh"


def _known(tag: str) -> Language | None:
    first = tag[:2].lower()
    return "zh" if first == "zh" else "en" if first == "en" else None


WORDS: Final[dict[str, dict[str, str]]] = {
    "zh": {
        "other_language": "English",
        "required": "必填",
        "optional": "选填",
        "form.refused": "页面放得太久,或者浏览器不允许 Cookie。请重新填写后再提交一次。",
        "form.unreadable": "提交的内容无法读取。请重新打开这个页面再试一次。",
        "text.unstorable": "提交的内容里有无法保存的字符。请删掉后再试一次。",
        "too_many_requests": "尝试的次数太多了。请过一会儿再试。",
        "not_found": "这个页面不存在或已停用。",
        "body.too_large": "提交的内容太大了。",
        "refused": "这次没有成功,什么也没有保存。请再试一次。",
        "title": "没有成功",
    },
    "en": {
        "other_language": "中文",
        "required": "required",
        "optional": "optional",
        "form.refused": "This page was open for too long, or your browser does not allow cookies. Please fill in the"
        " form once more.",
        "form.unreadable": "What was sent cannot be read. Open this page again and try once more.",
        "text.unstorable": "What was sent contains characters that cannot be kept. Remove them and try once more.",
        "too_many_requests": "That was tried too often. Please wait a while.",
        "not_found": "This page does not exist or is no longer in use.",
        "body.too_large": "What was sent is too large.",
        "refused": "This did not work, and nothing was kept. Please try again.",
        "title": "That did not work",
    },
}
