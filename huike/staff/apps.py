from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "huike.staff"
    label = "staff"
