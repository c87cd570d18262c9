"""Our signatures before a judge that shares nothing with us: the verifier of Standard Webhooks for Node."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from huike.webhooks.signing import headers_of, new_secret

HERE = Path(__file__).parent
BODY = json.dumps(
    {"type": "orders.order_placed", "data": {"name": "青禾茶点 🍵", "note": "a\u2028b"}}, ensure_ascii=False
)


def verdicts(*cases: dict[str, Any]) -> list[str | None]:
    run = subprocess.run(
        ["node", "judge.mjs"], cwd=HERE, input=json.dumps(cases).encode(), capture_output=True, check=True, timeout=60
    )
    return list(json.loads(run.stdout))


def test_a_receiver_in_another_language_takes_what_we_sign_and_nothing_else() -> None:
    old, new, foreign = new_secret(), new_secret(), new_secret()
    now = datetime.now(UTC)
    signed = headers_of("msg_1", BODY, at=now, signed_with=[new, old])
    stale = headers_of("msg_1", BODY, at=now - timedelta(minutes=6), signed_with=[new])
    early = headers_of("msg_1", BODY, at=now + timedelta(minutes=6), signed_with=[new])

    def case(secret: str, headers: dict[str, str], body: str = BODY) -> dict[str, Any]:
        return {"secret": secret, "headers": headers, "body": body}

    taken = verdicts(
        case(new, signed), case(old, signed), case(new, headers_of("m", "", at=now, signed_with=[new]), "")
    )
    assert taken == [None, None, None]
    refused = verdicts(
        case(foreign, signed),
        case(new, signed, BODY + " "),
        case(new, {**signed, "webhook-id": "msg_2"}),
        case(new, {**signed, "webhook-timestamp": str(int(now.timestamp()) + 1)}),
        case(new, stale),
        case(new, early),
        case(new, {**signed, "webhook-signature": "v1,"}),
    )
    assert [None] * len(refused) != refused
    assert None not in refused
