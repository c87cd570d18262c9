"""Templates to begin with, in both languages."""

from __future__ import annotations

from typing import Any, Final

STARTERS: Final[tuple[dict[str, Any], ...]] = (
    {
        "key": "come_back",
        "layout": "plain",
        "purpose": "marketing",
        "names": {"zh-CN": "好久不见", "en": "We miss you"},
        "contents": {
            "zh-CN": {
                "subject": "{{ customer.first_name | default: '朋友' }}，好久不见，这张券留给你",
                "preheader": "{{ offer.name }}，{{ coupon.expires_on }} 前有效",
                "heading": "好久不见",
                "body": "{{ customer.first_name | default: '朋友' }}，你好：\n\n"
                "有一阵子没见到你了。店里上了不少新东西，想请你回来看看。\n\n"
                "这是只给你的优惠码：{{ coupon.code }}（{{ offer.name }}，{{ coupon.expires_on }} 前有效）。"
                "结账时报给店员，或在网店填写即可。",
                "button_label": "回来看看",
                "button_url": "https://example.com/?coupon={{ coupon.code | url_encode }}",
            },
            "en": {
                "subject": "{{ customer.first_name | default: 'Hello' }}, it has been a while",
                "preheader": "{{ offer.name }}, good until {{ coupon.expires_on }}",
                "heading": "It has been a while",
                "body": "Dear {{ customer.first_name | default: 'friend' }},\n\n"
                "We have not seen you for some time, and the shelves have changed since. Come and have a look.\n\n"
                "This code is yours alone: {{ coupon.code }} ({{ offer.name }}, good until {{ coupon.expires_on }}). "
                "Show it at the till, or type it in at checkout.",
                "button_label": "See what is new",
                "button_url": "https://example.com/?coupon={{ coupon.code | url_encode }}",
            },
        },
    },
    {
        "key": "festival",
        "layout": "festive",
        "purpose": "marketing",
        "names": {"zh-CN": "节日问候", "en": "Festival greeting"},
        "contents": {
            "zh-CN": {
                "subject": "{{ brand.name }}祝你节日快乐",
                "preheader": "一份心意，请收下",
                "heading": "节日快乐",
                "body": "{{ customer.first_name | default: '朋友' }}，节日快乐！\n\n"
                "谢谢你一直以来的光顾。我们备了一份心意：{{ offer.name }}，优惠码 {{ coupon.code }}。",
                "button_label": "领取心意",
                "button_url": "https://example.com/?coupon={{ coupon.code | url_encode }}",
            },
            "en": {
                "subject": "Happy holidays from {{ brand.name }}",
                "preheader": "A small present, with our thanks",
                "heading": "Happy holidays",
                "body": "Dear {{ customer.first_name | default: 'friend' }},\n\n"
                "Thank you for coming to us this year. Here is a small present: {{ offer.name }}, with the code "
                "{{ coupon.code }}.",
                "button_label": "Use my present",
                "button_url": "https://example.com/?coupon={{ coupon.code | url_encode }}",
            },
        },
    },
    {
        "key": "news",
        "layout": "warm",
        "purpose": "marketing",
        "names": {"zh-CN": "上新通知", "en": "What is new"},
        "contents": {
            "zh-CN": {
                "subject": "{{ brand.name }}这周上新",
                "preheader": "店长挑了几样",
                "heading": "这周上新",
                "body": "{{ customer.first_name | default: '朋友' }}，你好：\n\n这周到了一批新货，店长先替你挑了几样。",
                "button_label": "看看新品",
                "button_url": "https://example.com/new",
            },
            "en": {
                "subject": "New this week at {{ brand.name }}",
                "preheader": "A few things we picked for you",
                "heading": "New this week",
                "body": "Dear {{ customer.first_name | default: 'friend' }},\n\n"
                "A new delivery came in, and we put a few things aside for you to see.",
                "button_label": "Have a look",
                "button_url": "https://example.com/new",
            },
        },
    },
)
