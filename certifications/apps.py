from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from trustcenter.work.mail_html import Brand

REGISTERS = (
    *("checking.refusals", "checking.reminding", "editing.refusals", "editing.routine"),
    *("subscribing.refusals", "subscribing.routine", "updates.refusals", "updates.reminding", "updates.scheduling"),
)


class CertificationsConfig(AppConfig):
    name = "certifications"
    verbose_name = _("Certifications and answers")

    def ready(self) -> None:
        from certifications import models
        from certifications.history import revising
        from trustcenter.audit import changes
        from trustcenter.web import revision
        from trustcenter.work import mail

        # Their refusals have words in the log, and their routines run by the clock, once they are imported.
        for module in REGISTERS:
            import_module(f"certifications.{module}")
        mail.names_brand(brand)
        changes.when_public_content_changes(revising.revise)
        revision.watch(
            models.Profile,
            models.Product,
            models.Route,
            models.Duty,
            models.Framework,
            models.Certification,
            models.Topic,
            models.Claim,
            models.Subprocessor,
            models.Update,
            models.IncidentEntry,
        )


def brand() -> Brand:
    """The operator's name, colour, logo and security contact, as the profile has them. Mail programs do not show an SVG."""
    from certifications.models import BrandImage, Profile

    profile = Profile.objects.only("name", "colour", "logo", "contact_email").first()
    if profile is None:
        return Brand()
    image = BrandImage.objects.filter(pk=profile.logo).first() if profile.logo.endswith(".png") else None
    return Brand(profile.name, profile.colour, bytes(image.data) if image else b"", profile.contact_email)
