"""Pages for people outside: escaped, without script, in their language, and forms only from this server's own pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from huike.kernel.errors import NotFound
from huike.platform import clock
from huike.platform.limits import RateLimited
from huike.platform.public_pages import (
    Brand,
    FormRefused,
    form_age,
    forms,
    language_of,
    posted,
    public_page,
    render_text,
)
from huike.platform.public_pages.brands import paint_of
from huike.platform.public_pages.colours import LEGIBLE, contrast, ink_on, legible_on
from huike.platform.public_pages.pages import render

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def page(request: HttpRequest, **named: object) -> HttpResponse:
    return render_text(request, title="Title", text="Text", language="en", **named)  # type: ignore[arg-type]


def test_a_page_runs_no_script_is_kept_nowhere_and_shown_in_nobodys_frame() -> None:
    answer = page(RequestFactory().get("/x"))

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (answer["Cache-Control"], answer["Referrer-Policy"], answer["X-Robots-Tag"], answer["X-Frame-Options"]) == (
        "no-store, private",
        "no-referrer",
        "noindex",
        "DENY",
    )
    html = answer.content.decode()
    nonce = re.search(r"style-src 'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert html.count("<style") == 1
    assert f'<style nonce="{nonce.group(1)}">' in html
    assert not re.search(r"<script|\son\w+=|\sstyle=", html)


def test_a_script_runs_only_where_a_page_names_one_and_reaches_this_server_alone() -> None:
    answer = render(
        RequestFactory().get("/x"), "public_pages/text.html", {"title": "T"}, language="en", script="go('<&>')"
    )
    policy, html = answer["Content-Security-Policy"], answer.content.decode()
    nonce = re.search(r"script-src 'nonce-([\w-]+)'; connect-src 'self';", policy)
    assert nonce is not None
    assert html.count("<script") == 1
    assert f"<script nonce=\"{nonce.group(1)}\">go('<&>')</script>" in html
    assert "unsafe" not in policy


def test_what_people_wrote_is_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>\"'"
    answer = render_text(
        RequestFactory().get("/x"), title=evil, text=evil, button=evil, language="en", brand=Brand(evil, logo=evil)
    )
    assert "<script" not in answer.content.decode()
    assert 'src="&lt;script&gt;' in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "told", "cookie", "accepted", "spoken"),
    [
        ("?lang=en", "zh-CN", "zh", "zh", "en"),
        ("", "zh-CN", "en", "en", "zh"),
        ("", "", "en", "zh-CN,zh;q=0.9", "en"),
        ("", "", "", "fr;q=1, en;q=0.4, zh;q=0.8", "zh"),
        ("", "", "", "de,en-GB;q=0.5", "en"),
        ("?lang=xx", "", "", "", "zh"),  # the operator's
        ("", "", "", ";;q=,,\x01" * 9, "zh"),
    ],
)
def test_the_language_is_what_was_asked_for_then_what_is_known_then_the_operators(
    query: str, told: str, cookie: str, accepted: str, spoken: str
) -> None:
    request = RequestFactory().get(f"/x{query}", headers={"Accept-Language": accepted})
    request.COOKIES["huike_language"] = cookie
    assert language_of(request, told=told) == spoken


def test_a_choice_of_language_is_remembered_and_can_be_taken_back() -> None:
    answer = render(
        RequestFactory().get("/x?r=abc&lang=en"),
        "public_pages/text.html",
        {"title": "T"},
        language="en",
        offers_languages=True,
    )
    assert answer.cookies["huike_language"].value == "en"
    assert 'href="?r=abc&amp;lang=zh"' in answer.content.decode()


# Forms


def shown_form(purpose: str = "join") -> tuple[str, str]:
    """The token on a page just shown, and the browser's cookie."""
    request = RequestFactory().get("/x")
    answer = render(request, "public_pages/text.html", {"title": "T"}, language="en", form_purpose=purpose)
    return forms.token_of(request, purpose, now=clock.now()), answer.cookies[forms.COOKIE].value


def sent(token: str, cookie: str, **headers: str) -> HttpRequest:
    request = RequestFactory().post(
        "/x", f"form_token={token}", content_type="application/x-www-form-urlencoded", headers=headers
    )
    request.COOKIES[forms.COOKIE] = cookie
    return request


def test_a_form_from_a_page_of_ours_is_taken_and_says_how_long_it_was_open() -> None:
    request = sent(*shown_form())
    age = form_age(request, posted(request), "join", now=clock.now() + timedelta(seconds=90))
    assert timedelta(seconds=89) < age < timedelta(seconds=100)


def test_a_form_is_refused_from_anywhere_else() -> None:
    token, cookie = shown_form()
    _, others_cookie = shown_form()
    now = clock.now()
    for request, purpose, at in [
        (sent(token, others_cookie), "join", now),
        (sent(token, ""), "join", now),
        (sent("", cookie), "join", now),
        (sent("zz.zz", cookie), "join", now),
        (sent(token, cookie), "leave", now),
        (sent(token, cookie), "join", now + timedelta(hours=12, minutes=1)),
        (sent(token, cookie, **{"Sec-Fetch-Site": "cross-site"}), "join", now),
    ]:
        with pytest.raises(FormRefused):
            form_age(request, posted(request), purpose, now=at)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=" + b"x" * 65536, "application/x-www-form-urlencoded", 413),
        (b"a=%00", "application/x-www-form-urlencoded", 400),
        (b"a=%ed%a0%80", "application/x-www-form-urlencoded", 400),
        (b"a=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded", 400),
        (b'{"a": 1}', "application/json", 400),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
    ],
)
def test_a_body_that_is_no_form_gets_a_page_that_says_so(body: bytes, kind: str, status: int) -> None:
    @public_page("POST")
    def view(request: HttpRequest) -> HttpResponse:
        posted(request)
        raise AssertionError("was taken")

    answer = view(RequestFactory().post("/x", body, content_type=kind))
    assert answer.status_code == status
    assert "<h1>" in answer.content.decode()


def test_a_view_answers_its_methods_only_and_words_its_errors() -> None:
    @public_page("GET")
    def view(request: HttpRequest, what: str) -> HttpResponse:
        raise RateLimited(retry_after_seconds=42) if what == "often" else NotFound

    refused = RequestFactory().post("/x")
    assert (view(refused, "x").status_code, view(refused, "x")["Allow"]) == (405, "GET, HEAD")
    limited = view(RequestFactory().get("/x?lang=en"), "often")
    assert (limited.status_code, limited["Retry-After"]) == (429, "42")
    assert "Please wait a while" in limited.content.decode()
    gone = view(RequestFactory().get("/x"), "x")
    assert gone.status_code == 404
    assert "这个页面不存在或已停用" in gone.content.decode()


# Colours


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WCAG's well-known near miss


@given(COLOURS)
def test_any_accent_ends_legible_in_light_and_dark(accent: str) -> None:
    paint = paint_of(Brand("Tea", accent=accent))
    assert contrast(paint.light, "#ffffff") >= LEGIBLE
    assert contrast(paint.dark, "#1e2427") >= LEGIBLE
    assert contrast(paint.light, paint.light_ink) >= LEGIBLE
    assert contrast(paint.dark, paint.dark_ink) >= LEGIBLE


def test_a_legible_colour_is_left_as_it_is() -> None:
    assert legible_on("#ffffff", "#1f5f5b") == "#1f5f5b"
    assert ink_on("#1f5f5b") == "#ffffff"
