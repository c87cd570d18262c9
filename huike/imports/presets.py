# ruff: noqa: E501 - the rows of the samples stay whole
"""What is known of the exports of closed platforms: their columns, their words, an example of each.

Data only. `docs/integrating/platform-files.md` says which of these names are documented and which are taken on trust.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from huike.imports.fields import Kind, normal_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One kind of export. `columns` gives for a field the headers that mean it, the surest first; `signs` are sets of
    headers of which each must have one in a file for it to be this kind; `rules` are the answers it brings."""

    key: str
    kind: Kind
    source_key: str
    source_name: str
    columns: Mapping[str, tuple[str, ...]]
    signs: tuple[frozenset[str], ...]
    rules: Mapping[str, Any]
    sample_encoding: str
    sample: tuple[tuple[str, ...], ...]
    status_words: Mapping[str, str] = field(default_factory=dict)

    def mapping_of(self, names: Sequence[str]) -> dict[str, str | None]:
        """For each field the column of a file with these names that means it. Nothing is guessed beyond them."""
        by_name = {normal_name(name): name for name in reversed(names)}
        mapping: dict[str, str | None] = {}
        taken: set[str] = set()
        for key, headers in self.columns.items():
            found = (by_name.get(normal_name(header)) for header in headers)
            mapping[key] = next((name for name in found if name is not None and name not in taken), None)
            if mapping[key] is not None:
                taken.add(str(mapping[key]))
        return mapping

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a file with these columns is probably of this kind."""
        known = {normal_name(name) for name in names}
        return all(any(normal_name(header) in known for header in sign) for sign in self.signs)

    def sample_file(self) -> bytes:
        """A small file of the platform's shape, with made-up people."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(self.sample)
        return out.getvalue().encode(self.sample_encoding)


def _rules(channel: str, paid_for: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "duplicate_lines": "drop",
        "cancellation_prefix": "",
        "date_order": "year_first",
        "decimal": ".",
        "phone_region": "CN",
        "paid_for": paid_for,
    }


TAOBAO: Final = Preset(
    key="taobao",
    kind="orders",
    source_key="taobao",
    source_name="淘宝/天猫",
    columns={
        "order_id": ("订单编号", "主订单编号"),
        "sub_order_id": ("子订单编号",),
        "sku": ("商家编码", "外部系统编号"),
        "description": ("宝贝标题", "商品标题", "标题", "宝贝名称"),
        "quantity": ("宝贝总数量", "购买数量", "宝贝数量", "商品数量"),
        "unit_price": ("价格", "商品价格", "宝贝单价"),
        "paid_amount": ("买家实际支付金额", "买家实付金额"),
        "refund_amount": ("退款金额", "买家退款金额"),
        "refund_status": ("退款状态",),
        "status": ("订单状态", "交易状态"),
        "placed_at": ("订单创建时间", "买家下单时间", "创建时间", "订单付款时间"),
        "external_id": ("买家会员名", "买家会员名称", "买家昵称"),
        "name": ("收货人姓名",),
        "phone": ("联系手机",),
        "province": ("省", "收货省份"),
        "city": ("市", "收货城市"),
    },
    signs=(
        frozenset({"订单编号", "主订单编号"}),
        frozenset({"买家会员名", "买家会员名称", "买家昵称"}),
        frozenset({"买家实际支付金额", "买家实付金额"}),
    ),
    rules=_rules("marketplace", "order"),
    sample_encoding="gb18030",
    sample=(
        ("订单编号", "买家会员名", "买家应付货款", "买家应付邮费", "买家实际支付金额", "订单状态", "收货人姓名",
         "收货地址 ", "联系手机", "订单创建时间", "订单付款时间 ", "宝贝标题 ", "宝贝总数量", "退款金额"),
        ('="1928374650112233"', "茶香小筑", "128.00", "0.00", "128.00", "交易成功", "陈**",
         "浙江省 杭州市 西湖区 ******", "'138****2201", "2026-10-02 10:15:20", "2026-10-02 10:16:01",
         "明前龙井 125g", "1", "0.00"),
        ('="1928374650112234"', "t**3", "256.00", "10.00", "246.00", "卖家已发货，等待买家确认", "李**",
         "上海市 上海市 静安区 ******", "'139****8830", "2026-10-03 20:01:09", "2026-10-03 20:01:44",
         "明前龙井 125g，白瓷盖碗", "2", "0.00"),
        ('="1928374650112235"', "山里人家", "88.00", "0.00", "88.00", "交易成功", "王**",
         "江苏省 苏州市 姑苏区 ******", "'137****4417", "2026-10-04 09:30:00", "2026-10-04 09:31:12",
         "茉莉花茶 250g", "1", "88.00"),
        ('="1928374650112236"', "阿青2019", "58.00", "0.00", "0.00", "等待买家付款", "赵**",
         "广东省 广州市 天河区 ******", "'135****0906", "2026-10-05 22:45:31", "",
         "桂花乌龙 100g", "1", "0.00"),
        ('="1928374650112237"', "茶香小筑", "199.00", "0.00", "0.00", "交易关闭", "陈**",
         "浙江省 杭州市 西湖区 ******", "'138****2201", "2026-10-06 08:12:55", "",
         "熟普小沱 500g", "1", "0.00"),
    ),
)  # fmt: skip

