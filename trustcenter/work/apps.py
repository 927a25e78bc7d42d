from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "trustcenter.work"
    label = "work"
    verbose_name = "Background work"
