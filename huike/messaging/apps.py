from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "huike.messaging"
    label = "messaging"

    def ready(self) -> None:
        from huike.customers import timeline
        from huike.messaging.selectors import timeline_entries

        timeline.register("message", timeline_entries)
