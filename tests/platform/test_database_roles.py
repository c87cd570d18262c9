"""The application's role reads and writes rows and nothing more."""

import psycopg
import pytest
from django.db import connection
from django.db.utils import ProgrammingError

pytestmark = pytest.mark.django_db


def test_application_is_no_superuser_when_it_is_connected() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, usesuper, usecreatedb FROM pg_user WHERE usename = current_user")
        assert cursor.fetchone() == ("huike_app", False, False)


def test_table_is_refused_when_the_application_makes_one() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("CREATE TABLE trespass (id int)")


def test_every_table_is_readable_when_the_application_asks(owner_connection: psycopg.Connection) -> None:
    names = [row[0] for row in owner_connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert "platform_job" in names
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
