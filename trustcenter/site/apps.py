from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "trustcenter.site"
    label = "site"
    verbose_name = "Trust center"

    def ready(self) -> None:
        from trustcenter.site import checks  # noqa: F401  (registers the deployment checks)
