"""Why a row was refused, for whoever mends the file. The server words it, since a CSV has no client that could."""

from __future__ import annotations

from typing import Final

# code: (English, Chinese). `{column}` is the file's column, `{expected}` and `{actual}` are counts of cells.
_SENTENCES: Final = {
    "row.ragged": (
        "The row has {actual} cells where the header has {expected}",
        "这一行有 {actual} 格,而表头有 {expected} 格",
    ),
    "row.not_an_object": ("The line is not a JSON object", "这一行不是 JSON 对象"),
    "text.nul": ("{column} contains a NUL character", "「{column}」里含有空字符(NUL)"),
    "text.not_decodable": (
        "{column} has damaged characters; check the encoding",
        "「{column}」里有乱码,请检查文件编码",
    ),
    "text.missing": ("{column} is empty", "「{column}」为空"),
    "text.too_long": ("{column} is too long", "「{column}」过长"),
    "number.unreadable": ("{column} is not a number", "「{column}」不是数字"),
    "number.absurd": ("{column} is impossibly large", "「{column}」数值过大"),
    "number.too_precise": ("{column} has more than three decimals", "「{column}」的小数超过三位"),
    "amount.unreadable": ("{column} is not an amount of money", "「{column}」不是金额"),
    "option.unknown": ("{column} names no option of the field", "「{column}」不是该字段的选项"),
    "coordinate.unreadable": ("{column} is no place on the map", "「{column}」不是有效的经纬度"),
    "coordinate.missing": ("half of a place is told: {column} is missing", "只有经纬度的一半,缺「{column}」"),
    "birthday.told_twice": ("a solar and a lunar birthday are told: leave one", "同时给了阳历和农历生日,请只留一个"),
    "reference.unknown": ("{column} names nothing Huike knows", "「{column}」所指的不存在"),
    "reference.ambiguous": (
        "{column} may mean more than one; name her by something only she has",
        "「{column}」可能指多个对象,请换一个唯一的写法",
    ),
    "reference.to_self": ("{column} names the person of the row herself", "「{column}」指的是这一行本人"),
    "household.too_large": (
        "{column} is the same for more than 30 people: no household is that large",
        "超过 30 人的「{column}」相同,不像一个家庭",
    ),
    "value.repeated": (
        "{column} must be different for each customer; an earlier row has the same",
        "「{column}」每位客户须不同,前面的行已有相同的值",
    ),
    "instant.unreadable": (
        "{column} is not a date or time in the order chosen",
        "「{column}」不是所选顺序的日期或时间",
    ),
    "instant.absurd": ("{column} is before 1990 or in the future", "「{column}」早于 1990 年或在未来"),
    "date.unreadable": ("{column} is not a date", "「{column}」不是日期"),
    "date.absurd": ("{column} is not a possible birth date", "「{column}」不可能是出生日期"),
    "line.negative_quantity": (
        "The quantity is negative, but the order is not a cancellation",
        "数量为负,但该单不是退单:既不是销售,也不是退货",
    ),
    "line.positive_in_cancellation": (
        "The quantity is positive, but the order is a cancellation",
        "数量为正,但该单是退单",
    ),
    "line.zero_quantity": ("The quantity is zero", "数量为零"),
    "price.negative": ("The price is negative", "价格为负"),
    "discount.too_large": ("The discount is larger than the amount of the line", "优惠大于该行金额"),
    "channel.unknown": ("{column} names no sales channel Huike knows", "「{column}」不是已知的销售渠道"),
    "phone.invalid": ("{column} is not a phone number", "「{column}」不是电话号码"),
    "email.invalid": ("{column} is not an e-mail address", "「{column}」不是邮箱地址"),
    "card.invalid": ("{column} is not a card number", "「{column}」不是卡号"),
    "gender.unknown": ("{column} names no gender Huike knows", "「{column}」不是可识别的性别"),
    "language.unknown": ("{column} names no language Huike knows", "「{column}」不是可识别的语言"),
    "yes_no.unknown": ("{column} is neither yes nor no", "「{column}」既不是「是」也不是「否」"),
    "identity.missing": (
        "The row has no customer id, card, phone or e-mail",
        "这一行没有客户编号、卡号、手机号或邮箱",
    ),
    "order.has_refused_rows": (
        "Another row of the same order was refused; an order is taken whole or not at all",
        "同一订单另有行被拒绝;订单要么整单导入,要么不导入",
    ),
    "status.unknown": (
        "{column} says something whose meaning is not set: paid, unpaid, closed or refunded",
        "「{column}」里的说法还没有对应含义(已付款、未付款、已关闭或已退款)",
    ),
    "order.unknown": (
        "This source has no order of this number; import its orders first",
        "该来源里没有这个订单号;请先导入订单",
    ),
    "order.currency_differs": ("The order is in another currency", "该订单是另一种币种"),
    "order.unpaid": ("The order is not paid yet", "订单尚未付款"),
    "order.paid_amounts_differ": (
        "The rows of this order tell different amounts paid; is the amount told for each line?",
        "同一订单的各行写着不同的实付金额;金额是不是按行给的?",
    ),
    "order.lines_differ": (
        "The same child order stands here more than once, with different contents",
        "同一子订单出现多次且内容不同",
    ),
    "order.buyers_differ": ("The rows of this order name different buyers", "同一订单的各行写着不同的顾客"),
}
CODES: Final = frozenset(_SENTENCES)


def sentence(code: str, *, language: str, column: str, expected: int = 0, actual: int = 0) -> str:
    """The reason in `zh-CN` or English."""
    english, chinese = _SENTENCES[code]
    words = chinese if language == "zh-CN" else english
    return words.format(column=column, expected=expected, actual=actual)