DOUYIN_SHOP: Final = Preset(
    key="douyin_shop",
    kind="orders",
    source_key="douyin-shop",
    source_name="抖店",
    columns={
        "order_id": ("主订单编号",),
        "sub_order_id": ("子订单编号",),
        "sku": ("商家编码", "货号", "商品ID"),
        "description": ("选购商品", "商品名称"),
        "quantity": ("商品数量",),
        "unit_price": ("商品金额", "商品单价"),
        "paid_amount": ("订单应付金额", "商品实付金额"),
        "refund_amount": ("退款金额",),
        "status": ("订单状态",),
        "refund_status": ("售后状态",),
        "placed_at": ("订单提交时间", "下单时间", "订单创建时间"),
        "external_id": ("买家ID", "用户ID", "买家昵称"),
        "name": ("收件人",),
        "phone": ("收件人手机号", "收件人手机"),
        "province": ("省",),
        "city": ("市",),
    },
    signs=(frozenset({"主订单编号"}), frozenset({"选购商品"}), frozenset({"订单应付金额", "商品实付金额"})),
    rules=_rules("marketplace", "line"),
    sample_encoding="utf-8-sig",
    sample=(
        ("主订单编号", "子订单编号", "选购商品", "商品数量", "商品ID", "商家编码", "商品金额", "订单应付金额",
         "收件人", "收件人手机号", "省", "市", "订单提交时间", "订单状态", "售后状态", "买家昵称"),
        ("\t6930011122233344455", "\t6930011122233344455", "桂花乌龙 100g", "2", "\t3601", "OOLONG-100", "58.00",
         "106.00", "周**", "138****2201", "浙江省", "杭州市", "2026-10-02 21:05:10", "已完成", "-", "茶*小"),
        ("\t6930011122233344466", "\t6930011122233344467", "茉莉花茶 250g", "1", "\t3602", "JASMINE-250", "88.00", "88.00",
         "吴**", "139****8830", "上海市", "上海市", "2026-10-03 19:40:00", "已发货", "退款成功", "静*"),
        ("\t6930011122233344466", "\t6930011122233344468", "白瓷盖碗", "1", "\t3603", "GAIWAN", "168.00",
         "150.00", "吴**", "139****8830", "上海市", "上海市", "2026-10-03 19:40:00", "已发货", "-", "静*"),
        ("\t6930011122233344477", "\t6930011122233344477", "熟普小沱 500g", "1", "\t3604", "PUER-500", "199.00", "199.00",
         "郑**", "137****4417", "江苏省", "苏州市", "2026-10-04 12:00:00", "已关闭", "-", "小*"),
        ("\t6930011122233344488", "\t6930011122233344488", "明前龙井 125g", "1", "\t3605", "LONGJING-125", "128.00",
         "128.00", "冯**", "135****0906", "广东省", "广州市", "2026-10-05 23:11:45", "待支付", "-", "广*"),
    ),
)  # fmt: skip

_VOUCHER_COLUMNS: Final = {
    "order_id": ("订单号", "订单编号", "订单ID", "美团订单号", "券号", "券码", "团购券码"),
    "sub_order_id": ("券号", "券码", "团购券码", "消费码"),
    "sku": ("项目ID", "团购ID", "商品ID", "产品ID"),
    "description": ("项目名称", "团购名称", "商品名称", "套餐名称", "产品名称"),
    "quantity": ("数量", "购买数量", "商品数量"),
    "paid_amount": ("用户实付金额", "用户实付", "实付金额", "订单实收", "售价", "售卖价", "卖价", "团购价"),
    "refund_amount": ("退款金额",),
    "status": ("券状态", "订单状态", "核销状态", "状态"),
    "placed_at": ("下单时间", "购买时间", "支付时间", "验券时间", "消费时间", "核销时间"),
    "store_code": ("消费门店", "核销门店", "验券门店", "门店名称"),
    "external_id": ("用户ID",),
    "phone": ("用户手机号", "用户手机", "手机号", "手机号码"),
}
_VOUCHER: Final = frozenset({"券号", "券码", "团购券码"})

