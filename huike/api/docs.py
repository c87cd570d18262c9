"""The API described for people, without any network: one page and one script of our own that read openapi.json."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse

_FOLDER = Path(__file__).parent / "docs_page"


def docs_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_read("docs.html"), content_type="text/html; charset=utf-8")


def docs_script(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_read("docs.js"), content_type="text/javascript; charset=utf-8")


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text()
