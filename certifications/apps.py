from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificationsConfig(AppConfig):
    name = "certifications"
    verbose_name = _("Certifications and answers")

    def ready(self) -> None:
        from certifications import models
        from trustcenter.web import revision
        from trustcenter.work import mail

        mail.names_contact(security_contact)
        revision.watch(
            models.Profile,
            models.Product,
            models.Framework,
            models.Certification,
            models.Topic,
            models.Claim,
            models.Subprocessor,
        )


def security_contact() -> str:
    """The security contact of the profile, or "" while there is no profile."""
    from certifications.models import Profile

    return Profile.objects.values_list("contact_email", flat=True).first() or ""
