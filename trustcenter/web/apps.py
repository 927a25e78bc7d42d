from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "trustcenter.web"
    label = "web"
    verbose_name = _("Pages")

    def ready(self) -> None:
        from trustcenter.web import (
            catalogues,
            routine,  # noqa: F401  (the clock)
        )

        catalogues.compile_all(settings.LOCALE_PATHS[0])
