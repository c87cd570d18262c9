"""Hypothesis strategies for rules about a business."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.segments.business import CHANNELS, OWNERS, Business
from tests.segments.happenings import EVENTS, SKUS

DAYS = st.sampled_from(
    [
        "2024-03-31",
        "2024-03-30",
        "2024-04-01",
        "2024-03-01",
        "2024-02-29",
        "2023-12-31",
        "2023-03-31",
        "2000-02-29",
        "1990-03-31",
    ]
)
COUNTS = st.sampled_from([1, 2, 7, 29, 30, 31, 90, 365])
UNITS = st.sampled_from(["hours", "days", "weeks", "months", "years"])
DAY_UNITS = st.sampled_from(["days", "weeks", "months", "years"])
MONEY = st.sampled_from([-2500, 0, 1, 100, 2500, 2501, 5000, 5001])
CURRENCIES = st.sampled_from(["CNY", "JPY"])

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
ODD_TEXTS = [
    "\\", "\\'", "' OR 1=1 --", '"', "`", "a\\nb", "a\nb\t", "\\u0041", "%_", "{x}", "${spark.app.name}", "${env:PATH}",
    "$x", ":x", "?", "/* */", "--", "é", "e\u0301", "王😀", " ", "", "\r\n", "\x1a", "r'x'", "\\\\%",
]  # fmt: skip


def compared(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.fixed_dictionaries({"op": st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), "value": values})
    pair = st.tuples(values, values).map(sorted).map(lambda ends: {"op": "between", "value": ends})
    return one | pair


def chosen(values: st.SearchStrategy[Any], *, many: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    one = st.fixed_dictionaries({"op": st.sampled_from(["eq", "ne"]), "value": values})
    some = st.fixed_dictionaries(
        {"op": st.sampled_from(["in", "not_in"]), "value": st.lists(values, max_size=3, unique=True)}
    )
    return one | some if many else one


KNOWN = st.sampled_from([{"op": "is_set"}, {"op": "is_not_set"}])


def stretched(units: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "op": st.sampled_from(["last_n", "next_n"]),
            "value": st.fixed_dictionaries({"n": COUNTS, "unit": units}),
        }
    )


def listing(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Of a list: has one, has any of several, has none of them."""
    return st.fixed_dictionaries({"op": st.just("contains"), "value": values}) | st.fixed_dictionaries(
        {"op": st.sampled_from(["in", "not_in"]), "value": st.lists(values, max_size=2, unique=True)}
    )


def birthdays() -> st.SearchStrategy[dict[str, Any]]:
    periods = st.fixed_dictionaries(
        {
            "which": st.sampled_from(["this", "last", "next"]),
            "unit": st.sampled_from(["week", "month", "quarter", "year"]),
        }
    )
    months = st.lists(st.integers(1, 12), max_size=3, unique=True)
    return (
        st.fixed_dictionaries({"op": st.just("during"), "value": periods})
        | st.fixed_dictionaries({"op": st.sampled_from(["in", "not_in"]), "value": months})
        | stretched(DAY_UNITS)
    )


def anniversaries() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "op": st.sampled_from(["anniversary_last_n", "anniversary_next_n"]),
            "value": st.fixed_dictionaries({"n": COUNTS, "unit": DAY_UNITS}),
        }
    )


def circles() -> st.SearchStrategy[dict[str, Any]]:
    """Around Shanghai, around Hangzhou (164 km away), around the date line and the pole; ten metres to everywhere."""
    points = st.sampled_from([(31.2304, 121.4737), (30.2741, 120.1551), (-31, 179.9), (89.5, 180)])
    km = st.sampled_from([0.001, 0.01, 0.02, 100, 163, 166, 20_000])
    return st.tuples(points, km).map(
        lambda drawn: {
            "op": "within",
            "value": {"latitude": drawn[0][0], "longitude": drawn[0][1], "km": drawn[1]},
        }
    )


