"""What a web server process runs."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")
django.setup()

from huike.api import urls  # noqa: E402, F401 - what is broken fails the start and not the first request
from huike.api.handler import Handler  # noqa: E402 - the middlewares it loads need Django's apps

application = Handler()
