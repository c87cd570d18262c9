"""The page a payer pays on, in her language."""

from __future__ import annotations

from html import escape
from typing import Final

from huike.kernel.money import Money
from huike.payments.sandbox.store import Row

_WORDS: Final = {
    "zh": {
        "title": "模拟付款",
        "note": "这是演练用的收银台，不会扣真钱。",
        "pay": "确认付款",
        "refuse": "付款失败",
        "leave": "先不付，返回商家",
        "back": "返回商家",
        "number": "单号",
        "gone": "没有这笔付款",
        "captured": "已付款",
        "authorised": "已付款",
        "failed": "付款没有成功",
        "closed": "付款已关闭",
    },
    "en": {
        "title": "Practice payment",
        "note": "This counter is for practice. No real money moves.",
        "pay": "Pay",
        "refuse": "Let it fail",
        "leave": "Not now, back to the shop",
        "back": "Back to the shop",
        "number": "Number",
        "gone": "There is no such payment",
        "captured": "Paid",
        "authorised": "Paid",
        "failed": "The payment did not go through",
        "closed": "The payment is closed",
    },
}
_SIGNS: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}

_STYLE: Final = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:16px/1.6 system-ui,-apple-system,"PingFang SC","Noto Sans SC","Microsoft YaHei",sans-serif;
background:#f4f5f2;color:#1c2420;display:flex;justify-content:center;padding:48px 16px}
main{background:#fff;width:100%;max-width:400px;border-radius:16px;padding:32px 28px;
box-shadow:0 1px 3px rgba(20,40,30,.12)}
p{margin:0}.mark{display:inline-block;font-size:13px;color:#7a4b00;background:#fff3d6;border-radius:6px;
padding:2px 10px}
h1{font-size:17px;font-weight:600;margin:20px 0 4px}.amount{font-size:40px;font-weight:650;line-height:1.2;
font-variant-numeric:tabular-nums}.note,.number{color:#5c6661;font-size:13px;margin-top:6px;overflow-wrap:anywhere}
form{margin-top:28px;display:grid;gap:10px}button{font:inherit;font-weight:600;border-radius:10px;padding:12px;
border:1px solid #cfd6d2;background:#fff;color:#1c2420;cursor:pointer;min-height:48px}
button.first{background:#1f6b4a;border-color:#1f6b4a;color:#fff}button:hover{filter:brightness(.96)}
button.quiet{border-color:transparent;color:#5c6661;font-weight:400}
button:focus-visible{outline:3px solid #8cc7ab;outline-offset:2px}
.state{margin-top:24px;font-weight:600}
"""


def pay_page(payment: Row, languages: str) -> str:
    language, words = _words(languages)
    amount = Money(payment["amount_minor"], payment["currency"])
    sign = _SIGNS.get(amount.currency, "")
    shown = f"{sign}{amount.to_decimal():,f}" + ("" if sign else f" {amount.currency}")
    if payment["state"] == "pending":
        rest = f"""
        <button class="first" name="outcome" value="pay">{words["pay"]}</button>
        <button name="outcome" value="refuse">{words["refuse"]}</button>
        <button class="quiet" name="outcome" value="leave">{words["leave"]}</button>"""
        state = ""
    else:
        rest = f'<button class="first" name="outcome" value="leave">{words["back"]}</button>'
        state = f'<p class="state" role="status">{words[payment["state"]]}</p>'
    inner = f"""
    <p class="mark">{words["note"]}</p>
    <h1>{escape(payment["subject"])}</h1>
    <p class="amount">{escape(shown)}</p>
    <p class="number">{words["number"]} {escape(payment["number"])}</p>{state}
    <form method="post">{rest}</form>"""
    return _document(language, words["title"], inner)


def gone_page(languages: str) -> str:
    language, words = _words(languages)
    return _document(language, words["title"], f'<p class="state">{words["gone"]}</p>')


def _words(languages: str) -> tuple[str, dict[str, str]]:
    language = "zh" if languages.strip().lower().startswith("zh") else "en"
    return language, _WORDS[language]


def _document(language: str, title: str, inner: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main>{inner}</main></body></html>"
    )
