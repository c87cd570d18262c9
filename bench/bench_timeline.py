"""How long a page of a customer's timeline takes: one with 10,000 entries of mixed kinds among 2,000 others with fewer,
at any depth and with any filter of kind, as the API asks for it (50 entries, no HTTP).

`ENTRIES` changes the size of the large file.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from _made import run_inside
from _report import report

ENTRIES = int(os.environ.get("ENTRIES", "10000"))
OTHERS = 2_000


def main() -> None:
    run_inside(__file__, "--inside", HUIKE_CURRENCY="CNY")


# Of ten parts: three sales, one returns, two messages and one of receipts, one moments of coupons, a half each of words
# about consent, tags, notes, and changes of the file; on top of them one of events, and a tenth each of carts,
# check-ins, sentences that show an interest, and claims.
_MAKE = """
INSERT INTO customers_source (key, name, channel, timezone, currency)
VALUES ('till', 'Till', 'pos', 'Asia/Shanghai', 'CNY');
INSERT INTO customers_customer (state, name, name_pinyin, name_initials, notes, tags, orders_count, returns_count,
                                spent_minor)
SELECT 'active', 'Customer ' || n, '', '', '', '[]', 0, 0, 0 FROM generate_series(1, {others} + 1) n;
INSERT INTO orders_order (source_id, external_id, revision, content_sha256, kind, state, channel, clerk, customer_id,
                          placed_at, currency, gross_minor, discount_minor, net_minor)
SELECT 1, 'A-' || n, 0, '', CASE WHEN n % 4 = 0 THEN 'return' ELSE 'sale' END, 'placed', 'pos', '', {owner},
       now() - n * interval '3 hours', 'CNY', 1000, 0, 1000
  FROM generate_series(1, {total} * 4 / 10) n;
INSERT INTO messaging_template (name, channel, purpose, version) VALUES ('Hello', 'email', 'marketing', 1);
INSERT INTO messaging_template_version (template_id, version, layout, contents, links)
VALUES (1, 1, 'plain', '{{}}', '{{}}');
INSERT INTO messaging_dispatch (channel, purpose, state, trouble, failures_count)
SELECT 'email', 'marketing', 'done', '', 0 FROM generate_series(1, {total} * 3 / 10);
INSERT INTO messaging_message (dispatch_id, customer_id, arm, channel, purpose, template_version_id, language,
                               variables, state, reason, attempts_count, created_at)
SELECT n, {owner}, 1, 'email', 'marketing', 1, 'en', '{{}}', 'sent', '', 1, now() - n * interval '5 hours'
  FROM generate_series(1, {total} * 2 / 10) n;
INSERT INTO messaging_receipt (message_id, kind, at, detail)
SELECT m.id, 'opened', m.created_at + interval '1 hour', '' FROM messaging_message m WHERE m.id % 2 = 0;
INSERT INTO promotions_offer (name, kind, applies, state, version)
VALUES ('Ten off', 'percent', 'coupon', 'active', 1);
INSERT INTO promotions_offer_terms (offer_id, version, document)
VALUES (1, 1, '{{"effect": {{"kind": "percent", "percent_bp": 1000}}}}');
INSERT INTO promotions_coupon (code, offer_id, terms_id, customer_id, reason, state, issued_at)
SELECT 'C' || n, 1, 1, {owner}, 'r' || n, 'issued', now() FROM generate_series(1, {total} * 5 / 100) n;
INSERT INTO promotions_coupon_event (coupon_id, at, deed, to_state, uses_left, actor, note)
SELECT c.id, now() - (c.id * 2 + k) * interval '1 hour', 'issued', 'issued', 1, '', ''
  FROM promotions_coupon c, generate_series(0, 1) k;
INSERT INTO customers_consent_event (customer_id, channel, purpose, state, given_at, how, wording_version)
SELECT {owner}, 'email', 'marketing', CASE WHEN n % 2 = 0 THEN 'granted' ELSE 'withdrawn' END,
       now() - n * interval '7 hours', 'form', '' FROM generate_series(1, {total} / 20) n;
INSERT INTO customers_tag_change (customer_id, tag, put, by, at)
SELECT {owner}, 'tag ' || n % 9, n % 2 = 0, 'Lin', now() - n * interval '11 hours'
  FROM generate_series(1, {total} / 20) n;
INSERT INTO customers_note (customer_id, author_name, text, written_at)
SELECT {owner}, 'Lin', repeat('Asked for oolong. ', 30), now() - n * interval '13 hours'
  FROM generate_series(1, {total} / 20) n;
