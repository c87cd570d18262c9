"""What she says was wrong with a voucher of hers, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.http.request import QueryDict

from huike.groupbuy.complaints import services
from huike.groupbuy.models import Complaint, Participation
from huike.groupbuy.public import telling
from huike.kernel.errors import Invalid

LONGEST: Final = 1_000

Words = Mapping[str, str]


class ComplaintIncomplete(Invalid):
    code = "complaint.incomplete"
    title = "A complaint says of what kind it is and what happened"


def take(voucher_id: int, form: QueryDict, one: Participation, *, now: datetime) -> None:
    """What the form says about this voucher of hers. Raises ComplaintIncomplete, ComplaintMadeAlready."""
    kind, text = form.get("kind", ""), form.get("text", "").strip()
    if kind not in Complaint.Kind.values or not text or len(text) > LONGEST:
        raise ComplaintIncomplete
    services.complain_about_voucher(voucher_id, kind=kind, text=text, customer_id=one.customer_id, now=now)


def of_vouchers(voucher_ids: Iterable[int]) -> dict[int, Complaint]:
    """What buyers themselves said about each of these vouchers."""
    made = Complaint.objects.filter(voucher__in=list(voucher_ids), made_by="")
    return {one.voucher_id: one for one in made if one.voucher_id is not None}


def shown(one: Complaint | None, words: Words, *, typed: QueryDict | None = None) -> dict[str, Any]:
    """What she said and what was decided; the form where she said nothing yet, with what she just typed."""
    if one is not None:
        return {
            "said": one.text,
            "kind": words[f"complaint_{one.kind}"],
            "made": words["complaint_made"].format(day=telling.moment(one.made_at)[:10]),
            "state": words[f"complaint_{one.state}"],
            "tone": {"upheld": "good", "rejected": ""}.get(one.state, "hot"),
            "answer": one.decision_words,
        }
    told = typed or QueryDict()
    kinds = [("", words["complaint_choose"]), *((kind, words[f"complaint_{kind}"]) for kind in Complaint.Kind.values)]
    return {
        "asks": True,
        "is_open": typed is not None,
        "kinds": [{"value": kind, "label": label, "chosen": kind == told.get("kind", "")} for kind, label in kinds],
        "text": told.get("text", "")[:LONGEST],
        "longest": LONGEST,
    }
