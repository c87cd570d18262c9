from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "huike.ledger"
    label = "ledger"
