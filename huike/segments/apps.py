from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "huike.segments"
    label = "segments"
