# ruff: noqa: E501 - cases read as tables
"""A million customers as a chain of shops would have on file, written by a few statements into an empty database.

Names are drawn from a pool made as households make them (`made_people`), the frequent ones often; most live in a few
cities; two in three ever bought, a few very often; a handful of tags is on many files and a long tail on few; six
fields of the operator's own, one of each type, filled to different degrees. Everything follows from one seed.
"""

from __future__ import annotations

import random
from typing import Any

from made_people import Town

NAMES = 60_000
STORES = 200
OWNERS = 40
TAGS = 300
CITIES = (
    "上海", "北京", "广州", "深圳", "杭州", "成都", "武汉", "南京", "苏州", "重庆", "西安", "长沙", "青岛", "宁波", "厦门", "郑州",
    "天津", "合肥", "福州", "济南", "昆明", "大连", "沈阳", "无锡", "佛山", "东莞", "南宁", "太原", "贵阳", "南昌",
)  # fmt: skip
FIELDS = ("favourite", "visits", "deposit", "wedding", "level", "likes")

_FIELDS = """
INSERT INTO customers_field (key, name, description, type, currency, options, required, is_unique, position) VALUES
 ('favourite', '常点', '', 'text', NULL, '[]', false, false, 1),
 ('visits', '到店次数', '', 'number', NULL, '[]', false, false, 2),
 ('deposit', '押金', '', 'money', 'CNY', '[]', false, false, 3),
 ('wedding', '结婚纪念日', '', 'date', NULL, '[]', false, false, 4),
 ('level', '等级', '', 'choice', NULL, %s, false, false, 5),
 ('likes', '口味', '', 'multi_choice', NULL, %s, false, false, 6)
"""

# Each random number is drawn once for a row; what depends on it is one person's fact. The hash spreads what a sequence
# would keep together on neighbouring pages.
_PEOPLE = """
INSERT INTO customers_customer (
    state, name, name_pinyin, name_initials, phone, email, card_number, gender, birth_on, language, country, province,
    city, district, occupation, income, education, declared_interests, stage, notes, tags, source_id, source_channel,
    source_campaign, home_store_id, owner_id, member_since_at, orders_count, returns_count, spent_minor, spent_currency,
    first_order_at, last_order_at, created_at, updated_at)
SELECT CASE WHEN p.any < 0.002 THEN 'erased' ELSE 'active' END, n.name, n.pinyin, n.initials,
       CASE WHEN p.with_phone < 0.93 THEN '+861' || (ARRAY['38', '39', '58', '86', '77', '50'])[1 + floor(p.prefix * 6)::int]
            || lpad(((p.n * 7919::bigint + 104729) %% 100000000)::text, 8, '0') END,
       CASE WHEN p.with_email < 0.45 THEN n.pinyin || (p.n %% 9973) ||
            (ARRAY['@qq.com', '@163.com', '@gmail.com', '@outlook.com'])[1 + floor(power(p.mail, 2) * 4)::int] END,
       CASE WHEN p.with_card < 0.40 THEN 'VIP' || lpad(((p.n * 15485863::bigint) %% 100000000)::text, 8, '0') END,
       (ARRAY['female', 'female', 'female', 'male', 'male', NULL])[1 + floor(p.gender * 6)::int],
       CASE WHEN p.with_birth < 0.6 THEN date '1950-01-01' + floor(p.born * 20000)::int END,
       CASE WHEN p.any < 0.05 THEN 'en' ELSE 'zh-CN' END, '中国',
       '省' || (1 + floor(power(p.place, 2.2) * 30)::int), (%(cities)s::text[])[1 + floor(power(p.place, 2.2) * 30)::int],
       CASE WHEN p.with_birth < 0.5 THEN '区' || (1 + floor(p.born * 400)::int) END,
       CASE WHEN p.mail < 0.2 THEN (ARRAY['教师', '护士', '工程师', '会计', '店主', '司机'])[1 + floor(p.gender * 6)::int] END,
       CASE WHEN p.mail > 0.8 THEN (ARRAY['under_5k', '5k_10k', '10k_20k', '20k_50k', 'over_50k'])[1 + floor(p.born * 5)::int] END,
       CASE WHEN p.mail > 0.9 THEN (ARRAY['school', 'vocational', 'bachelor', 'master', 'doctor'])[1 + floor(p.born * 5)::int] END,
       CASE WHEN p.with_card < 0.1 THEN jsonb_build_array((ARRAY['茶', '咖啡', '烘焙', '露营'])[1 + floor(p.born * 4)::int])
            ELSE '[]' END,
       CASE WHEN p.stage < 0.7 THEN (ARRAY['regular', 'regular', 'new', 'sleeping', 'lost', 'prospect', 'lead'])[
            1 + floor(p.stage * 10)::int] END, '',
       CASE WHEN p.tagged < 0.35 THEN (
            SELECT jsonb_agg(DISTINCT t ORDER BY t) FROM unnest(ARRAY[
                '标签' || (1 + floor(power(p.tagged / 0.35, 3) * %(tags)s)::int),
                '标签' || (1 + floor(power(p.tag2, 4) * %(tags)s)::int)]) t) ELSE '[]' END,
       1 + floor(power(p.source, 2) * 5)::int, (ARRAY['pos', 'web', 'wechat', 'marketplace', 'app'])[
            1 + floor(power(p.source, 2) * 5)::int],
       CASE WHEN p.source < 0.02 THEN '双十一' || (2020 + floor(p.mail * 6)::int) END,
       CASE WHEN p.home < 0.9 THEN 1 + floor(power(p.home / 0.9, 2) * %(stores)s)::int END,
       CASE WHEN p.owned < 0.3 THEN 1 + floor(p.owned / 0.3 * %(owners)s)::int END,
       CASE WHEN p.member < 0.5 THEN o.first_at END, o.orders, (o.orders * p.any / 3)::int,
       (o.orders * (2000 + p.spent * p.spent * 60000))::bigint, CASE WHEN o.orders > 0 THEN 'CNY' END,
       CASE WHEN o.orders > 0 THEN o.first_at END,
       CASE WHEN o.orders > 0 THEN o.first_at + (timestamptz '2026-11-01' - o.first_at) * p.recent END, o.first_at, o.first_at
  FROM (SELECT n, random() AS any, random() AS name, random() AS with_phone, random() AS prefix, random() AS with_email,
               random() AS mail, random() AS with_card, random() AS gender, random() AS with_birth, random() AS born,
               random() AS place, random() AS stage, random() AS tagged, random() AS tag2, random() AS source,
               random() AS home, random() AS owned, random() AS member, random() AS bought, random() AS spent,
               random() AS since, random() AS recent
          FROM generate_series(1, %(count)s) n) p
  JOIN bench_name n ON n.id = 1 + floor(power(p.name, 1.6) * %(names)s)::int
 CROSS JOIN LATERAL (SELECT CASE WHEN p.bought < 0.33 THEN 0 ELSE 1 + floor(power((p.bought - 0.33) / 0.67, 5) * 120)::int END
                                AS orders, timestamptz '2021-01-01' + p.since * interval '2130 days' AS first_at) o
"""

