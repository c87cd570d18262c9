"""What a web server process runs."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")

from django.core.asgi import get_asgi_application  # noqa: E402 - the settings must be named first

application = get_asgi_application()
