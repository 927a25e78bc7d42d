from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "trustcenter.audit"
    label = "audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        from trustcenter.audit import routine  # noqa: F401  (the clock; what mails attach)