INSERT INTO platform_audit_entry (at, actor_kind, actor_label, action, subject_kind, subject_id, details)
SELECT now() - n * interval '17 hours', 'user', 'Lin', 'update_customer', 'customer', {owner}, '{{"fields": ["city"]}}'
  FROM generate_series(1, {total} / 20) n;
SELECT huike_make_event_month(now());
INSERT INTO behaviour_event (source_id, message_key, kind, name, occurred_at, received_at, visitor_id, customer_id,
                             properties, context)
SELECT 1, gen_random_uuid(), 'track', 'Product Viewed', now() - n * interval '7 hours', now(), 1, {owner},
       '{{"sku": "T1"}}', '{{}}'
  FROM generate_series(1, {total} / 10) n;
INSERT INTO behaviour_cart (source_id, visitor_id, customer_id, lines, began_at, last_activity_at, ended_at, "end",
                            items_count, times_abandoned, recovered)
SELECT 1, 1, {owner}, '[]', at, at, at, 'ordered', 0, 0, false
  FROM generate_series(1, {total} / 100) n, LATERAL (SELECT now() - n * interval '70 hours' AS at) moment;
INSERT INTO behaviour_check_in (source_id, external_id, customer_id, kind, place, checked_in_at)
SELECT 1, 'C-' || n, {owner}, 'qr', 'Door', now() - n * interval '71 hours' FROM generate_series(1, {total} / 100) n;
INSERT INTO behaviour_evidence (customer_id, interest, term, sentence, sign, kind, text_key, sentence_number, said_at)
SELECT {owner}, 'oolong', 'oolong', 'Good oolong.', 1, 'review', gen_random_uuid(), 0, now() - n * interval '73 hours'
  FROM generate_series(1, {total} / 100) n;
INSERT INTO customers_claim (customer_id, key, how, counts, claimed_by, claimed_at)
SELECT {owner}, 'r' || n, 'receipt', '{{"order": 1}}', 'Lin', now() - n * interval '79 hours'
  FROM generate_series(1, {total} / 100) n;
"""
_OTHERS = """
INSERT INTO orders_order (source_id, external_id, revision, content_sha256, kind, state, channel, clerk, customer_id,
                          placed_at, currency, gross_minor, discount_minor, net_minor)
SELECT 1, 'B-' || c.id || '-' || n, 0, '', 'sale', 'placed', 'pos', '', c.id,
       now() - n * interval '9 hours', 'CNY', 1000,
       0, 1000
  FROM customers_customer c, generate_series(1, 20) n WHERE c.id <> {owner};
INSERT INTO messaging_message (dispatch_id, customer_id, arm, channel, purpose, template_version_id, language,
                               variables, state, reason, attempts_count, created_at)
SELECT n, c.id, 1, 'email', 'marketing', 1, 'en', '{{}}', 'sent', '', 1, now() - n * interval '5 hours'
  FROM customers_customer c, generate_series(1, 20) n WHERE c.id <> {owner};
"""


def measure_inside() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "huike.platform.django_settings"
    django.setup()
    from django.db import connection

    from huike.customers import timeline

    with connection.cursor() as cursor:
        cursor.execute(_MAKE.format(others=OTHERS, owner=1, total=ENTRIES))
        cursor.execute(_OTHERS.format(owner=1))
        cursor.execute("ANALYZE")

    def pages(kinds: list[str] | None) -> list[float]:
        """The time of each page from the newest to the oldest, in milliseconds."""
        times, cursor_text = [], None
        while True:
            began_at = time.perf_counter()
            page = timeline.page(1, kinds=kinds, cursor=cursor_text, limit=50)
            times.append((time.perf_counter() - began_at) * 1000)
            cursor_text = page.next_cursor
            if cursor_text is None:
                return times

    pages(None)
    cases: dict[str, list[str] | None] = {"all": None, "order,coupon": ["order", "coupon"]}
    alone = ("order", "return", "message", "receipt", "coupon", "consent", "tag", "note", "change", "event")
    cases |= {kind: [kind] for kind in alone}
    for name, kinds in cases.items():
        times = pages(kinds)
        times += pages(kinds)
        report(
            bench="timeline",
            case=f"page of 50, kinds={name}",
            value=statistics.quantiles(times, n=20)[18] if len(times) > 1 else times[0],
            unit="ms p95",
            better="lower",
            n=len(times),
            sizes={
                "entries": ENTRIES,
                "median_ms": round(statistics.median(times), 1),
                "slowest_ms": round(max(times), 1),
            },
        )


if __name__ == "__main__":
    measure_inside() if "--inside" in sys.argv else main()
