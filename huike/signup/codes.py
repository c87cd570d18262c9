"""How often codes are asked for and tried on the way through a sign-up page. docs/algorithms/sign-up.md, section 3."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from huike.platform.limits import Limit

PURPOSE: Final = "signup"
ATTEMPTS_KEPT: Final = timedelta(days=1)

FORMS_PER_NETWORK: Final = Limit("sign-up forms per network", 60, timedelta(hours=1))
TRIES_PER_NETWORK: Final = Limit("sign-up tries per network", 120, timedelta(hours=1))
CODES_PER_ADDRESS: Final = Limit("sign-up codes per address", 5, timedelta(hours=1))
CODES_PER_ADDRESS_AND_DAY: Final = Limit("sign-up codes per address and day", 10, timedelta(days=1))
CODES_PER_PAGE: Final = Limit("sign-up codes per page", 1000, timedelta(hours=1))
OPENINGS_PER_NETWORK: Final = Limit("sign-up openings per network", 300, timedelta(hours=1))
