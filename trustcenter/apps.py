from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrustCenterConfig(AppConfig):
    name = "trustcenter"
    verbose_name = "Trust center"

    def ready(self) -> None:
        from trustcenter import checks  # noqa: F401  (registers the deployment checks)
        from trustcenter.throttle import create_table

        post_migrate.connect(create_table, sender=self)
