from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "trustcenter.audit"
    label = "audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        from trustcenter.audit import routine  # noqa: F401  (the clock; what mails attach)
