from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "huike.checkout"
    label = "checkout"

    def ready(self) -> None:
        from huike.checkout import privacy

        privacy.declare()