def fields(business: Business) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["王芳", "Ann", "ann", "李_小龙%", "n", "_", "%"])
    found = st.fixed_dictionaries({"op": st.sampled_from(["contains", "starts_with"]), "value": names})
    cities = st.sampled_from(["上海", "杭州", "Suzhou", "O'Fallon 100%_", "nowhere"])
    tags = st.sampled_from(["vip", "new", "O'Neil", "none"])
    money = st.tuples(compared(MONEY) | KNOWN, CURRENCIES).map(lambda pair: {**pair[0], "currency": pair[1]})
    balances = st.tuples(compared(MONEY), CURRENCIES).map(lambda pair: {**pair[0], "currency": pair[1]})
    instants = compared(DAYS) | stretched(UNITS) | anniversaries() | KNOWN
    around = st.tuples(st.sampled_from(business.store_ids), st.sampled_from([0.001, 0.02, 163, 166])).map(
        lambda drawn: {"op": "within", "value": {"store": drawn[0], "km": drawn[1]}}
    )
    conditions = {
        "name": chosen(names) | found | KNOWN,
        "gender": chosen(st.sampled_from(["female", "male", "other"])) | KNOWN,
        "birth_on": compared(DAYS) | stretched(DAY_UNITS) | anniversaries() | KNOWN,
        "birthday": birthdays() | KNOWN,
        "district": chosen(st.sampled_from(["黄浦区", "静安区"])) | KNOWN,
        "occupation": chosen(st.sampled_from(["教师", "Nurse", "nurse"])) | found | KNOWN,
        "income": chosen(st.sampled_from(["under_5k", "5k_10k", "over_50k"])) | KNOWN,
        "education": chosen(st.sampled_from(["school", "master", "doctor"])) | KNOWN,
        "interests": listing(st.sampled_from(["茶", "咖啡", "O'Neil", "none"])) | KNOWN,
        "stage": chosen(st.sampled_from(["lead", "lost", "new"])) | KNOWN,
        "owner": chosen(st.sampled_from([*OWNERS, 9])) | KNOWN,
        "referrer": chosen(st.sampled_from([row["id"] for row in business.customers[:5]])) | KNOWN,
        "source_channel": chosen(st.sampled_from(["pos", "web", "app"])) | KNOWN,
        "source_campaign": chosen(st.sampled_from(["双十一", "spring_100%"])) | found | KNOWN,
        "location": circles() | around | KNOWN,
        "found_interests": listing(st.sampled_from(["茶", "咖啡", "O'Neil", "none"])) | KNOWN,
        "household": chosen(st.sampled_from([*business.household_ids, 10**9])) | KNOWN,
        "household_size": compared(st.integers(1, 4)) | KNOWN,
        "companies": listing(st.sampled_from([*business.company_ids, 10**9])) | KNOWN,
        "fixed_lists": listing(st.sampled_from([*business.list_ids, 10**9])) | KNOWN,
        "fields.motto": chosen(st.sampled_from(["Joy", "joy_"])) | found | KNOWN,
        "fields.children": compared(st.sampled_from([0, 1, 2.5, 3])) | KNOWN,
        "fields.budget": compared(st.sampled_from([-5, 0, 499, 500])) | KNOWN,
        "fields.seen_on": compared(DAYS) | stretched(DAY_UNITS) | anniversaries() | KNOWN,
        "fields.level": chosen(st.sampled_from(["gold", "silver"])) | KNOWN,
        "fields.skin": listing(st.sampled_from(["dry", "oily", "mixed"])) | KNOWN,
        "fields.shop": chosen(st.sampled_from(business.store_ids)) | KNOWN,
        "tier": chosen(st.sampled_from(["silver", "gold", "none"])) | KNOWN,
        "tier_since_at": instants,
        "tier_until_at": instants,
        "points": compared(st.sampled_from([-70, 0, 1, 100, 2500])),
        "stored_value": balances,
        "stored_value_paid": balances,
        "stored_value_bonus": balances,
        "language": chosen(st.sampled_from(["zh-CN", "en"])) | KNOWN,
        "city": chosen(cities) | KNOWN,
        "tags": listing(tags) | KNOWN,
        "has_email": st.booleans().map(lambda value: {"op": "eq", "value": value}),
        "email_domain": chosen(st.sampled_from(["qq.com", "example.org"])) | KNOWN,
        "sms_marketing": chosen(st.sampled_from(["granted", "denied"])) | KNOWN,
        "email_marketing": chosen(st.sampled_from(["granted", "denied", "withdrawn"])) | KNOWN,
        "home_store": chosen(st.sampled_from(business.store_ids)) | KNOWN,
        "home_region": chosen(st.sampled_from([*business.region_ids, 10**9])) | KNOWN,
        "source": chosen(st.sampled_from(business.source_ids)) | KNOWN,
        "member": st.booleans().map(lambda value: {"op": "eq", "value": value}),
        "member_since_at": instants,
        "created_at": instants,
        "last_order_at": instants,
        "orders_count": compared(st.sampled_from([0, 1, 2, 1.5])) | KNOWN,
        "spent": money,
    }
    return st.one_of(
        [body.map(lambda said, key=key: {"field": key, **said}) for key, body in conditions.items()]  # type: ignore[misc]
    )


