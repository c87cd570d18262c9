"""An assistant asks, with the protocol's own client, of a real server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from huike.catalog.models import Store
from huike.customers.models import Customer
from huike.customers.services import record_consent
from huike.lake.engine import close_engine
from huike.lake.sync import LakeWriter
from huike.platform import clock
from huike.platform.audit import SYSTEM
from huike.platform.models import AuditEntry
from huike.staff.models import ApiKey
from tests.api.conftest import Server
from tests.lake.world import drop_lake
from tests.people import api_key

pytestmark = pytest.mark.django_db(transaction=True)

READS = {"customers.read", "orders.read", "segments.read"}


class Assistant:
    """Each question opens the door anew, as a client of a stateless server may."""

    def __init__(self, server: Server, key: str) -> None:
        self.url, self.key = f"{server.url}/mcp", key

    def tools(self) -> list[str]:
        async def ask(client: Client) -> list[str]:
            return [tool.name for tool in (await client.list_tools()).tools]

        return self._with_client(ask)  # type: ignore[no-any-return]

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer, or the problem of a refusal under `refused`."""

        async def ask(client: Client) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            if result.is_error:
                return {"refused": json.loads(result.content[0].text)}  # type: ignore[union-attr]
            return dict(result.structured_content or {})

        return self._with_client(ask)  # type: ignore[no-any-return]

    def _with_client(self, ask: Any) -> Any:
        async def run() -> Any:
            async with (
                httpx2.AsyncClient(headers={"Authorization": f"Bearer {self.key}"}, timeout=60) as http,
                Client(streamable_http_client(self.url, http_client=http)) as client,
            ):
                return await ask(client)

        return asyncio.run(run())


@pytest.fixture
def li_na() -> Customer:
    made: Customer = Customer.objects.create(
        name="李娜", name_pinyin="li na", phone="+8613800138000", email="li.na@example.com", city="上海"
    )
    record_consent(
        made.pk, channel="email", purpose="marketing", state="granted", given_at=clock.now(), how="t", actor=SYSTEM
    )
    return made


@pytest.fixture
def lake(transactional_db: None, li_na: Customer) -> Iterator[None]:
    close_engine()
    drop_lake()
    with LakeWriter() as writer:
        writer.round()
    yield
    close_engine()
    drop_lake()


def test_an_assistant_finds_a_person_and_reads_the_masked_file(server: Server, li_na: Customer) -> None:
    assistant = Assistant(server, api_key(READS))
    found = assistant.call("find_customer", phone="13800138000")
    assert [(row["id"], row["name"]) for row in found["customers"]] == [(li_na.pk, "李娜")]
    read = assistant.call("read_customer_file", customer_id=li_na.pk)
    assert read["file"]["consents"][0]["state"] == "granted"
    assert [entry["kind"] for entry in read["timeline"]] == ["consent"]
    said = json.dumps([found, read])
    assert "13800138000" not in said
    assert "li.na@example.com" not in said
    log = AuditEntry.objects.filter(action="use_assistant_tool").order_by("pk")
    assert [(entry.actor_kind, entry.subject_id, entry.details) for entry in log] == [
        ("api_key", None, {"tool": "find_customer", "outcome": "ok"}),
        ("api_key", li_na.pk, {"tool": "read_customer_file", "outcome": "ok"}),
    ]


def test_personal_data_in_clear_needs_the_permission_and_a_reason_that_is_kept(server: Server, li_na: Customer) -> None:
    reason = {"customer_id": li_na.pk, "unmask_reason": "she asked to be called back"}
    refused = Assistant(server, api_key(READS)).call("read_customer_file", **reason)
    assert (refused["refused"]["code"], refused["refused"]["params"]) == (
        "forbidden",
        {"permission": "customers.unmask"},
    )
    assert not AuditEntry.objects.filter(action="unmask_customer").exists()
    told = Assistant(server, api_key(READS | {"customers.unmask"})).call("read_customer_file", **reason)
    assert told["in_clear"]["phone"] == "+8613800138000"
    assert AuditEntry.objects.get(action="unmask_customer").details == {"reason": reason["unmask_reason"]}


def test_a_key_sees_and_calls_only_the_tools_of_its_permissions(server: Server) -> None:
    assistant = Assistant(server, api_key({"orders.read"}))
    assert assistant.tools() == ["find_order", "read_order"]
    assert assistant.call("find_customer", name="李")["refused"]["code"] == "forbidden"
    assert AuditEntry.objects.get(action="use_assistant_tool").details == {
        "tool": "find_customer",
        "outcome": "forbidden",
    }
    assert len(Assistant(server, api_key(READS)).tools()) == 7


