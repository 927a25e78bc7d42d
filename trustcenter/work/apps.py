from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkConfig(AppConfig):
    name = "trustcenter.work"
    label = "work"
    verbose_name = _("Background work")

    def ready(self) -> None:
        from trustcenter.work import mail, routine  # noqa: F401  (the clock)
