"""The composed API: every capability's router under `/api/v1`, refused by default.

A capability hangs its router here with one import and one `add_router` line.
"""

from __future__ import annotations

from huike import __version__
from huike.api.openapi import Api
from huike.api.operations import router as operations
from huike.platform.api import StrictParser, install_problem_handlers
from huike.staff.access import REFUSED
from huike.staff.api import router as staff

api = Api(
    title="Huike",
    version=__version__,
    description="Everything the screens can do. Sign in by session cookie, or send `Authorization: Bearer hk_…`.",
    auth=REFUSED,
    parser=StrictParser(),
    docs_url=None,
)
install_problem_handlers(api)

api.add_router("", operations)
api.add_router("", staff)
