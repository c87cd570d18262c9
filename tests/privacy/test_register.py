"""Whatever the database can hold about a person is in the register, or has a reason not to be."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from huike.customers.privacy import holdings

pytestmark = pytest.mark.django_db

# Types in which something about a person can stand.
TELLING = {"text", "character varying", "character", "jsonb", "json", "bytea", "ARRAY", "inet", "USER-DEFINED"}

NOTHING_PERSONAL = {
    # Colleagues, not customers.
    r"(account|auth|mfa|usersessions)_\w+|django_session|staff_(user|api_key|invitation|scope_entry)": "who works here",
    # What the house itself is made of.
    r"django_(content_type|migrations)": "names of tables and migrations",
    r"procrastinate_(events|workers|periodic_defers)": "times and states of tasks",
    r"platform_cache": "counters of sign-in attempts under hashed names, gone within the hour",
    r"lake_(freshness|tombstone|change|moved)": "positions in the log, row numbers, numbers of files for three hours",
    r"catalog_\w+": "goods and places",
    r"channels_email_setup": "the operator's own mail server",
    # What the operator sets up.
    r"customers_(source|field|identity_limit|sealing_key|privacy_rules|wording)": "definitions and keys",
    r"platform_picture": "pictures of goods and offers that the operator shows to everybody",
    r"platform_limit\w*": "counters of strangers under keyed hashes, gone when their time is over",
    r"behaviour_(tracked_source|write_key|interest_term|day_count)": "definitions and counts",
    r"signup_(page|place|logo|tally)": "what the operator shows to everybody, and counts by day",
    r"imports_saved_mapping": "names of columns and rules",
    r"channels_sms_setup": "the operator's own gateway",
    r"campaigns_arm|experiments_experiment|segments_tag_rule": "definitions",
    r"messaging_(template|template_version|sending_rules|send_run)": "what the operator writes to everybody",
    r"promotions_(offer|offer_terms|code_batch|live_offers)|loyalty_(programme|terms|terms_draft|pause)": "definitions",
    r"loyalty_card_batch|loyalty_reward": "definitions",
    r"payments_(provider_setup|default_provider|fee_terms)": "the operator's own accounts",
    r"groupbuy_(deal|deal_terms|picture)": "definitions",
    r"groupbuy_confirmation": "an address, sealed, that nobody is known by yet; gone once confirmed, or after a day",
    r"groupbuy_merchant_(document|check|step|store|terms)": "papers of a business, sealed; what colleagues found",
    r"groupbuy_(commission_rate|statement|statement_line|settlement_adjustment)": "what a business is owed",
    r"groupbuy_(group|group_change)": "what a group is, and numbers of who takes part",
    r"groupbuy_participation_change": "states of a participation, which is registered",
    r"loyalty_reward_code": "codes of a partner; whose they are the redemption says",
    r"ledger_(asset|lot|entry|proof)": "amounts of an account, which says whose it is; what was proved of all books",
    r"loyalty_(points|told)_position|predictions_position": "positions in the log",
    r"loyalty_used_code": "numbers of cards and half-minutes, gone after a day",
    r"loyalty_value_refund_part": "amounts of a refund, which is registered",
    r"checkout_till": "the operator's tills",
    r"orders_receiver|webhooks_(endpoint|secret)": "the operator's other systems",
    # About everybody at once.
    r"customers_shared_identity": "an identity of many files, which means nobody",
    r"segments_snapshot": "numbers of files as a bitmap; that of an erased person leads nowhere",
    r"customers_(selection|selection_batch|bulk_change|bulk_step)": "numbers of files; colleagues",
    r"customers_duplicate_(model|search)": "counts, and shares learned from all files together",
    # Parts of an order, which stays.
    r"orders_(line|payment)": "goods and amounts",
    r"promotions_coupon_(lock|use|gift|reminder)": "orders, amounts and times of a coupon, which says whose it is",
    r"promotions_application": "offers and amounts of an order",
    r"promotions_budget_use": "counts; one of a customer names the number of her file",
    # About requests themselves.
    r"customers_privacy_moment": "codes, counts and colleagues' names",
    r"customers_erasure": "numbers of files that are no more",
}

# Columns with text in tables that are registered for other columns: why nothing of a person stands in them.
PLAIN_COLUMNS = {
    "checkout_offline_item": "session body_sha256 signature state problem problem_params decided_by",
    "campaigns_campaign": "name state step failure_code exclude_segment_ids currency audience created_by_scope",
    "customers_company": "name name_pinyin credit_code industry address",
    "customers_note": "author_name",
    "customers_merge": "choices consents merged_by undone_by",
    "customers_household": "told_hmac",
    "customers_tag": "name colour",
    "groupbuy_merchant": "name state credit_code bank_name bank_holder bank_account_sealed bank_account_look_up"
    " bank_account_shown categories language link_hash entered_by entered_by_key",
    "groupbuy_redemption": "key input_sha256 clerk undone_by",
    "groupbuy_voucher_change": "from_state to_state actor",
    "imports_import": "kind state sha256 format refused error_code mapping_name preset origin unattended",
    "insights_question": "purpose outcome",
    "loyalty_card_change": "from_state to_state actor",
    "loyalty_redemption_change": "from_state to_state actor",
    "messaging_dispatch": "channel purpose state",
    "platform_audit_entry": "actor_kind action subject_kind",
    "platform_idempotency_key": "principal route key request_hash",
    "platform_job": "kind state phase error_code",
    "platform_loop_heartbeat": "name",
    "platform_outbox_cursor": "handler",
    "platform_outbox_event": "name",
    "procrastinate_jobs": "queue_name task_name lock queueing_lock status",
    "promotions_coupon_event": "deed from_state to_state actor",
    "segments_segment": "name state error_code kind made_from cadence background watermark",
    "staff_saved_view": "page",
}


def columns() -> dict[str, dict[str, str]]:
    """Every table outside the lake's catalogue with its columns and their types; partitions under their parent."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.table_name, c.column_name, c.data_type
              FROM information_schema.columns c
              JOIN information_schema.tables t USING (table_schema, table_name)
              JOIN pg_class p ON p.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
             WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND NOT p.relispartition
            """
        )
        found: dict[str, dict[str, str]] = {}
        for table, column, type_ in cursor.fetchall():
            found.setdefault(table, {})[column] = type_
        return found


def excused(table: str) -> bool:
    return any(re.fullmatch(pattern, table) for pattern in NOTHING_PERSONAL)


def test_every_table_is_registered_or_excused_with_a_reason() -> None:
    registered = {holding.table for holding in holdings.holdings()} | {trace.table for trace in holdings.traces()}
    registered |= {name for name, _ in holdings.stragglers()}
    tables = columns()
    assert sorted(table for table in tables if table not in registered and not excused(table)) == []
    assert sorted(registered - set(tables)) == []
    assert sorted(table for table in registered if excused(table)) == []


def test_a_table_with_a_customers_number_is_never_excused_by_a_pattern_only() -> None:
    for table, names in columns().items():
        owners = {name for name in names if name == "customer_id" or name.endswith("_customer_id")}
        if owners:
            kinds = [holding for holding in holdings.holdings() if holding.table == table]
            assert kinds or table == "platform_outbox_event", f"{table} has {owners} and no holding"


def test_every_column_that_can_tell_of_a_person_has_a_fate() -> None:
    """Rows that go take their columns along; rows that stay say for each column with text what becomes of it."""
    unexplained = []
    for table, types in columns().items():
        held = [holding for holding in holdings.holdings() if holding.table == table]
        if (
            excused(table)
            or table == "behaviour_delivery"
            or any(holding.fate == "gone" and holding.owner for holding in held)
        ):
            continue
        known = set(PLAIN_COLUMNS.get(table, "").split())
        for holding in held:
            known |= set(holding.blank) | holding.stays
        for trace in holdings.traces():
            if trace.table == table:
                known |= set(trace.columns)
        unexplained += [f"{table}.{name}" for name, type_ in types.items() if type_ in TELLING and name not in known]
    assert unexplained == []


def test_what_is_declared_can_be_asked_of_the_database() -> None:
    for holding in holdings.holdings():
        assert list(holdings.rows(holding, [1])) == [] if holding.columns else True
    assert holdings.count([1]) == {}


def test_a_name_is_declared_once() -> None:
    first = holdings.holdings()[0]
    holdings.hold(first)
    with pytest.raises(ValueError, match="declared already"):
        holdings.hold(holdings.Holding(name=first.name, table="elsewhere", titles=("", "")))
