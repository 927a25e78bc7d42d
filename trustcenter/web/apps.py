from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "trustcenter.web"
    label = "web"
    verbose_name = _("Pages")

    def ready(self) -> None:
        from trustcenter.web import routine  # noqa: F401  (the clock)