MEITUAN: Final = Preset(
    key="meituan",
    kind="orders",
    source_key="meituan",
    source_name="美团/大众点评",
    columns=_VOUCHER_COLUMNS,
    signs=(_VOUCHER, frozenset({"验券时间", "消费时间"}), frozenset({"项目名称", "团购名称", "套餐名称"})),
    rules=_rules("group_buy", "line"),
    sample_encoding="gb18030",
    sample=(
        ("订单号", "券号", "项目名称", "售价", "用户手机号", "下单时间", "验券时间", "消费门店", "券状态"),
        ("'4899001122334455", "'017097773783", "双人下午茶套餐", "¥98.00", "138****2201", "2026/10/02 11:20:00",
         "2026/10/02 15:03:06", "西湖店", "已使用"),
        ("'4899001122334456", "'017097773784", "100元代金券", "¥85.00", "139****8830", "2026/10/03 12:00:00",
         "2026/10/04 18:30:11", "静安店", "已使用"),
        ("'4899001122334456", "'017097773785", "100元代金券", "¥85.00", "139****8830", "2026/10/03 12:00:00",
         "", "静安店", "已退款"),
    ),
)  # fmt: skip

DOUYIN_LIFE: Final = Preset(
    key="douyin_life",
    kind="orders",
    source_key="douyin-life",
    source_name="抖音来客",
    columns=_VOUCHER_COLUMNS,
    signs=(_VOUCHER, frozenset({"核销时间"}), frozenset({"商品名称"})),
    rules=_rules("group_buy", "line"),
    sample_encoding="utf-8-sig",
    sample=(
        ("订单编号", "券码", "商品名称", "实付金额", "用户手机号", "下单时间", "核销时间", "核销门店", "订单状态"),
        ("\t1080011223344", "\t108123456789012", "四人围炉煮茶", "198.00", "138****2201",
         "2026-10-02 11:20:00", "2026-10-03 15:03:06", "西湖店", "已核销"),
        ("\t1080011223345", "\t108123456789013", "单人茶歇", "39.90", "137****4417", "2026-10-04 09:00:00", "", "静安店",
         "已退款"),
    ),
)  # fmt: skip

YOUZAN: Final = Preset(
    key="youzan",
    kind="orders",
    source_key="youzan",
    source_name="有赞",
    columns={
        "order_id": ("订单号",),
        "sub_order_id": ("商品单号",),
        "sku": ("商品编码", "规格编码"),
        "description": ("商品名称",),
        "quantity": ("商品数量",),
        "unit_price": ("商品单价",),
        "paid_amount": ("商品实际成交金额",),
        "refund_amount": ("商品已退款金额",),
        "status": ("订单状态",),
        "refund_status": ("商品退款状态",),
        "placed_at": ("订单创建时间", "下单时间", "买家付款时间"),
        "external_id": ("买家ID", "粉丝ID"),
        "name": ("收货人/提货人", "收货人"),
        "phone": ("买家手机号", "收货人手机号/提货人手机号", "收货人手机号"),
        "province": ("收货人省份", "省份"),
        "city": ("收货人城市", "城市"),
    },
    signs=(frozenset({"订单号"}), frozenset({"商品实际成交金额"}), frozenset({"买家手机号", "粉丝ID"})),
    rules=_rules("wechat", "line"),
    sample_encoding="utf-8-sig",
    sample=(
        ("订单号", "订单状态", "订单创建时间", "商品名称", "商品编码", "商品单价", "商品数量", "商品实际成交金额",
         "商品已退款金额", "买家手机号", "收货人"),
        ("\tE20261002110011000700001", "交易完成", "2026-10-02 11:00:11", "明前龙井 125g", "LONGJING-125", "128.00", "1",
         "118.00", "0.00", "13800002201", "陈小青"),
        ("\tE20261003093012000700002", "已关闭", "2026-10-03 09:30:12", "桂花乌龙 100g", "OOLONG-100", "58.00", "1",
         "58.00", "0.00", "13900008830", "李梅"),
    ),
)  # fmt: skip

