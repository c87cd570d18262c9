"""What the door answers to those who knock wrongly: never a page, never a failure of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from tests.api.conftest import Server
from tests.people import Caller, api_key, code_of, outsider, signed_in

PROBLEM = "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/users/x", 405, "method_not_allowed"),
        ("PUT", "/me", 405, "method_not_allowed"),
        ("GET", "/jobs/%00", 400, "bad_request"),
        ("GET", "/jobs/1%00", 400, "bad_request"),
        ("GET", "/jobs?cursor=%00", 400, "text.unstorable"),
        ("GET", "/audit?action=a%00b", 400, "text.unstorable"),
        ("GET", "/audit?action=%ED%A0%80", 200, ""),
        ("GET", "/jobs?cursor=zzz", 422, "page.bad_cursor"),
        ("GET", "/jobs?limit=0", 422, "invalid"),
        ("GET", "/jobs?limit=201", 422, "invalid"),
        ("GET", "/jobs?active=perhaps", 422, "invalid"),
        ("GET", "/jobs/99999999999999999999", 422, "invalid"),
        ("GET", "/jobs/0", 422, "invalid"),
        ("GET", "/jobs/7", 404, "job.not_found"),
    ],
)
def test_a_wrong_address_is_a_problem_document(method: str, path: str, status: int, code: str) -> None:
    answer = signed_in().call(method, path)
    assert answer.status_code == status, answer.content
    assert not code or code_of(answer) == code


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "body.malformed"),
        (b"", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'{"name": NaN}', 400, "body.malformed"),
        (b"\xff\xfe", 400, "body.malformed"),
        (b"[" * 100_000, 400, "body.malformed"),
        (b'{"name": "a\\u0000b"}', 400, "text.unstorable"),
        (b'{"a\\u0000b": 1}', 400, "text.unstorable"),
        (b'{"name": "\\ud800"}', 400, "text.unstorable"),
        (b'{"name": "A", "surprise": 1}', 422, "invalid"),
    ],
)
def test_a_wrong_body_is_a_problem_document(body: bytes, status: int, code: str) -> None:
    caller = signed_in()
    answer = caller.client.generic("PATCH", "/api/v1/me", body, content_type="application/json", headers=caller.headers)
    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain", ""])
def test_a_body_of_another_kind_is_refused(content_type: str) -> None:
    caller = signed_in()
    answer = caller.client.generic(
        "POST", "/api/v1/users", b"{}" * 50, content_type=content_type, headers=caller.headers
    )
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == PROBLEM


@pytest.mark.django_db
def test_a_fault_names_its_place() -> None:
    answer = signed_in().post("/users", {"email": "no address", "name": "", "role": "king"}).json()
    assert answer["code"] == "invalid"
    assert {fault["where"] for fault in answer["errors"]} == {"body.body.email", "body.body.name", "body.body.role"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cookie", ['sessionid="\\000aaaaaaaaaaaa"', "sessionid=nobody", "sessionid=", "csrftoken=\x7f"]
)
def test_a_spoilt_cookie_is_an_outsiders(cookie: str) -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/me", headers={"Cookie": cookie})
    assert answer.status_code in {400, 401}
    assert answer["Content-Type"] == PROBLEM


@pytest.mark.django_db
def test_an_unexpected_failure_is_a_problem_document_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("secret of the house")

    caller = signed_in()
    monkeypatch.setattr("huike.platform.audit.entries", fail)
    answer = caller.get("/audit")
    assert (answer.status_code, code_of(answer)) == (500, "internal")
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_every_answer_carries_the_security_headers() -> None:
    for path in ("/livez", "/api/v1/me", "/api/v1/nowhere", "/customers", "/assets/nothing.js"):
        answer = Client().get(path)
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'self'" in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_personal_answers_are_kept_by_no_cache() -> None:
    assert signed_in().get("/me")["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_the_docs_page_needs_no_network() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    script = Client().get("/api/v1/docs.js")
    assert 'src="/api/v1/docs.js"' in page
    assert "http://" not in page + script.content.decode()
    assert "https://" not in page + script.content.decode()
    assert Client().get("/api/v1/openapi.json").json()["openapi"] == "3.1.0"


@pytest.mark.django_db
def test_an_address_of_the_client_gets_its_index_and_a_missing_file_does_not(tmp_path: Path, settings: Any) -> None:
    settings.WEB_DIST = tmp_path
    assert Client().get("/customers/12").status_code == 503
    (tmp_path / "index.html").write_text("<title>Huike</title>")
    for path in ("/", "/customers/12", "/invitation/a:b:c", "/segments?name=x.y"):
        answer = Client().get(path)
        assert (answer.status_code, answer.content) == (200, b"<title>Huike</title>")
        assert answer["Cache-Control"] == "no-cache"
        assert "csrftoken" in answer.cookies
    for path in ("/assets/index-12345678.js", "/nothing.js", "/api/nothing", "/static/x", "/t/nowhere"):
        assert Client().get(path).status_code == 404


@pytest.mark.django_db
def test_the_server_is_ready_when_the_database_has_this_versions_tables() -> None:
    assert Client().get("/livez").content == b"ok\n"
    assert Client().get("/readyz").content == b"ready\n"


@pytest.mark.django_db(transaction=True)
def test_a_body_over_the_limit_is_refused_before_it_is_taken(server: Server) -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    headers = {"Content-Type": "application/json"}
    announced = httpx.post(f"{server.url}/api/v1/users", content=b"x" * (limit + 1), headers=headers)
    assert (announced.status_code, announced.json()["code"]) == (413, "body.too_large")

    def pieces():
        for _ in range(limit // 1_000_000 + 2):
            yield b"x" * 1_000_000

    unannounced = httpx.post(f"{server.url}/api/v1/users", content=pieces(), headers=headers)
    assert (unannounced.status_code, unannounced.json()["code"]) == (413, "body.too_large")
    fits = httpx.post(f"{server.url}/api/v1/users", content=b" " * limit, headers=headers)
    assert fits.status_code == 401


@pytest.mark.django_db(transaction=True)
def test_a_foreign_host_name_is_a_problem_document(server: Server) -> None:
    answer = httpx.get(f"{server.url}/api/v1/me", headers={"Host": "bad_host!"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)


@pytest.mark.django_db
def test_health_is_told_to_who_watches_over_the_machine() -> None:
    health = signed_in().get("/health/details").json()
    assert health["database"]["ok"] is True
    assert health["email"] == {"mode": "sandbox"}
    assert health["lake"] == {"as_of": None, "lag_seconds": None}
    assert health["worker"] == {"ok": False, "loops": []}
    assert Caller(key=api_key({"health.read"})).get("/health/details").status_code == 200
    assert outsider().get("/health/details").status_code == 401


@pytest.mark.django_db
def test_the_audit_log_is_filtered_and_walked_page_by_page() -> None:
    owner = signed_in()
    for number in range(5):
        owner.post("/users", {"email": f"u{number}@example.com", "name": f"u{number}", "role": "clerk"})
    seen: list[int] = []
    cursor = ""
    while True:
        page = json.loads(owner.get(f"/audit?action=create_user&limit=2{cursor}").content)
        seen += [entry["id"] for entry in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen, reverse=True)
