"""Django's settings for tests: the product's own, on a database server that this run starts for itself."""

from tests.database import prepare_environment

prepare_environment()

from huike.platform.django_settings import *  # noqa: E402, F403

# The product's own hasher, doing less: hundreds of people are made who only have to be somebody. Processes that tests
# start (`huike serve`) have the product's own settings, and verify these passwords as any other.
PASSWORD_HASHERS = ["tests.hashing.QuickScrypt", *PASSWORD_HASHERS[1:]]  # noqa: F405
