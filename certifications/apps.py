from django.apps import AppConfig


class CertificationsConfig(AppConfig):
    name = "certifications"
    verbose_name = "Certifications and answers"

    def ready(self) -> None:
        from certifications import models
        from trustcenter.web import revision

        revision.watch(
            models.Profile,
            models.Product,
            models.Framework,
            models.Certification,
            models.Topic,
            models.Claim,
            models.Subprocessor,
        )
