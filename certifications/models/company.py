from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from certifications.models.review import Reviewed
from certifications.models.translations import Translated
from trustcenter.accounts.fields import Address
from trustcenter.web.fields import LineColumn


def validate_slugs(value: Any) -> None:
    """Evidence is a JSON list of slugs."""
    if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
        raise ValidationError(_('Write a list of slugs, such as ["soc-2-type-ii-report"].'), code="slugs")


class Profile(Translated, Reviewed):
    """What the site says about the company that publishes it; one row."""

    translatable = ("headline", "summary", "notice", "source_title", "hosting", "breach_notice")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = LineColumn(_("name"), max_length=100)
    legal_name = LineColumn(_("legal name"), max_length=200)
    website = models.URLField(_("website"))
    summary = models.TextField(_("summary"))
    notice = models.TextField(_("notice shown on every page"), blank=True)
    contact_email = Address(_("security contact"))
    colour = models.CharField(
        _("color"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^#[0-9a-f]{6}$", _("Write the color as # and six digits, such as #2c49c8."))],
        help_text=_(
            "Used for links and for the line at the top of each e-mail. It is darkened where text would be hard to read."
        ),
    )
    headline = LineColumn(
        _("headline"), max_length=100, blank=True, help_text=_("“Security and compliance at …” when empty.")
    )
    notice_days = models.PositiveSmallIntegerField(
        _("days of notice"),
        null=True,
        blank=True,
        help_text=_("How many days before a new subprocessor starts you tell customers, as your agreements say."),
    )
    # What a reviewer asks first, beside the title of the overview.
    hosting = LineColumn(_("hosting"), max_length=100, blank=True, help_text=_("Such as “AWS, United States”."))
    breach_notice = LineColumn(
        _("breach notice"), max_length=100, blank=True, help_text=_("How soon you tell customers, such as “72 hours”.")
    )
    # The addresses of the pictures of the brand (`BrandImage.name`).
    logo = LineColumn(
        _("logo"),
        max_length=40,
        blank=True,
        editable=False,
        help_text=_("SVG or PNG, shown 32 pixels high beside the name. E-mails show only a PNG."),
    )
    icon = LineColumn(
        _("browser tab icon"), max_length=40, blank=True, editable=False, help_text=_("A square SVG or PNG.")
    )
    source_title = LineColumn(_("source"), max_length=300)
    source_publisher = LineColumn(_("publisher of the source"), max_length=200, blank=True)
    source_note = models.TextField(_("note on the source"), blank=True)
    privacy_notice = models.TextField(
        _("privacy notice"),
        blank=True,
        help_text=_("Markdown. If empty, the page says what this trust center itself keeps."),
    )

    # In the footer of every page: some laws require them, such as the German one for the imprint.
    imprint = models.URLField(_("imprint"), blank=True, help_text=_("The address of its page."))
    terms = models.URLField(_("terms"), blank=True, help_text=_("The address of their page."))

    class Meta(Reviewed.Meta):
        constraints = [
            *Reviewed.Meta.constraints,
            models.CheckConstraint(condition=models.Q(id=1), name="profile_one_row"),
        ]
        permissions = [("share_posture", "Can send the public page to a prospect")]

    def __str__(self) -> str:
        return self.name
