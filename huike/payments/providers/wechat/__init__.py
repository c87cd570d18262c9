"""WeChat Pay, API v3: the rules of signing (`signing.py`), and the adapter (`adapter.py`).

Rules: pay.weixin.qq.com/doc/v3/merchant/4012365334 (requests), /4012365341 (what a page hands to WeChat),
/4013053420 (answers and notifications), /4012071382 (AES-256-GCM of what is told).
"""

from huike.payments.providers.wechat.adapter import WechatProvider

__all__ = ["WechatProvider"]
