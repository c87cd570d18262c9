"""Small files a newcomer can import: what a group-buy site, a till and a sign-up desk hand over, dirt included."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from huike.demo.brand import FAMILY_NAMES, GIVEN_FEMALE, PRODUCTS, STORES

_PHYSICAL = [store for store in STORES if not store.is_online]


def write_examples(folder: Path, *, seed: int, as_of: datetime, zone: ZoneInfo) -> list[Path]:
    """Write the files into `folder`, made if need be; their paths. The same arguments write the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)  # noqa: S311 - made-up data, not a secret
    now = as_of.astimezone(zone)
    return [
        _write(folder / "group-buy-orders.csv", _group_buy_rows(draw, now), encoding="gb18030"),
        _write(folder / "till-orders.csv", _till_rows(draw, now), encoding="utf-8"),
        _write(folder / "new-members.csv", _member_rows(draw, now), encoding="utf-8-sig"),
    ]


def _group_buy_rows(draw: random.Random, now: datetime) -> list[Sequence[object]]:
    """A group-buy site's export, in the encoding such exports come in. Two rows are wrong on purpose."""
    rows: list[Sequence[object]] = [
        ("订单号", "商品编码", "商品名称", "数量", "单价", "优惠金额", "下单时间", "手机号", "城市", "门店编码")
    ]
    for i in range(120):
        item = draw.choice(PRODUCTS[:20])
        store = draw.choice(_PHYSICAL)
        price = item.price_minor / 100
        at = now - timedelta(minutes=draw.randint(10, 7 * 24 * 60))
        phone = f"199{draw.randrange(1_000_000):08d}" if i % 3 == 0 else f"1990{draw.randrange(10**7):07d}"
        discount = f"{item.price_minor * 28 // 100 / 100:.2f}"
        rows.append(
            (
                f"TG{now:%Y%m}{i:05d}",
                item.sku,
                item.name,
                1,
                f"{price:.2f}",
                discount,
                f"{at:%Y-%m-%d %H:%M:%S}",
                phone,
                store.city,
                store.code,
            )
        )
    rows.append(
        (
            f"TG{now:%Y%m}90001",
            "T101",
            "青禾龙井鲜奶茶",
            1,
            "-19.00",
            "0",
            f"{now:%Y-%m-%d} 10:00:00",
            "",
            "上海",
            "SH01",
        )
    )
    rows.append((f"TG{now:%Y%m}90002", "T102", "桂花乌龙奶茶", 1, "20.00", "0", "待定", "", "上海", "SH01"))
    return rows


def _till_rows(draw: random.Random, now: datetime) -> list[Sequence[object]]:
    """A till's journal: several lines an order, walk-ins, a cancellation."""
    rows: list[Sequence[object]] = [
        ("Order No", "SKU", "Item", "Qty", "Unit Price", "Date Time", "Member Card", "Store Code")
    ]
    for i in range(80):
        store = draw.choice(_PHYSICAL)
        at = now - timedelta(minutes=draw.randint(10, 3 * 24 * 60))
        card = f"QH{100_001 + draw.randrange(18_000)}" if i % 4 else ""
        rows.extend(
            (
                f"J{i:06d}",
                item.sku,
                item.name,
                draw.randint(1, 2),
                f"{item.price_minor / 100:.2f}",
                f"{at:%Y-%m-%d %H:%M}",
                card,
                store.code,
            )
            for item in draw.sample(PRODUCTS[:20], draw.randint(1, 3))
        )
    rows.append(("CJ000003", "T101", "青禾龙井鲜奶茶", -1, "19.00", f"{now:%Y-%m-%d %H:%M}", "", "SH01"))
    return rows


def _member_rows(draw: random.Random, now: datetime) -> list[Sequence[object]]:
    """The sign-up desk's sheet, with what each person agreed to."""
    rows: list[Sequence[object]] = [("姓名", "手机号", "邮箱", "生日", "城市", "邮件营销同意", "同意日期", "会员卡号")]
    for i in range(60):
        name = draw.choice(FAMILY_NAMES) + draw.choice(GIVEN_FEMALE)
        birth = datetime(1965, 1, 1) + timedelta(days=draw.randrange(15_000))  # noqa: DTZ001 - a calendar day
        agreed = "是" if draw.random() < 0.8 else "否"
        rows.append(
            (
                name,
                f"1991{draw.randrange(10**7):07d}",
                f"member{i:03d}@qinghe.example",
                f"{birth:%Y-%m-%d}",
                draw.choice(_PHYSICAL).city,
                agreed,
                f"{now:%Y-%m-%d}",
                f"QH9{i:05d}",
            )
        )
    return rows


def _write(path: Path, rows: list[Sequence[object]], *, encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as output:
        csv.writer(output).writerows(rows)
    return path
