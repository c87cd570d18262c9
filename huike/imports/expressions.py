"""SQL (DuckDB) that reads a cell of text as what it means: expressions that are NULL where it cannot be read.

`docs/algorithms/imports.md`, section 4, states what is understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from huike.customers.built_in import FIELDS

# Space, tab, line ends, no-break space, ideographic space, byte order mark.
_BLANKS: Final = " \t\r\n\u00a0\u3000\ufeff"
_CURRENCY: Final = "[\\s\u00a0\u3000¥￥$£€元]|CNY|RMB|USD|GBP|EUR|HKD"
_FULL_WIDTH: Final = ("０１２３４５６７８９．，－（）＋", "0123456789.,-()+")

_OFFSET: Final = r":\d{2}(\.\d+)?\s*(Z|UTC|[+-]\d{2}(:?\d{2})?)$"
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_DATES: Final = {
    "year_first": ("%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"),
    "day_first": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d-%b-%Y"),
    "month_first": ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%b %d %Y", "%b %d, %Y"),
}
_SHORT_YEARS: Final[dict[str, tuple[str, ...]]] = {
    "year_first": (),
    "day_first": ("%d/%m/%y", "%d-%m-%y", "%d.%m.%y"),
    "month_first": ("%m/%d/%y", "%m-%d-%y"),
}
_CHINESE_TIMES: Final = ("%Y年%m月%d日%H时%M分", "%Y年%m月%d日 %H时%M分%S秒", "%Y年%m月%d日%H时%M分%S秒")
ORDERS: Final = tuple(_DATES)


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def text(cell: str) -> str:
    """Trimmed; empty is NULL."""
    return f"nullif(trim({cell}, {quoted(_BLANKS)}), '')"


def some(condition: str) -> str:
    """An aggregate: whether the condition holds of any row."""
    return f"coalesce(bool_or({condition}), false)"


def is_damaged(cell: str) -> str:
    """Whether the cell holds NUL or characters that could not be decoded."""
    return f"(contains({cell}, chr(0)) OR contains({cell}, '\ufffd'))"


def is_wrapped(cell: str) -> str:
    """Whether the cell is kept from table programmes: `="123"`, or an apostrophe before what they would take for more
    than text. A leading tab is blank and goes anyway."""
    # Most cells hold neither sign: two plain looks before the slow one.
    return (
        f"((contains({cell}, '=\"') OR contains({cell}, chr(39))) AND "
        f"regexp_matches(trim({cell}, {quoted(_BLANKS)}), '^(=\".*\"$|\\x27[0-9=+@-])'))"
    )


def unwrapped(value: str) -> str:
    """A trimmed text without its wrapper; NULL where nothing stands in it."""
    inner = f"regexp_replace(regexp_replace({value}, '^=\"(.*)\"$', '\\1'), '^\\x27([0-9=+@-])', '\\1')"
    return text(inner)


def damaged(cell: str) -> str:
    """The reason code when the cell holds NUL or characters that could not be decoded, else NULL."""
    nul, damage = f"contains({cell}, chr(0))", f"contains({cell}, '\ufffd')"
    return f"CASE WHEN {nul} THEN 'text.nul' WHEN {damage} THEN 'text.not_decodable' END"


def without_zeros(value: str) -> str:
    """`17850` of `17850.0`: for columns where that is what every point is about."""
    return f"split_part({value}, '.', 1)"


def only_zeros_behind_points(value: str) -> str:
    """An aggregate: whether the column of trimmed texts has points, and each only parts a whole number from zeros."""
    is_whole = f"regexp_full_match({value}, '-?\\d+\\.0+')"
    return f"coalesce(bool_and({is_whole}) FILTER (WHERE contains({value}, '.')), false)"


def number(value: str, *, decimal: str) -> str:
    """DECIMAL(18,6) of a trimmed text: 64 bits inside, so thirty times faster than a wider one."""
    as_number = "TRY_CAST({} AS DECIMAL(18,6))"
    bare = f"regexp_replace(translate(upper({value}), '{_FULL_WIDTH[0]}', '{_FULL_WIDTH[1]}'), '{_CURRENCY}', '', 'g')"
    bare = f"regexp_replace({bare}, '^\\((.*)\\)$', '-\\1')"
    if decimal == ",":
        # `1.234,5` and `1234,5`; `1.234` is a thousand and something here.
        shaped = f"regexp_full_match({bare}, '[-+]?(\\d{{1,3}}([.'']\\d{{3}})+|\\d+)(,\\d+)?')"
        slow = f"replace(regexp_replace({bare}, '[.'']', '', 'g'), ',', '.')"
        fast_fits = f"regexp_full_match({value}, '-?\\d+')"
    else:
        shaped = f"regexp_full_match({bare}, '[-+]?(\\d{{1,3}}([,'']\\d{{3}})+|\\d+)?(\\.\\d*)?')"
        shaped += f" AND regexp_matches({bare}, '\\d')"
        slow = f"regexp_replace({bare}, '[,'']', '', 'g')"
        fast_fits = f"NOT contains({value}, '_')"
    return (
        f"CASE WHEN {value} IS NULL THEN NULL"
        f" WHEN {fast_fits} AND {as_number.format(value)} IS NOT NULL THEN {as_number.format(value)}"
        f" WHEN {shaped} THEN {as_number.format(slow)} END"
    )


def iso(value: str) -> str:
    """TIMESTAMP of an ISO text without offset."""
    return f"CASE WHEN regexp_matches({value}, '^\\d{{4}}-') THEN TRY_CAST({value} AS TIMESTAMP) END"


def in_order(value: str, order: str) -> str:
    """TIMESTAMP of a text whose date is written in this order."""
    long = [date + time for date in _DATES[order] for time in _TIMES]
    if order == "year_first":
        long += ["%Y%m%d%H%M%S", *_CHINESE_TIMES]
    # strptime would read the 10 of 01/12/10 as the year 10.
    long_year = f"WHEN regexp_matches({value}, '\\d{{4}}') THEN {_parsed(value, long)}"
    short = [date + time for date in _SHORT_YEARS[order] for time in _TIMES]
    short_year = f" WHEN regexp_matches({value}, '\\d') THEN {_parsed(value, short)}" if short else ""
    return f"CASE {long_year}{short_year} END"


def _parsed(value: str, formats: Iterable[str]) -> str:
    return f"try_strptime({value}, [{', '.join(quoted(f) for f in formats)}])"


@dataclass(frozen=True, slots=True)
class InstantColumn:
    """How one column writes instants, found by looking at all of it."""

    order: str
    has_offsets: bool
    has_numbers: bool
    is_certain: bool = True
    only_iso: bool = False


def instant(value: str, column: InstantColumn, *, zone: str, days_since_1900: bool) -> str:
    """TIMESTAMP in UTC of a trimmed text. `days_since_1900`: bare numbers are a spreadsheet's dates, else Unix time."""
    local = [iso(value)] if column.only_iso else [iso(value), in_order(value, column.order)]
    branches = ""
    if column.has_offsets:
        branches += (
            f" WHEN regexp_matches({value}, '{_OFFSET}') THEN TRY_CAST({value} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        )
    if column.has_numbers:
        number_of = f"TRY_CAST({value} AS DOUBLE)"
        if days_since_1900:
            # Whole seconds: the fraction of a day has no exact milliseconds.
            local.insert(
                0,
                f"CASE WHEN {number_of} BETWEEN 1 AND 2958465 THEN TIMESTAMP '1899-12-30' + "
                f"to_seconds(round({number_of} * 86400)::BIGINT) END",
            )
        branches += (
            f" WHEN regexp_full_match({value}, '\\d{{10}}') THEN make_timestamp({value}::BIGINT * 1000000)"
            f" WHEN regexp_full_match({value}, '\\d{{13}}') THEN make_timestamp({value}::BIGINT * 1000)"
        )
    as_local = f"coalesce({', '.join(local)})" if len(local) > 1 else local[0]
    in_utc = f"timezone({quoted(zone)}, {as_local}) AT TIME ZONE 'UTC'" if zone != "UTC" else as_local
    return f"CASE{branches} ELSE {in_utc} END" if branches else in_utc


def instant_column_query(value: str) -> str:
    """One row: distinct values, and how many are ISO, have an offset, are plain numbers."""
    return f"""
        SELECT count(v) AS present, count({iso("v")}) AS iso,
               count(*) FILTER (WHERE regexp_matches(v, '{_OFFSET}')) AS offsets,
               count(*) FILTER (WHERE regexp_full_match(v, '\\d+(\\.\\d+)?')) AS numbers
          FROM (SELECT DISTINCT {value} AS v FROM raw)
        """


def date_orders_query(value: str) -> str:
    """One row: how many distinct values that are not ISO each order of ORDERS can read."""
    counts = ", ".join(f"count({in_order('v', order)}) AS {order}" for order in ORDERS)
    return f"SELECT {counts} FROM (SELECT DISTINCT {value} AS v FROM raw) WHERE {iso('v')} IS NULL"


def date(value: str, column: InstantColumn, *, days_since_1900: bool) -> str:
    """DATE of a trimmed text."""
    return f"({instant(value, column, zone='UTC', days_since_1900=days_since_1900)})::DATE"


def one_of(value: str, known: dict[str, tuple[str, ...]]) -> str:
    """The key whose words hold the text, without case; NULL where none does."""
    branches = " ".join(
        f"WHEN lower({value}) IN ({', '.join(quoted(word) for word in words)}) THEN {quoted(key)}"
        for key, words in known.items()
    )
    return f"CASE {branches} END"


YES_NO: Final = {
    "yes": ("yes", "y", "true", "t", "1", "1.0", "是", "同意", "已同意", "已订阅", "on", "granted", "subscribed", "√"),
    "no": (
        "no",
        "n",
        "false",
        "f",
        "0",
        "0.0",
        "否",
        "不同意",
        "未同意",
        "拒绝",
        "未订阅",
        "off",
        "denied",
        "unsubscribed",
        "×",
    ),
}
GENDERS: Final = {
    "female": ("female", "f", "w", "woman", "女", "女士", "女性"),
    "male": ("male", "m", "man", "男", "先生", "男士", "男性"),
    "other": ("other", "o", "x", "unknown", "其他", "未知", "保密"),
}
LANGUAGES: Final = {
    "zh-CN": ("zh", "zh-cn", "zh_cn", "zh-hans", "chinese", "中文", "简体中文", "汉语"),
    "en": ("en", "en-us", "en-gb", "en_us", "en_gb", "english", "英文", "英语"),
}


def _words_of(key: str, **more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The values of a choice of the file, by what they are called and by these words besides."""
    choices = FIELDS[key].choices
    return {
        value: (value, words.zh.lower(), words.en.lower(), *more.get(f"w_{value}", ()))
        for value, words in choices.items()
    }


INCOMES: Final = _words_of(
    "income",
    w_under_5k=("<5000", "5000以下", "5千以下", "5000元以下", "5k以下", "<5k"),
    w_5k_10k=("5000-10000", "5千-1万", "5千至1万", "5000-9999", "5k-10k"),
    w_10k_20k=("10000-20000", "1万-2万", "1-2万", "1万至2万", "10k-20k"),
    w_20k_50k=("20000-50000", "2万-5万", "2-5万", "2万至5万", "20k-50k"),
    w_over_50k=(">50000", "50000以上", "5万以上", "50000元以上", "50k以上", ">50k"),
)
EDUCATIONS: Final = _words_of(
    "education",
    w_school=("高中", "初中", "小学", "中专", "中学", "high school", "secondary", "primary"),
    w_vocational=("专科", "高职", "associate", "college"),
    w_bachelor=("大学", "大学本科", "学士", "bachelor's", "university", "undergraduate"),
    w_master=("研究生", "硕士研究生", "master's", "postgraduate"),
    w_doctor=("博士研究生", "phd", "ph.d.", "doctorate"),
)
STAGES: Final = _words_of(
    "stage",
    w_lead=("潜客", "潜在客户"),
    w_prospect=("意向客户", "opportunity"),
    w_new=("新客户", "新会员"),
    w_regular=("活跃", "老客", "老客户", "active"),
    w_sleeping=("沉睡客户", "dormant", "inactive"),
    w_lost=("流失客户", "churned"),
)
CHANNELS: Final = {
    "pos": ("pos", "store", "offline", "till", "门店", "线下", "实体店", "收银"),
    "web": ("web", "website", "online", "online store", "shop", "网站", "官网", "线上", "网店"),
    "app": ("app", "mobile app", "手机应用"),
    "wechat": ("wechat", "weixin", "mini program", "微信", "小程序", "微信小程序", "公众号", "微商城"),
    "marketplace": (
        "marketplace", "amazon", "ebay", "tmall", "taobao", "jd", "天猫", "淘宝", "京东", "拼多多", "抖音", "快手",
        "平台",
    ),
    "group_buy": ("group_buy", "group buy", "groupbuy", "groupon", "meituan", "dianping", "团购", "美团", "大众点评"),
    "phone": ("phone", "telephone", "call", "电话"),
    "company": ("company", "b2b", "wholesale", "企业", "批发", "公司"),
}  # fmt: skip
STATUSES: Final = {
    "paid": (
        "paid", "completed", "complete", "shipped", "delivered", "fulfilled", "partially_fulfilled", "processing",
        "done", "partially_refunded", "partially refunded", "已付款", "已支付", "买家已付款",
        "买家已付款，等待卖家发货", "买家已付款,等待卖家发货", "等待卖家发货", "待发货", "备货中", "部分发货",
        "已发货", "卖家已发货",
        "卖家已发货，等待买家确认", "卖家已发货,等待买家确认", "等待买家确认", "等待买家确认收货", "已签收", "待收货",
        "已收货", "交易成功", "交易完成", "已完成", "成功", "待使用", "未使用", "未消费", "已使用", "已消费", "已核销",
        "待核销", "部分核销", "待成团", "已成团",
    ),
    "unpaid": (
        "unpaid", "pending", "on-hold", "awaiting payment", "未付款", "未支付", "待付款", "待支付", "等待买家付款",
        "等待付款", "没有创建支付宝交易", "未创建支付宝交易",
    ),
    "closed": (
        "cancelled", "canceled", "closed", "voided", "failed", "expired", "已关闭", "交易关闭", "已取消", "交易取消",
        "订单关闭", "已撤销", "付款以前，卖家或买家主动关闭交易", "付款以前,卖家或买家主动关闭交易",
    ),
    "refunded": (
        "refunded", "已退款", "退款成功", "全额退款", "已全额退款", "付款以后用户退款成功，交易自动关闭",
        "付款以后用户退款成功,交易自动关闭",
    ),
}  # fmt: skip
# Of the after-sales column; `paid` says that nothing went back.
REFUND_STATUSES: Final = {
    "paid": (
        "none", "no", "-", "--", "—", "无", "无售后", "未申请", "未申请售后", "未退款", "没有申请退款", "无退款",
        "无退款申请", "售后关闭", "退款关闭", "已取消", "已撤销", "售后取消", "待商家处理", "待商家收货", "待买家退货",
        "商家待处理", "售后中", "售后处理中", "退款中", "退款处理中", "等待卖家同意退款", "等待买家退货",
        "卖家拒绝退款", "已拒绝", "补寄成功", "换货成功", "维修成功",
    ),
    "refunded": (
        "refunded", "退款成功", "已退款", "退款完成", "退款完结", "售后完成", "全额退款", "已全额退款", "全额退款成功",
        "同意退款，退款成功", "同意退款,退款成功", "退货退款成功", "已退货退款",
    ),
}  # fmt: skip
ABSENT_AMOUNTS: Final = ("-", "--", "—", "无", "无退款", "无退款申请", "null")
