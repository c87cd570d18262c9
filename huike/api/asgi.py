"""What a web server process runs."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huike.platform.django_settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
