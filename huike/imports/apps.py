from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "huike.imports"
    label = "imports"

    def ready(self) -> None:
        from huike.imports import inbox, privacy
        from huike.platform import housekeeping

        housekeeping.register("inbox_files", inbox.forget_old)
        privacy.declare()
