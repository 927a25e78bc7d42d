from django.db import models
from django.utils.translation import gettext_lazy as _

from certifications.models.company import validate_slugs


class Evidenced(models.Model):
    """A public fact that says what it rests on: documents, which are in a higher package, by their slugs."""

    evidence = models.JSONField(
        _("evidence"),
        default=list,
        blank=True,
        validators=[validate_slugs],
        help_text=_("Slugs of documents."),
    )

    class Meta:
        abstract = True
