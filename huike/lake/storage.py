"""Object storage in the lake's way: what its refusals mean, and a trial of all that the lake asks of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from huike.lake.connection import open_duckdb, reach_files
from huike.lake.errors import LakeFilesUnavailable
from huike.platform.config import Config, get_config

_TRIAL: Final = "huike-check"


@dataclass(frozen=True, slots=True)
class _Meaning:
    """`codes` are the S3 API's and stand in what the server said; a `status` is all that some answers have."""

    reason: str
    codes: tuple[str, ...]
    status: tuple[int, ...]
    text: str


# The first that fits counts.
_MEANINGS: Final = (
    _Meaning(
        "no_bucket",
        ("NoSuchBucket",),
        (),
        "there is no bucket {bucket} at {endpoint}; make it, or set HUIKE_LAKE_PATH",
    ),
    _Meaning(
        "wrong_region",
        ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint"),
        (301,),
        "the bucket {bucket} is not in the region {region}; set HUIKE_LAKE_S3_REGION",
    ),
    _Meaning(
        "key_refused",
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"),
        (401, 403),
        "{endpoint} refuses the key for {place}: see HUIKE_LAKE_S3_KEY_ID, HUIKE_LAKE_S3_SECRET and what the key may "
        "do (list, read, write, delete)",
    ),
    _Meaning(
        "file_gone",
        ("NoSuchKey",),
        (404,),
        "a file of the lake is gone from {place}; huike lake rebuild makes it anew",
    ),
    _Meaning(
        "no_answer",
        ("error for HTTP",),  # DuckDB's own words where there was no answer at all
        (500, 502, 503, 504),
        "{endpoint} does not answer: see HUIKE_LAKE_S3_ENDPOINT, HUIKE_LAKE_S3_USE_SSL",
    ),
)


def trouble_with_files(error: duckdb.Error) -> LakeFilesUnavailable | None:
    """What DuckDB's error says of object storage; None where it says nothing of it."""
    config = get_config()
    if not config.lake_in_object_storage or not isinstance(error, duckdb.IOException):
        return None
    said, status = str(error), getattr(error, "status_code", None)
    for meaning in _MEANINGS:
        if status in meaning.status or any(code in said for code in meaning.codes):
            return LakeFilesUnavailable(_told(meaning.text, config), reason=meaning.reason)
    return None


def try_files() -> None:
    """Write a file where the lake's lie, read it, list it and delete it, as a lake of its own with one row does.

    Raises LakeFilesUnavailable.
    """
    config = get_config()
    with tempfile.TemporaryDirectory(prefix=_TRIAL) as folder:
        database = open_duckdb(threads=1, memory_limit="100MB", overflow=Path(folder) / "overflow")
        try:
            reach_files(database, config)
            # Somebody waits for the answer.
            database.execute("SET http_timeout = 5; SET http_retries = 0")
            place = f"{config.lake_location}/{_TRIAL}".replace("'", "''")
            database.execute(
                f"ATTACH 'ducklake:{folder}/trial.ducklake' AS trial (DATA_PATH '{place}', DATA_INLINING_ROW_LIMIT 0)"
            )
            database.execute("CREATE TABLE trial.t AS SELECT 42 AS answer")
            database.execute("FROM trial.t").fetchall()
            database.execute("DROP TABLE trial.t")
            database.execute("CALL ducklake_expire_snapshots('trial', older_than => now())")
            database.execute("CALL ducklake_cleanup_old_files('trial', cleanup_all => true)")
            if database.execute(f"FROM glob('{place}/**')").fetchall():
                raise LakeFilesUnavailable(
                    _told("{endpoint} does not let the key delete files in {place}", config), reason="not_deleted"
                )
        except duckdb.Error as error:
            trouble = trouble_with_files(error)
            raise trouble or LakeFilesUnavailable(str(error)[:300], reason="other") from error
        finally:
            database.close()


def _told(meaning: str, config: Config) -> str:
    return meaning.format(
        endpoint=config.lake_s3_endpoint or "Amazon S3",
        bucket=config.lake_location.removeprefix("s3://").partition("/")[0],
        region=config.lake_s3_region,
        place=config.lake_location,
    )
