from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "huike.campaigns"
    label = "campaigns"
