"""Addresses of this server: the API, sign-in, health; everything else is a page of the web client."""

from __future__ import annotations

from django.urls import include, path

from huike.api.app import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("_allauth/", include("huike.staff.signin")),
]