def windows() -> st.SearchStrategy[dict[str, Any]]:
    between = st.tuples(DAYS, DAYS).map(sorted).map(lambda ends: {"between": {"from": ends[0], "to": ends[1]}})
    half = DAYS.map(lambda day: {"between": {"from": day}}) | DAYS.map(lambda day: {"between": {"to": day}})
    ago = st.tuples(st.integers(0, 40), st.integers(1, 400), UNITS).map(
        lambda drawn: {"ago": {"from_n": drawn[0] + drawn[1], "to_n": drawn[0], "unit": drawn[2]}}
    )
    return (
        st.just({"ever": True})
        | st.fixed_dictionaries({"last": st.fixed_dictionaries({"n": COUNTS, "unit": UNITS})})
        | between
        | half
        | ago.filter(lambda window: window["ago"]["unit"] != "years" or window["ago"]["from_n"] < 200)
        | st.fixed_dictionaries(
            {
                "calendar": st.fixed_dictionaries(
                    {
                        "which": st.sampled_from(["this", "last"]),
                        "unit": st.sampled_from(["week", "month", "quarter", "year"]),
                    }
                )
            }
        )
    )


def filters(business: Business) -> st.SearchStrategy[list[dict[str, Any]]]:
    conditions = {
        "product": chosen(st.sampled_from(business.product_ids)),
        "category": chosen(st.sampled_from(business.category_ids)),
        "brand": chosen(st.sampled_from(business.brand_ids)),
        "supplier": chosen(st.sampled_from(business.supplier_ids)),
        "store": chosen(st.sampled_from(business.store_ids)),
        "region": chosen(st.sampled_from([*business.region_ids, 10**9])),
        "coupon": chosen(st.sampled_from([*business.offer_ids, 10**9])) | KNOWN,
        "offer": chosen(st.sampled_from([*business.offer_ids, 10**9])) | KNOWN,
        "channel": chosen(st.sampled_from(CHANNELS)),
        "source": chosen(st.sampled_from(business.source_ids)),
        "unit_price": compared(st.sampled_from([1, 100, 123, 500])),
    }
    one = st.one_of(
        [body.map(lambda said, key=key: {"field": key, **said}) for key, body in conditions.items()]  # type: ignore[misc]
    )
    return st.lists(one, max_size=2)


@st.composite
def purchases(draw: st.DrawFn, business: Business) -> dict[str, Any]:
    measure = draw(
        st.sampled_from(
            ["orders", "lines", "quantity", "net", "average_order", "distinct_products", "first_at", "last_at"]
        )
    )
    where = draw(filters(business))
    if measure in ("first_at", "last_at"):
        said = draw(compared(DAYS) | stretched(UNITS))
    elif measure in ("net", "average_order"):
        said = draw(compared(MONEY))
    elif measure == "quantity":
        said = draw(compared(st.sampled_from([-0.5, 0, 0.5, 1, 2.125, 3])))
    else:
        said = draw(compared(st.integers(0, 3)))
    node = {"measure": measure, **said, "where": where, "window": draw(windows())}
    if measure in ("net", "average_order") or any(condition["field"] == "unit_price" for condition in where):
        node["currency"] = draw(CURRENCIES)
    return {"bought": node}


