"""How large the page of a reading is shown. It is part of the page's address, so it works without JavaScript."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Zoom(models.TextChoices):
    """The value is what `?zoom=` says and what the style sheet knows."""

    WIDTH = "width", _("Fit width")
    PAGE = "page", _("Fit page")
    LARGE = "150", _("150%")
    LARGEST = "200", _("200%")

    @classmethod
    def of(cls, asked: str) -> "Zoom":
        """The zoom of that name; anything else is the usual one."""
        return cls(asked) if asked in cls.values else cls.WIDTH

    @property
    def query(self) -> str:
        """What an address carries from page to page: nothing for the usual zoom."""
        return "" if self == Zoom.WIDTH else f"?zoom={self.value}"
