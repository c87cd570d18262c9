"""Odd settings are refused, by name."""

from __future__ import annotations

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