WECHAT_SHOP: Final = Preset(
    key="wechat_shop",
    kind="orders",
    source_key="wechat-shop",
    source_name="微信小店",
    columns={
        "order_id": ("订单号", "订单编号"),
        "sku": ("商品编码(自定义)", "SKU编码(自定义)", "商品编码(平台)"),
        "description": ("商品名称",),
        "quantity": ("商品数量",),
        "unit_price": ("商品价格", "商品单价"),
        "paid_amount": ("订单实际支付金额",),
        "refund_amount": ("商品已退款金额",),
        "status": ("订单状态",),
        "refund_status": ("商品售后",),
        "placed_at": ("订单下单时间", "下单时间"),
        "external_id": ("下单用户ID",),
        "name": ("收件人姓名",),
        "phone": ("收件人手机",),
        "province": ("省",),
        "city": ("市",),
    },
    signs=(frozenset({"订单实际支付金额"}), frozenset({"收件人手机", "下单用户ID"})),
    rules=_rules("wechat", "order"),
    sample_encoding="utf-8-sig",
    sample=(
        ("订单号", "订单状态", "订单下单时间", "商品名称", "商品编码(自定义)", "商品价格", "商品数量", "订单实际支付金额",
         "收件人姓名", "收件人手机"),
        ("\t3705115058471208928", "已完成", "2026-10-02 11:00:11", "明前龙井 125g", "LONGJING-125", "128.00", "1", "176.00",
         "陈**", "138****2201"),
        ("\t3705115058471208928", "已完成", "2026-10-02 11:00:11", "桂花乌龙 100g", "OOLONG-100", "58.00", "1", "176.00",
         "陈**", "138****2201"),
    ),
)  # fmt: skip

# The goods of orders that the file above brought.
TAOBAO_GOODS: Final = Preset(
    key="taobao_goods",
    kind="lines",
    source_key=TAOBAO.source_key,
    source_name=TAOBAO.source_name,
    columns={
        "order_id": ("订单编号", "主订单编号"),
        "sub_order_id": ("子订单编号",),
        "sku": ("商家编码", "外部系统编号"),
        "description": ("标题", "宝贝标题", "商品标题", "宝贝名称"),
        "quantity": ("购买数量", "宝贝数量", "商品数量"),
        "unit_price": ("价格", "商品价格", "宝贝单价"),
    },
    signs=(
        frozenset({"订单编号", "主订单编号"}),
        frozenset({"标题", "宝贝标题", "商品标题", "宝贝名称"}),
        frozenset({"购买数量", "宝贝数量", "商品数量"}),
        frozenset({"价格", "商品价格", "宝贝单价"}),
    ),
    # Rows that are alike are two child orders of the same thing; nothing else in the file tells them apart.
    rules=_rules("marketplace", "order") | {"duplicate_lines": "keep"},
    sample_encoding="gb18030",
    sample=(
        ("订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息", "备注", "订单状态", "商家编码"),
        ('="1928374650112233"', "明前龙井 125g", "128.00", "1", "LONGJING-125", "净含量：125g", "", "", "交易成功",
         "LONGJING-125"),
        ('="1928374650112234"', "明前龙井 125g", "128.00", "1", "LONGJING-125", "净含量：125g", "", "",
         "卖家已发货，等待买家确认", "LONGJING-125"),
        ('="1928374650112234"', "白瓷盖碗", "128.00", "1", "GAIWAN", "颜色分类：白", "", "", "卖家已发货，等待买家确认",
         "GAIWAN"),
        ('="1928374650112235"', "茉莉花茶 250g", "88.00", "1", "JASMINE-250", "净含量：250g", "", "", "交易成功",
         "JASMINE-250"),
        ('="1928374650112236"', "桂花乌龙 100g", "58.00", "1", "OOLONG-100", "净含量：100g", "", "", "等待买家付款",
         "OOLONG-100"),
    ),
)  # fmt: skip

PRESETS: Final[Mapping[str, Preset]] = {
    preset.key: preset for preset in (TAOBAO, TAOBAO_GOODS, DOUYIN_SHOP, MEITUAN, DOUYIN_LIFE, YOUZAN, WECHAT_SHOP)
}


def preset_for(kind: str, names: Sequence[str]) -> Preset | None:
    """The preset whose signs a file with these columns bears."""
    return next((preset for preset in PRESETS.values() if preset.kind == kind and preset.fits(names)), None)