def test_a_key_of_one_store_sees_nobody_elses_customers(server: Server, li_na: Customer) -> None:
    store = Store.objects.create(code="S1", name="一店")
    hers = Customer.objects.create(name="李雷", name_pinyin="li lei", home_store_id=store.pk)
    assistant = Assistant(server, api_key(READS, store_id=store.pk))
    assert [row["id"] for row in assistant.call("find_customer", name="李")["customers"]] == [hers.pk]
    for tool in ("read_customer_file", "find_order"):
        assert assistant.call(tool, customer_id=li_na.pk)["refused"]["code"] == "customer.not_found"


def test_a_segment_is_counted_and_said_in_words(server: Server, lake: None) -> None:
    rule = {"version": 1, "as_of": None, "root": {"field": "city", "op": "in", "value": ["上海"]}}
    counted = Assistant(server, api_key(READS)).call("count_segment", rule=rule)
    assert (counted["count"], counted["total"]) == (1, 1)
    assert "上海" in counted["sentence"]["zh"]


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("read_customer_file", {"customer_id": "seven"}, "assistant.arguments_invalid"),
        ("read_customer_file", {"customer_id": 2**70}, "assistant.arguments_invalid"),
        ("read_customer_file", {"customer_id": 0}, "assistant.arguments_invalid"),
        ("read_customer_file", {"customer_id": 2**62}, "customer.not_found"),
        ("read_customer_file", {}, "assistant.arguments_invalid"),
        ("find_customer", {}, "assistant.one_of_them"),
        ("find_customer", {"name": "a", "phone": "1"}, "assistant.one_of_them"),
        ("find_customer", {"name": "a\x00b"}, "text.unstorable"),
        ("find_customer", {"name": "a" * 30_000}, "assistant.arguments_too_long"),
        ("find_order", {"number": "x" * 201}, "assistant.arguments_invalid"),
        ("count_segment", {"rule": {"root": {"field": "shoe_size", "op": "eq", "value": 1}}}, "segment.rule_invalid"),
        ("count_segment", {"segment_id": 99}, "segment.not_found"),
        ("drop_tables", {}, "assistant.unknown_tool"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_code(
    server: Server, tool: str, arguments: dict[str, Any], code: str
) -> None:
    answer = Assistant(server, api_key(READS)).call(tool, **arguments)
    assert answer["refused"]["code"] == code, answer
    assert AuditEntry.objects.get(action="use_assistant_tool").details["outcome"] == code


def test_without_a_good_key_the_door_stays_shut(server: Server) -> None:
    key = api_key(READS)
    ApiKey.objects.update(revoked_at=clock.now())
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for headers in ({}, {"Authorization": "Basic aGs6aGs="}, {"Authorization": "Bearer hk_no_no"}, _bearer(key)):
        answer = httpx.post(f"{server.url}/mcp", json=asked, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="huike"')
        assert answer.json()["code"] in {"unauthenticated", "api_key.refused"}
    assert not AuditEntry.objects.filter(action="use_assistant_tool").exists()


def test_no_broken_request_is_answered_500(server: Server) -> None:
    key = _bearer(api_key(READS)) | {"Accept": "application/json, text/event-stream"}
    json_type = {"Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b"null", b'{"jsonrpc":"2.0"}', b"\x00", b'{"a":' * 5000, "{}é".encode("utf-16")):
        answer = httpx.post(f"{server.url}/mcp", content=body, headers=key | json_type)
        assert 400 <= answer.status_code < 500, (body[:20], answer.status_code, answer.text)
    assert httpx.post(f"{server.url}/mcp", content=b"x" * 300_000, headers=key | json_type).status_code == 413
    assert httpx.get(f"{server.url}/mcp", headers=key).status_code == 405
    assert httpx.delete(f"{server.url}/mcp/", headers=key).headers["allow"] == "POST"


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.slow
def test_an_assistant_on_this_machine_talks_over_standard_input(li_na: Customer) -> None:
    environment = os.environ | {
        "HUIKE_API_KEY": api_key(READS),
        "DJANGO_SETTINGS_MODULE": "huike.platform.django_settings",
    }
    command = StdioServerParameters(command=sys.executable, args=["-m", "huike", "mcp"], env=environment)

    async def ask() -> Any:
        async with Client(stdio_client(command)) as client:
            return await client.call_tool("find_customer", {"name": "李娜"})

    assert asyncio.run(ask()).structured_content["customers"][0]["id"] == li_na.pk
