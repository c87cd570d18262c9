"""Odd settings are refused, by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from huike.platform.config import Config

REMOTE = "sc://connect.example.com:15002"


@pytest.mark.parametrize(
    ("engine", "remote", "refused"),
    [
        ("hive", None, "engine"),
        ("spark", None, "spark_remote"),
        ("spark", "", "spark_remote"),
        ("spark", "http://connect.example.com:15002", "spark_remote"),
        ("spark", "spark://master.example.com:7077", "spark_remote"),
        ("spark", "sc://", "spark_remote"),
        ("spark", "sc://connect.example.com:0", "spark_remote"),
        ("spark", "sc://connect.example.com:70000", "spark_remote"),
        ("spark", "sc://connect.example.com:a", "spark_remote"),
        ("duckdb", "connect.example.com", "spark_remote"),
    ],
)
def test_an_engine_that_cannot_be_reached_is_refused(
    monkeypatch: pytest.MonkeyPatch, engine: str, remote: str | None, refused: str
) -> None:
    monkeypatch.setenv("HUIKE_ENGINE", engine)
    if remote is not None:
        monkeypatch.setenv("HUIKE_SPARK_REMOTE", remote)
    with pytest.raises(ValidationError) as error:
        Config()
    assert refused in [fault["loc"][0] for fault in error.value.errors()]


@pytest.mark.parametrize("remote", [REMOTE, "sc://connect.example.com", "sc://[::1]:443/;use_ssl=true;token=abc"])
def test_a_spark_connect_server_is_accepted(monkeypatch: pytest.MonkeyPatch, remote: str) -> None:
    monkeypatch.setenv("HUIKE_ENGINE", "spark")
    monkeypatch.setenv("HUIKE_SPARK_REMOTE", remote)
    assert (Config().engine, Config().spark_remote) == ("spark", remote)


def test_spark_without_its_client_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huike.platform.config.find_spec", lambda name: None)
    monkeypatch.setenv("HUIKE_ENGINE", "spark")
    monkeypatch.setenv("HUIKE_SPARK_REMOTE", REMOTE)
    with pytest.raises(ValidationError, match="pyspark-client"):
        Config()


def test_duckdb_answers_where_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HUIKE_ENGINE", "HUIKE_SPARK_REMOTE"):
        monkeypatch.delenv(name, raising=False)
    assert (Config().engine, Config().spark_remote) == ("duckdb", None)


KEYS = {"HUIKE_LAKE_S3_KEY_ID": "key", "HUIKE_LAKE_S3_SECRET": "secret"}


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        ({"HUIKE_LAKE_PATH": "s3:///lake", **KEYS}, "lake_path"),
        ({"HUIKE_LAKE_PATH": "s3://Bucket/lake", **KEYS}, "lake_path"),
        ({"HUIKE_LAKE_PATH": "s3://bucket/lake?versions", **KEYS}, "lake_path"),
        ({"HUIKE_LAKE_PATH": "s3://bucket/*", **KEYS}, "lake_path"),
        ({"HUIKE_LAKE_PATH": "gs://bucket/lake", **KEYS}, "lake_path"),
        ({"HUIKE_LAKE_PATH": "https://s3.example.com/bucket", **KEYS}, "lake_path"),
        ({"HUIKE_LAKE_PATH": "s3://bucket/lake"}, "lake_s3_key_id"),
        ({"HUIKE_LAKE_PATH": "s3://bucket/lake", "HUIKE_LAKE_S3_KEY_ID": "key"}, "lake_s3_secret"),
        ({"HUIKE_LAKE_PATH": "s3://bucket/lake", **KEYS, "HUIKE_LAKE_S3_SECRET": ""}, "lake_s3_secret"),
        ({"HUIKE_LAKE_S3_ENDPOINT": "https://s3.example.com"}, "lake_s3_endpoint"),
        ({"HUIKE_LAKE_S3_ENDPOINT": "s3.example.com/path"}, "lake_s3_endpoint"),
        ({"HUIKE_LAKE_S3_ENDPOINT": "s3.example.com:0"}, "lake_s3_endpoint"),
        ({"HUIKE_LAKE_S3_ENDPOINT": "s3.example.com:99999"}, "lake_s3_endpoint"),
        ({"HUIKE_LAKE_S3_URL_STYLE": "both"}, "lake_s3_url_style"),
    ],
)
def test_a_place_for_the_lake_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], refused: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as error:
        Config()
    assert refused in [fault["loc"][0] for fault in error.value.errors()]


def test_the_lake_lies_in_a_bucket_and_its_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HUIKE_LAKE_PATH": "s3://bucket/huike/lake/", **KEYS, "HUIKE_LAKE_S3_SECRET": "hush"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HUIKE_LAKE_S3_ENDPOINT", "s3.example.com:9000")
    config = Config()
    assert (config.lake_in_object_storage, config.lake_location) == (True, "s3://bucket/huike/lake")
    assert config.lake_s3_secret is not None
    assert config.lake_s3_secret.get_secret_value() == "hush"
    assert "hush" not in repr(config)


def test_the_lake_lies_in_a_folder_where_no_bucket_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUIKE_LAKE_PATH", "shared/lake")
    assert (Config().lake_in_object_storage, Config().lake_location) == (False, str(tmp_path / "shared" / "lake"))
    monkeypatch.delenv("HUIKE_LAKE_PATH")
    monkeypatch.setenv("HUIKE_DATA_DIR", "data")
    assert Config().lake_location == str(tmp_path / "data" / "lake")
