from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "huike.staff"
    label = "staff"

    def ready(self) -> None:
        from huike.staff.signin import record_sign_ins

        record_sign_ins()
