"""One file per kind of shop: its signature and its meaning."""

from __future__ import annotations

from typing import Final

from huike.orders.receivers.platforms.shopify import Shopify
from huike.orders.receivers.platforms.woocommerce import WooCommerce
from huike.orders.receivers.platforms.youzan import Youzan
from huike.orders.receivers.reading import Platform

PLATFORMS: Final[dict[str, Platform]] = {"shopify": Shopify(), "woocommerce": WooCommerce(), "youzan": Youzan()}
