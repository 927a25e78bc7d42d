from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    name = "trustcenter.site"
    label = "site"
    verbose_name = _("Trust center")

    def ready(self) -> None:
        from trustcenter.site import checks  # noqa: F401  (registers the deployment checks)
        from trustcenter.site.work import names

        names.register()