_VALUES = """
INSERT INTO customers_field_value (customer_id, field_id, slot, text, number, day)
SELECT c.id, f.id, '', CASE f.key
         WHEN 'favourite' THEN (ARRAY['茉莉奶绿', '杨枝甘露', '冻顶乌龙', '美式', '拿铁', '龙井'])[1 + c.id %% 6] || (c.id * 31 %% 977)
         WHEN 'level' THEN (ARRAY['gold', 'silver', 'silver', 'plain', 'plain', 'plain', 'plain', 'plain'])[1 + c.id * 13 %% 8] END,
       CASE f.key WHEN 'visits' THEN (c.id * 7 %% 60) * 1000 WHEN 'deposit' THEN (c.id * 17 %% 5000) * 100 END,
       CASE f.key WHEN 'wedding' THEN date '1990-01-01' + (c.id * 11 %% 12000)::int END
  FROM customers_customer c JOIN customers_field f ON f.key <> 'likes'
   AND CASE f.key WHEN 'favourite' THEN c.id %% 10 < 3 WHEN 'visits' THEN c.id %% 2 = 0 WHEN 'deposit' THEN c.id %% 20 = 3
            WHEN 'wedding' THEN c.id %% 9 = 4 ELSE c.id %% 3 <> 1 END
 UNION ALL
SELECT c.id, f.id, l.key, l.key, NULL, NULL
  FROM customers_customer c JOIN customers_field f ON f.key = 'likes'
  JOIN LATERAL (SELECT unnest(ARRAY['sweet', 'sour', 'spicy', 'cold']) AS key) l
    ON c.id %% 5 = 1 AND hashtext(l.key || c.id) %% 2 = 0
"""
_IDENTITIES = """
INSERT INTO customers_identity (customer_id, kind, value, verified)
SELECT id, 'phone', phone, true FROM customers_customer WHERE phone IS NOT NULL
 UNION ALL SELECT id, 'email', email, true FROM customers_customer WHERE email IS NOT NULL
 UNION ALL SELECT id, 'card', card_number, true FROM customers_customer WHERE card_number IS NOT NULL
    ON CONFLICT DO NOTHING
"""


def make_customers(connection: Any, count: int, *, seed: int = 7) -> None:
    """Fill an empty, migrated database; `connection` is Django's, as the role of the application."""
    from psycopg.types.json import Jsonb

    from huike.customers import rules

    town, rng = Town(seed), random.Random(seed)
    names = []
    for _ in range(NAMES):
        latin = rng.random() < 0.06
        gender = rng.choice(("male", "female"))
        names.append(town._name(town._surname(latin), gender, latin, None))
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute("CREATE TEMP TABLE bench_name (id int, name text, pinyin text, initials text)")
        with cursor.copy("COPY bench_name FROM STDIN") as copy:
            for number, name in enumerate(names, start=1):
                keys = rules.name_keys(name)
                copy.write_row((number, name, keys.pinyin, keys.initials))
        cursor.execute("CREATE INDEX ON bench_name (id); ANALYZE bench_name")
        for number, key in enumerate(("till", "shop", "mini", "market", "app"), start=1):
            cursor.execute(
                "INSERT INTO customers_source (key, name, channel, timezone, currency) "
                "VALUES (%s, %s, 'pos', 'Asia/Shanghai', 'CNY')",
                [key, f"来源{number}"],
            )
        cursor.execute(
            "INSERT INTO catalog_store (code, name, is_online, city) "
            "SELECT 'S' || n, '门店' || n, false, '' FROM generate_series(1, %s) n",
            [STORES],
        )
        levels = [{"key": key, "name": key} for key in ("gold", "silver", "plain")]
        likes = [{"key": key, "name": key} for key in ("sweet", "sour", "spicy", "cold")]
        cursor.execute(_FIELDS, [Jsonb(levels), Jsonb(likes)])
        sizes = {
            "count": count,
            "names": NAMES,
            "tags": TAGS,
            "stores": STORES,
            "owners": OWNERS,
            "cities": list(CITIES),
        }
        cursor.execute(_PEOPLE, sizes)
        cursor.execute(_VALUES.replace("%%", "%"))
        cursor.execute(_IDENTITIES)
    connection.commit()
