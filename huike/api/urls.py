"""Addresses of this server: the API, sign-in, health; everything else is a page of the web client."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, include, path, re_path

from huike.api.app import api
from huike.api.docs import docs_page, docs_script
from huike.api.events import events
from huike.api.pages import client_page
from huike.api.probes import livez, readyz
from huike.api.routes import as_tree
from huike.platform.pictures import picture


def nowhere(request: HttpRequest, path: str = "") -> HttpResponse:
    raise Http404


_patterns, _app, _namespace = api.urls
operations = cast("list[URLPattern]", _patterns)

urlpatterns = [
    path("livez", livez),
    path("readyz", readyz),
    path("api/v1/events", events),
    path("api/v1/docs", docs_page),
    path("api/v1/docs.js", docs_script),
    path("api/v1/", (as_tree(operations), _app, _namespace)),
    path("pictures/<str:key>", picture),
    path("_allauth/", include("huike.staff.signin")),
    path("", include("huike.messaging.public")),
    path("", include("huike.customers.privacy.public")),
    path("", include("huike.loyalty.own.public")),
    path("", include("huike.groupbuy.merchants.public")),
    path("", include("huike.orders.receivers.public")),
    path("", include("huike.payments.public")),
    path("", include("huike.signup.public")),
    path("", include("huike.groupbuy.public.views")),
    re_path(r"^(?:api|_allauth|assets|static|t|u|in|join|me|deals|merchants|pay|pictures)(?:/|$)", nowhere),
    re_path(r"^(?P<path>.*)$", client_page),
]