def details(business: Business, kind: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Filters of an activity."""
    sources = chosen(st.sampled_from(business.source_ids)) | KNOWN
    texts = st.sampled_from([*EVENTS, *SKUS, "/tea", "a", "%"])
    found = st.fixed_dictionaries({"op": st.sampled_from(["contains", "starts_with"]), "value": texts})
    yes = st.booleans().map(lambda value: {"op": "eq", "value": value})
    words = st.sampled_from(["red", "Red", "5", "true", "茶", "blue"])
    by_text = chosen(words) | st.fixed_dictionaries({"op": st.just("contains"), "value": words}) | KNOWN
    by_number = compared(st.sampled_from([-3.001, -3, 5, 12, 12.5])) | KNOWN
    conditions: dict[str, dict[str, st.SearchStrategy[dict[str, Any]]]] = {
        "did": {
            "event": chosen(st.sampled_from(EVENTS)) | found,
            "kind": chosen(st.sampled_from(["track", "page"])),
            "source": sources,
            "path": chosen(st.sampled_from(["/tea", "/tea/1"])) | found | KNOWN,
            "sku": chosen(st.sampled_from(SKUS)) | KNOWN,
            "properties.color": by_text,
            "properties.vip": by_text,
            "properties.名 称": by_text,
            "properties.price": by_number | by_text,
        },
        "cart": {
            "items": compared(st.integers(0, 2)),
            "value": compared(MONEY) | KNOWN,
            "sku": listing(st.sampled_from(SKUS)) | KNOWN,
            "end": chosen(st.sampled_from(["ordered", "expired"])) | KNOWN,
            "source": sources,
        },
        "check_in": {
            "store": chosen(st.sampled_from(business.store_ids)) | KNOWN,
            "kind": chosen(st.sampled_from(["qr", "wifi"])),
            "place": chosen(st.sampled_from(["茶馆", "Tea_House"])) | found | KNOWN,
            "source": sources,
        },
        "message": {
            "campaign": chosen(st.sampled_from(business.campaign_ids)),
            "channel": chosen(st.sampled_from(["email", "sms"])),
            "purpose": chosen(st.sampled_from(["marketing", "service"])),
            "delivered": yes,
            "opened": yes,
            "clicked": yes,
        },
        "coupon": {
            "offer": chosen(st.sampled_from(business.offer_ids)),
            "state": chosen(st.sampled_from(["issued", "expired", "void"])),
            "discount": KNOWN,
        },
        "group": {
            "deal": chosen(st.sampled_from(business.deal_ids)),
            "merchant": chosen(st.sampled_from(business.merchant_ids)),
            "missing": compared(st.integers(0, 4)) | KNOWN,
            "state": chosen(st.sampled_from(["seated", "confirmed", "refunded", "lapsed"])),
            "quantity": compared(st.integers(0, 3)),
            "amount": compared(MONEY),
        },
        "voucher": {
            "deal": chosen(st.sampled_from(business.deal_ids)),
            "merchant": chosen(st.sampled_from(business.merchant_ids)),
            "state": chosen(st.sampled_from(["issued", "partly_used", "used", "expired"])),
            "uses_left": compared(st.integers(0, 3)),
            "left": compared(MONEY),
        },
        "supply": {
            "product": chosen(st.sampled_from(business.product_ids)),
            "sample_of": chosen(st.sampled_from(business.product_ids[:3])) | KNOWN,
            "category": listing(st.sampled_from(business.category_ids)) | KNOWN,
            "brand": chosen(st.sampled_from(business.brand_ids)) | KNOWN,
            "bought": yes,
        },
        "points": {
            "amount": compared(st.sampled_from([0, 1, 100])),
            "kind": chosen(st.sampled_from(["earned", "bonus"])),
        },
        "stored_value": {
            "amount": compared(MONEY),
            "kind": chosen(st.sampled_from(["paid", "bonus"])),
        },
    }
    one = st.one_of(
        [body.map(lambda said, key=key: {"field": key, **said}) for key, body in conditions[kind].items()]  # type: ignore[misc]
    )
    return st.lists(one, max_size=2)


VERBS = {
    "did": ["did"],
    "cart": ["began", "checked_out", "abandoned", "ended"],
    "check_in": ["checked_in"],
    "message": ["sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained"],
    "coupon": ["issued", "redeemed", "expires"],
    "points": ["expires"],
    "stored_value": ["expires"],
    "supply": ["used_up"],
    "group": ["joined", "formed", "failed", "closes"],
    "voucher": ["issued", "redeemed", "expires"],
}
AHEAD = {
    ("supply", "used_up"),
    ("coupon", "expires"),
    ("points", "expires"),
    ("stored_value", "expires"),
    ("group", "closes"),
    ("voucher", "expires"),
}
STEPS = sorted(kind for kind, verbs in VERBS.items() if any((kind, verb) not in AHEAD for verb in verbs))
SUMS = {
    "did": ["properties.price", "properties.color"],
    "cart": ["items", "value"],
    "coupon": ["discount"],
    "points": ["amount"],
    "stored_value": ["amount"],
    "group": ["missing", "amount"],
    "voucher": ["uses_left", "left"],
}
_MONEY_DETAILS = {
    "cart": "value",
    "coupon": "discount",
    "stored_value": "amount",
    "group": "amount",
    "voucher": "left",
}


def _needs_currency(kind: str, node: dict[str, Any]) -> bool:
    asked = [node.get("of"), *(one["field"] for one in node["where"])]
    return kind in _MONEY_DETAILS and _MONEY_DETAILS[kind] in asked


@st.composite
def happenings(draw: st.DrawFn, business: Business) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(VERBS)))
    verb = draw(st.sampled_from(VERBS[kind]))
    measure = draw(st.sampled_from(["count", "count", "first_at", "last_at", *(["sum"] if kind in SUMS else [])]))
    node: dict[str, Any] = {"verb": verb, "measure": measure, "where": draw(details(business, kind))}
    if measure in ("first_at", "last_at"):
        node |= draw(compared(DAYS) | stretched(UNITS))
    elif measure == "sum":
        node["of"] = draw(st.sampled_from(SUMS[kind]))
        numbers = st.sampled_from([-3.001, 0, 12.5, 24]) if kind == "did" else st.integers(0, 3)
        node |= draw(compared(MONEY if node["of"] == _MONEY_DETAILS.get(kind) else numbers))
    else:
        node |= draw(compared(st.integers(0, 3)))
    ahead = st.fixed_dictionaries({"next": st.fixed_dictionaries({"n": COUNTS, "unit": UNITS})})
    node["window"] = draw(windows() | ahead if (kind, verb) in AHEAD else windows())
    if _needs_currency(kind, node):
        node["currency"] = draw(CURRENCIES)
    return {kind: node}


@st.composite
def steps(draw: st.DrawFn, business: Business) -> dict[str, Any]:
    kind = draw(st.sampled_from(["bought", *STEPS]))
    if kind == "bought":
        where = draw(filters(business))
        priced = any(condition["field"] == "unit_price" for condition in where)
        return {"bought": {"where": where, **({"currency": draw(CURRENCIES)} if priced else {})}}
    verb = draw(st.sampled_from([verb for verb in VERBS[kind] if (kind, verb) not in AHEAD]))
    node = {"verb": verb, "where": draw(details(business, kind))}
    return {kind: {**node, **({"currency": draw(CURRENCIES)} if _needs_currency(kind, node) else {})}}


@st.composite
def sequences(draw: st.DrawFn, business: Business) -> dict[str, Any]:
    within = st.fixed_dictionaries({"n": COUNTS, "unit": st.sampled_from(["minutes", "hours", "days", "weeks"])})
    return {
        "sequence": {
            "first": draw(steps(business)),
            "then": draw(steps(business)),
            "followed": draw(st.booleans()),
            "within": draw(st.none() | within),
            "window": draw(windows()),
        }
    }


def others(segment_ids: list[int]) -> st.SearchStrategy[dict[str, Any]]:
    """Consent, random shares, and other segments where there are any."""
    reach = st.fixed_dictionaries(
        {"channel": st.sampled_from(["email", "sms"]), "purpose": st.sampled_from(["marketing", "service"])}
    ).map(lambda body: {"consent": body})
    share = st.tuples(st.sampled_from(["a", "二"]), st.lists(st.integers(0, 10_000), min_size=2, max_size=2)).map(
        lambda drawn: {"bucket": {"salt": drawn[0], "from": min(drawn[1]) / 100, "to": max(drawn[1]) / 100}}
    )
    named = [st.sampled_from(segment_ids).map(lambda id: {"segment": id})] if segment_ids else []
    return st.one_of([reach, share, *named])


def trees(business: Business) -> st.SearchStrategy[dict[str, Any]]:
    leaves = (
        fields(business)
        | purchases(business)
        | happenings(business)
        | sequences(business)
        | others(sorted(business.segments))
    )
    return st.recursive(
        leaves,
        lambda children: (
            st.lists(children, max_size=3).map(lambda nodes: {"all": nodes})
            | st.lists(children, max_size=3).map(lambda nodes: {"any": nodes})
            | children.map(lambda node: {"not": node})
        ),
        max_leaves=6,
    )
