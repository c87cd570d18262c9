"""Typed settings, read once from the environment (`HUIKE_…`). Odd values are refused at start, by name."""

from __future__ import annotations

import base64
import re
import secrets
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from huike.kernel.money import minor_exponent

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class Config(BaseSettings):
    """Everything an operator may set. Each field is the variable `HUIKE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="HUIKE_", extra="ignore", frozen=True)

    data_dir: Path = Field(Path("data"), description="Where the embedded database, the lake, uploads and keys live")
    database_url: str | None = Field(
        None, description="A PostgreSQL >= 15 to use instead of the embedded one (role of the application)"
    )
    owner_database_url: str | None = Field(
        None, description="The role that owns the schema and runs migrations; the application's role where not set"
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on")
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    public_url: str | None = Field(None, description="How browsers and mail readers reach this server")
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = Field(
        0, description="How many proxies of yours stand before this server and tell the caller in X-Forwarded-For"
    )
    web_workers: Annotated[int, Field(ge=1, le=64)] = 2
    job_concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    # A worker's loops and tasks each need one, and two to spare.
    database_connections: Annotated[int, Field(ge=12, le=500)] = Field(24, description="At most, for each process")
    secret_key: str | None = Field(None, min_length=32, description="Made and kept in the data folder where not set")
    timezone: str = Field("Asia/Shanghai", description="The operator's zone: where a day begins")
    currency: str = Field("CNY", description="The operator's currency")
    language: Literal["zh-CN", "en"] = "zh-CN"
    phone_regions: str = Field(
        "CN", description="Countries whose numbers are told without country code, in the order they are tried: CN,HK"
    )
    brand_name: str = Field("回客示范品牌", min_length=1, max_length=80)
    lake_path: str | None = Field(
        None,
        description="Where the lake's files lie: a folder, or s3://bucket/folder; <data_dir>/lake where not set",
    )
    lake_s3_endpoint: str | None = Field(
        None, description="Who keeps the bucket, as host or host:port; Amazon S3 where not set"
    )
    lake_s3_region: str = Field(
        "us-east-1", min_length=1, description="Where the bucket is; most others than Amazon take any"
    )
    lake_s3_key_id: str | None = Field(None, validate_default=True, description="The key's name")
    lake_s3_secret: SecretStr | None = Field(None, validate_default=True, description="The key itself")
    lake_s3_url_style: Literal["vhost", "path"] = Field(
        "vhost", description="Whether the bucket is told in the host's name (Amazon) or in the path (most others)"
    )
    lake_s3_use_ssl: bool = Field(True, description="Off only within a network of your own")
    lake_copies_limit: str = Field(
        "20GB",
        pattern=r"^[1-9][0-9]{0,5}(MB|GB)$",
        description="What analysts' questions may copy of object storage (<data_dir>/lake-copies)",
    )
    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="Who answers about all customers: DuckDB in this process, or a Spark cluster"
    )
    spark_remote: str | None = Field(
        None,
        validate_default=True,
        description="The Spark Connect server, as sc://host:15002 (sc://host:443/;use_ssl=true;token=…)",
    )
    duckdb_memory_limit: str = Field("1GB", pattern=r"^[0-9]+(MB|GB)$")
    duckdb_threads: Annotated[int, Field(ge=1, le=256)] = 2
    sql_seconds: Annotated[int, Field(ge=1, le=300)] = Field(30, description="An analyst's question may take so long")
    sql_memory_limit: str = Field(
        "512MB", pattern=r"^[1-9][0-9]{0,5}(MB|GB)$", description="What one such question may hold in memory"
    )
    sql_spill_limit: str = Field(
        "2GB", pattern=r"^[0-9]{1,6}(MB|GB)$", description="What it may put on disk beside (<data_dir>/scratch)"
    )
    sql_rows_shown: Annotated[int, Field(ge=1, le=50_000)] = 10_000
    sql_rows_exported: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    sql_at_once: Annotated[int, Field(ge=1, le=32)] = Field(2, description="Such questions of everybody together")
    event_months_kept: Annotated[int, Field(ge=2, le=1200)] = Field(
        25, description="Customer events older than so many whole months are dropped"
    )
    inbox_days_kept: Annotated[int, Field(ge=1, le=3650)] = Field(
        30, description="Files of the inbox that were imported or refused are removed after so many days"
    )
    upload_limit_bytes: Annotated[int, Field(ge=1)] = 4 * 1024**3
    webhook_allowed_networks: str = Field(
        "", description="Networks and host names inside the house that webhooks may be sent to, separated by commas"
    )
    payments_sandbox_url: str | None = Field(
        None,
        description="Where a sandbox of payments listens (`huike payments sandbox`): no real money, for trying out",
    )
    payments_sandbox_secret: SecretStr | None = Field(
        None, description="What is shared with it, as whsec_…; made from the installation's key where not set"
    )
    debug: bool = False

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _postgres_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("public_url", "payments_sandbox_url")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an http(s) address without query")
        return value.rstrip("/")

    @field_validator("lake_path")
    @classmethod
    def _folder_or_bucket(cls, value: str | None) -> str | None:
        if value is None or "://" not in value:
            return value
        parts = urlsplit(value)
        # A mark of a query or a pattern in the name would be read as one.
        if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or set(value) & set("?#*[]"):
            raise ValueError("must be a folder or s3://bucket/folder")
        return value.rstrip("/")

    @field_validator("lake_s3_endpoint")
    @classmethod
    def _host(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(f"//{value}")
            # Reading the port refuses one that is none.
            if not parts.hostname or parts.port == 0 or parts.netloc != value or "@" in value:
                raise ValueError("must be host or host:port; whether by https is HUIKE_LAKE_S3_USE_SSL")
        return value

    @field_validator("lake_s3_key_id", "lake_s3_secret")
    @classmethod
    def _key(cls, value: str | SecretStr | None, told: ValidationInfo) -> str | SecretStr | None:
        given = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not given and str(told.data.get("lake_path")).startswith("s3://"):
            raise ValueError("must be set where HUIKE_LAKE_PATH is in object storage")
        return value

    @field_validator("engine")
    @classmethod
    def _installed(cls, value: str) -> str:
        if value == "spark" and find_spec("pyspark") is None:
            raise ValueError("needs the package pyspark-client (requirements/spark.txt)")
        return value

    @field_validator("spark_remote")
    @classmethod
    def _spark_url(cls, value: str | None, told: ValidationInfo) -> str | None:
        if value is None and told.data.get("engine") == "spark":
            raise ValueError("must be set where HUIKE_ENGINE is spark, as sc://host:15002")
        if value is not None:
            parts = urlsplit(value)
            # Reading the port refuses one that is none.
            if parts.scheme != "sc" or not parts.hostname or parts.port == 0 or parts.query or parts.fragment:
                raise ValueError("must be sc://host:port")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("must be an IANA time zone, as Asia/Shanghai") from error
        return value

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        try:
            minor_exponent(value)
        except Exception as error:
            raise ValueError("must be an ISO 4217 code, as CNY") from error
        return value

    @field_validator("phone_regions")
    @classmethod
    def _known_regions(cls, value: str) -> str:
        from phonenumbers import SUPPORTED_REGIONS  # its tables are not needed to read settings

        regions = [part.strip().upper() for part in value.split(",") if part.strip()]
        if not regions or not set(regions) <= set(SUPPORTED_REGIONS):
            raise ValueError("must be two-letter countries separated by commas, as CN,HK")
        return ",".join(dict.fromkeys(regions))

    @field_validator("webhook_allowed_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            if "/" in part or ":" in part:
                ip_network(part, strict=False)
            elif not all(character.isalnum() or character in ".-_" for character in part):
                raise ValueError("must be networks as 10.1.0.0/16 and host names, separated by commas")
        return value

    @property
    def phone_region_list(self) -> tuple[str, ...]:
        return tuple(self.phone_regions.split(","))

    @property
    def duckdb_memory_bytes(self) -> int:
        return _bytes(self.duckdb_memory_limit)

    @property
    def lake_copies_bytes(self) -> int:
        return _bytes(self.lake_copies_limit)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def base_url(self) -> str:
        """The address to print in mails and links, without a trailing slash."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"

    @property
    def lake_location(self) -> str:
        """The folder as an absolute path, or s3://bucket/folder; without a slash at the end."""
        if self.lake_in_object_storage:
            return str(self.lake_path)
        return str(Path(self.lake_path).resolve() if self.lake_path else self.data_dir.resolve() / "lake")

    @property
    def lake_in_object_storage(self) -> bool:
        return self.lake_path is not None and self.lake_path.startswith("s3://")

    def payments_sandbox_key(self) -> str:
        if self.payments_sandbox_secret is not None:
            return self.payments_sandbox_secret.get_secret_value()
        return "whsec_" + base64.b64encode(sha256(b"huike.payments.sandbox" + self.key().encode()).digest()).decode()

    def key(self) -> str:
        """The secret that signs sessions and links and encrypts stored passwords of channels."""
        return self.secret_key or _kept_secret(self.data_dir)


@lru_cache(maxsize=1)  # signing one mail asks for it several times
def _bytes(told: str) -> int:
    return int(told[:-2]) * {"MB": 1_000_000, "GB": 1_000_000_000}[told[-2:]]


def _kept_secret(data_dir: Path) -> str:
    """Read the secret, or make it: created whole or not at all, so that two starting processes agree."""
    path = data_dir.resolve() / "secret.key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()


@lru_cache(maxsize=1)
def get_config() -> Config:
    """The process's settings. Raises pydantic.ValidationError naming each variable that is not acceptable."""
    return Config()
