"""Public pages: what people outside see of this house, made on the server, one look and one set of habits.

Owns the base template, its stylesheet, the headers, the choice of language, forms of people without a session.
Promises: no script but one of ours that a page names and can do without; nothing kept by browsers or proxies, found by
search engines or shown in another's frame; every text escaped; a form is taken only from a page this server gave to the
same browser; a bad request is answered by a page that says so, never by a failure.
Refuses: to know what a page is about. A capability brings its own template, `{% extends "public_pages/base.html" %}`,
in `huike/<capability>/templates/<capability>/`.
"""

from huike.platform.public_pages.brands import Brand
from huike.platform.public_pages.forms import FormRefused, form_age, posted, posted_with_files
from huike.platform.public_pages.languages import language_of
from huike.platform.public_pages.pages import public_page, refusal, render, render_text

__all__ = [
    "Brand",
    "FormRefused",
    "form_age",
    "language_of",
    "posted",
    "posted_with_files",
    "public_page",
    "refusal",
    "render",
    "render_text",
]
