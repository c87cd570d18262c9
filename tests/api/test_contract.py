"""The API does what its description says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from huike.api.app import api
from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from huike.staff.rules import Role
from tests.api.conftest import Server
from tests.lake.world import drop_lake
from tests.people import Caller, person

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method"
)


@pytest.fixture
def lake(transactional_db: None) -> Iterator[None]:
    """The first copy is made, so that segments can be counted."""
    close_engine()
    drop_lake()
    with LakeWriter() as writer:
        writer.round()
    yield
    close_engine()
    drop_lake()


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.django_db(transaction=True)
def test_schemathesis_finds_nothing_as_an_owner(server: Server, lake: None, tmp_path: Path) -> None:
    """Every operation with right and wrong input, against a real server, by session so that none is closed to it."""
    # Made at the first request; Schemathesis waits for it less long than a busy machine may need.
    assert httpx.get(f"{server.url}/api/v1/openapi.json", timeout=120).status_code == 200
    owner = Caller(user=person(Role.OWNER))
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in owner.client.cookies.values())
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/api/v1/openapi.json"),
            *("--header", f"Cookie: {cookies}"),
            *("--header", f"X-CSRFToken: {owner.headers['X-CSRFToken']}"),
            *("--generation-with-security-parameters", "false"),
            # Takes a bounced mail as it came, which is no JSON to make up.
            *("--exclude-path", "/api/v1/bounces"),
            *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "3", "--seed", "1", "--workers", "2", "--no-color", "--suppress-health-check", "all"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=1_500,
    )
    assert run.returncode == 0, run.stdout[-20_000:]


def test_every_operation_is_described_once_with_its_problems() -> None:
    seen: set[str] = set()
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
            assert operation["summary"], (method, path)
            refusals = {int(status) for status in operation["responses"] if int(status) >= 400}
            assert refusals >= {400, 401, 403, 422}, (method, path)


def test_the_description_the_web_client_is_made_from_is_the_servers_own() -> None:
    """`make client` writes both; whoever changes an endpoint and forgets it finds out here."""
    kept = (Path(__file__).parents[2] / "web" / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(kept) == json.loads(json.dumps(api.get_openapi_schema(), default=str))
