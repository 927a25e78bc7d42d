from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "trustcenter.web"
    label = "web"
    verbose_name = _("Pages")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from trustcenter.web.throttle import create_table

        post_migrate.connect(create_table, sender=self)
