"""The gate as one SQL expression, for audiences of millions. `rules.refusal` is the same for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from huike.customers.selectors import reach_sql
from huike.messaging.models import SendingRules
from huike.messaging.rules import Limits


def limits() -> Limits:
    """The operator's limits in force."""
    stored = SendingRules.objects.filter(pk=1).first()
    if stored is None:
        return Limits()
    return Limits(
        cap_messages=stored.cap_messages,
        cap_days=stored.cap_days,
        quiet_from=stored.quiet_from,
        quiet_until=stored.quiet_until,
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """SQL to ask for many people at once.

    `joins` joins the facts, as `reach`, to a row source that has `candidate.customer_id`; `refusal` is then the reason
    as text, or NULL where the message may go. Both use the named parameters in `params`.
    """

    joins: str
    refusal: str
    params: dict[str, Any]


def gate(*, channel: str, purpose: str, now: datetime, limits: Limits) -> Gate:
    """The gate of a channel and purpose at an instant."""
    capped = purpose == "marketing" and limits.cap_messages > 0
    reach = reach_sql(channel=channel, purpose=purpose)
    params: dict[str, Any] = {**reach.params}
    if capped:
        params |= {
            "cap_channel": channel,
            "cap_purpose": purpose,
            "cap_messages": limits.cap_messages,
            "cap_since": now - timedelta(days=limits.cap_days),
        }
    joins = f"LEFT JOIN ({reach.text}) reach ON reach.customer_id = candidate.customer_id"
    return Gate(joins, _REFUSAL.format(capped=_CAPPED if capped else ""), params)


def count_by_refusal(customer_ids: list[int], *, channel: str, purpose: str, now: datetime) -> dict[str | None, int]:
    """How many of these people the gate would refuse, by reason; None counts those it would let pass."""
    asked = gate(channel=channel, purpose=purpose, now=now, limits=limits())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {asked.refusal} AS refusal, count(*)
              FROM unnest(%(customer_ids)s::bigint[]) AS candidate (customer_id)
              {asked.joins}
             GROUP BY 1
            """,  # noqa: S608 - constant SQL
            {**asked.params, "customer_ids": customer_ids},
        )
        return dict(cursor.fetchall())


_REFUSAL = """CASE
  WHEN reach.customer_id IS NULL THEN 'customer_gone'
  WHEN reach.consent_state IS NULL THEN 'consent_missing'
  WHEN reach.consent_state = 'denied' THEN 'consent_denied'
  WHEN reach.consent_state = 'withdrawn' THEN 'consent_withdrawn'
  WHEN reach.suppression_reason IS NOT NULL THEN 'suppressed'
  WHEN COALESCE(reach.address, '') = '' THEN 'no_address'
  {capped}
END"""

# Only messages that left, or are about to; the partial index message_counts_to_cap is made for this.
_CAPPED = """WHEN (
    SELECT count(*) FROM messaging_message recent
     WHERE recent.customer_id = candidate.customer_id AND recent.channel = %(cap_channel)s
       AND recent.purpose = %(cap_purpose)s AND recent.claimed_at > %(cap_since)s
       AND recent.state IN ('claimed', 'sending', 'sent', 'uncertain')
  ) >= %(cap_messages)s THEN 'capped'"""
