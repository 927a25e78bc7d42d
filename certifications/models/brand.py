from django.db import models
from django.utils.translation import gettext_lazy as _


class BrandImage(models.Model):
    """A picture of the operator's brand, as everyone gets it: cleaned or encoded again, never the bytes that were uploaded.

    The profile and its draft name the ones that they show. A picture is never changed, and stays for a way back.
    """

    class Kind(models.TextChoices):
        LOGO = "logo", _("logo")
        ICON = "icon", _("icon of the browser tab")

    class Form(models.TextChoices):
        """The value is the ending of its address."""

        SVG = "svg", "image/svg+xml"
        PNG = "png", "image/png"

    # The last part of its address, which changes with its bytes, so that it can be kept for ever.
    name = models.CharField(primary_key=True, max_length=40, editable=False)
    kind = models.CharField(max_length=4, choices=Kind)
    form = models.CharField(max_length=3, choices=Form)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return str(BrandImage.Kind(self.kind).label)

    @property
    def content_type(self) -> str:
        return str(BrandImage.Form(self.form).label)
