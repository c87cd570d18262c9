"""What this room and the rooms below it hold about a person."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from huike.customers.households.services import leave_all
from huike.customers.id_numbers.services import in_clear
from huike.customers.models import IdDocument
from huike.customers.privacy import exports_on_disk
from huike.customers.privacy.holdings import Erased, Holding, Row, Trace, gatherer, hold, place, trace
from huike.customers.privacy.rules import Values

_PAIR = "t.low_id = ANY(%(ids)s) OR t.high_id = ANY(%(ids)s)"
_MERGED = "t.survivor_id = ANY(%(ids)s) OR t.absorbed_id = ANY(%(ids)s)"
_OF_MERGE = (
    "t.merge_id IN (SELECT m.id FROM customers_merge m"
    " WHERE m.survivor_id = ANY(%(ids)s) OR m.absorbed_id = ANY(%(ids)s))"
)

_FILE = (
    "id", "state", "name", "phone", "email", "card_number", "gender", "birth_on", "birth_lunar_year",
    "birth_lunar_month", "birth_lunar_day", "birth_lunar_leap", "language", "country", "province", "city", "district",
    "address", "latitude", "longitude", "occupation", "income", "education", "declared_interests", "stage", "notes",
    "tags", "source_channel", "source_campaign", "member_since_at", "orders_count", "returns_count", "spent_minor",
    "spent_currency", "first_order_at", "last_order_at", "created_at", "updated_at",
)  # fmt: skip


def declare() -> None:
    """Called once, when the room is ready."""
    hold(
        Holding(
            name="file",
            table="customers_customer",
            titles=("客户档案", "The file"),
            of="t.id = ANY(%(ids)s)",
            columns={column: f"t.{column}" for column in _FILE},
            rank=100,
        ),
        Holding(
            name="identities",
            table="customers_identity",
            titles=("身份标识", "Identities"),
            columns={
                "kind": "t.kind",
                "value": "t.value",
                "source": "(SELECT s.name FROM customers_source s WHERE s.id = t.source_id)",
                "verified": "t.verified",
                "since": "t.created_at",
                "until": "t.released_at",
            },
        ),
        Holding(
            name="id_documents",
            table="customers_id_document",
            titles=("证件", "Identity documents"),
            columns={"kind": "t.kind", "number": "t.shown"},
            read=_documents,
        ),
        Holding(
            name="own_fields",
            table="customers_field_value",
            titles=("自定义字段", "Further fields of the file"),
            columns={
                "field": "(SELECT f.name FROM customers_field f WHERE f.id = t.field_id)",
                "option": "NULLIF(t.slot, '')",
                "text": "t.text",
                "number": "t.number",
                "day": "t.day",
            },
        ),
        Holding(
            name="named_in_fields",
            table="customers_field_value",
            titles=("他人档案中指向你的字段", "Fields of others' files that point to you"),
            of=(
                "t.number = ANY(%(ids)s) AND t.field_id IN (SELECT f.id FROM customers_field f"
                " WHERE f.type = 'reference' AND f.target = 'customer')"
            ),
            rank=40,
        ),
        Holding(
            name="notes",
            table="customers_note",
            titles=("跟进记录", "Notes"),
            columns={"written_at": "t.written_at", "author": "t.author_name", "text": "t.text"},
        ),
        Holding(
            name="automatic_tags",
            table="customers_automatic_tag",
            titles=("自动标签", "Automatic tags"),
            columns={
                "tag": "(SELECT g.name FROM customers_tag g WHERE g.id = t.tag_id)",
                "put_at": "t.put_at",
            },
        ),
        Holding(
            name="tag_changes",
            table="customers_tag_change",
            titles=("标签变动", "Changes of tags"),
            columns={"tag": "t.tag", "put": "t.put", "by": "t.by", "at": "t.at"},
            order="t.at, t.id",
        ),
        Holding(
            name="household",
            table="customers_household_member",
            titles=("家庭", "Household"),
            columns={
                "household": "(SELECT h.name FROM customers_household h WHERE h.id = t.household_id)",
                "address": "(SELECT h.address FROM customers_household h WHERE h.id = t.household_id)",
                "role": "t.role",
                "joined_at": "t.joined_at",
            },
            erase=lambda erased: leave_all(erased.ids),
        ),
        Holding(
            name="companies",
            table="customers_company_contact",
            titles=("所属企业", "Companies"),
            columns={
                "company": "(SELECT c.name FROM customers_company c WHERE c.id = t.company_id)",
                "role": "t.role",
                "since_at": "t.since_at",
            },
        ),
        Holding(
            name="referred",
            table="customers_customer",
            titles=("由你推荐的客户", "People you referred"),
            of="t.referrer_id = ANY(%(ids)s)",
            fate="kept",
            owner=None,
            blank={"referrer_id": "NULL"},
            rank=40,
        ),
        Holding(
            name="consents",
            table="customers_consent",
            titles=("当前授权", "Where you stand on consent"),
            columns={"channel": "t.channel", "purpose": "t.purpose", "state": "t.state", "given_at": "t.given_at"},
        ),
        Holding(
            name="consent_history",
            table="customers_consent_event",
            titles=("授权历史", "What you said about consent"),
            columns={
                "channel": "t.channel",
                "purpose": "t.purpose",
                "state": "t.state",
                "given_at": "t.given_at",
                "how": "t.how",
                "wording": "t.wording_version",
            },
            fate="kept",
            stays=frozenset({"channel", "purpose", "state", "how", "wording_version"}),
        ),
        Holding(
            name="suppressions",
            table="customers_suppression",
            titles=("不再发送的地址", "Addresses not to be written to"),
            columns={"channel": "t.channel", "reason": "t.reason", "since": "t.created_at"},
            fate="kept",
            owner=None,
            blank={"customer_id": "NULL", "detail": "''"},
            stays=frozenset({"channel", "address_hmac", "reason"}),
        ),
        Holding(
            name="claims",
            table="customers_claim",
            titles=("认领的历史", "History claimed for you"),
            columns={"key": "t.key", "how": "t.how", "claimed_at": "t.claimed_at"},
        ),
        Holding(
            name="carried_consents",
            table="customers_carried_consent",
            titles=("合并带来的授权", "Consent carried by a merge"),
            of=f"t.customer_id = ANY(%(ids)s) OR {_OF_MERGE}",
            rank=10,
        ),
        Holding(
            name="merge_moves",
            table="customers_merge_move",
            titles=("合并明细", "What merges moved"),
            of=_OF_MERGE,
            rank=10,
        ),
        Holding(
            name="merges",
            table="customers_merge",
            titles=("合并记录", "Merges of your files"),
            of=_MERGED,
            columns={"merged_at": "t.merged_at", "undone_at": "t.undone_at", "fields": "t.fields", "note": "t.note"},
            rank=20,
        ),
        Holding(
            name="duplicates",
            table="customers_duplicate",
            titles=("疑似重复", "Likely duplicates of your file"),
            of=_PAIR,
        ),
        Holding(
            name="refused_identities",
            table="customers_identity_refusal",
            titles=("没有关联的标识", "Identities not linked to you"),
            of="t.customer_id = ANY(%(ids)s) OR t.holder_id = ANY(%(ids)s)",
            erase=_refusals_go,
        ),
        Holding(
            name="privacy_requests",
            table="customers_privacy_request",
            titles=("个人信息请求", "What you asked about your data"),
            columns={
                "kind": "t.kind",
                "state": "t.state",
                "asked_at": "t.asked_at",
                "note": "t.note",
                "answer": "t.answer",
                "proposed": "t.proposed",
            },
            fate="kept",
            owner=None,
            blank={
                "customer_id": "NULL",
                "asked_by_label": "CASE WHEN t.asked_by = 'customer' THEN '' ELSE t.asked_by_label END",
                "note": "''",
                "answer": "''",
                "proposed": "'{}'",
                # What was still open has nobody any more to be answered to.
                "state": "CASE WHEN t.kind <> 'erase' AND t.finished_at IS NULL THEN 'withdrawn' ELSE t.state END",
                "finished_at": "CASE WHEN t.kind <> 'erase' THEN COALESCE(t.finished_at, now()) ELSE t.finished_at END",
            },
            stays=frozenset({"kind", "asked_by", "decided_by", "result", "step", "sealed"}),
        ),
        Holding(
            name="own_links",
            table="customers_own_link",
            titles=("个人页面链接", "Links to your own page"),
            columns={"created_at": "t.created_at", "used_at": "t.used_at"},
        ),
    )
    trace(
        Trace(table="customers_customer", columns=("notes",)),
        Trace(table="customers_note", columns=("text",)),
        Trace(table="customers_company", columns=("phone", "notes")),
        Trace(table="customers_household", columns=("name", "address"), names=True),
        Trace(table="customers_merge", columns=("note", "undo_note", "fields")),
        Trace(table="customers_suppression", columns=("detail",), names=True),
        Trace(table="customers_identity_refusal", columns=("told_with",), names=True),
        Trace(table="customers_tag", columns=("description",)),
        Trace(table="customers_consent_event", columns=("how",), names=True),
        Trace(table="customers_privacy_request", columns=("note", "answer")),
        # Of the rooms below, which know no people.
        Trace(table="platform_audit_entry", columns=("details", "actor_label"), names=True),
        Trace(table="platform_job", columns=("title_params", "result", "error_params"), names=True),
        Trace(table="platform_idempotency_key", columns=("response",), names=True),
        Trace(table="platform_outbox_event", columns=("payload",), names=True),
        Trace(table="platform_outbox_cursor", columns=("last_error",), key="handler", names=True),
        Trace(table="platform_loop_heartbeat", columns=("last_error", "details"), key="name", names=True),
        Trace(table="procrastinate_jobs", columns=("args",), names=True),
        Trace(table="staff_saved_view", columns=("query", "name"), names=True),
    )
    place("exports", exports_on_disk.scrub)
    place("answers", exports_on_disk.forget_answers)
    gatherer("customers_privacy_request", _requests_of)


def _documents(ids: Sequence[int]) -> list[Row]:
    found = [
        in_clear(customer_id)
        for customer_id in IdDocument.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True)
    ]
    return [{"kind": one.kind, "number": one.number} for one in found if one is not None]


def _refusals_go(erased: Erased) -> int:
    """Also those that name neither file and were told with one of her values."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM customers_identity_refusal
             WHERE customer_id = ANY(%(ids)s) OR holder_id = ANY(%(ids)s) OR lower(value) = ANY(%(values)s)
            """,
            {"ids": list(erased.ids), "values": [value.lower() for value in erased.values.strong]},
        )
        return int(cursor.rowcount)


def _requests_of(ids: Sequence[int], values: Values) -> Sequence[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_privacy_request WHERE customer_id = ANY(%s)", [list(ids)])
        return [int(row[0]) for row in cursor.fetchall()]
