"""Django's settings for tests: the product's own, on a database server that this run starts for itself."""

from tests.database import prepare_environment

prepare_environment()

from huike.platform.django_settings import *  # noqa: E402, F403
