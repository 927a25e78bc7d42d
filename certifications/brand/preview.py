"""How the brand looks, for the editor: the color of the company as text on a light and on a dark page."""

from dataclasses import dataclass
from typing import Self

from certifications.models import Profile
from trustcenter.work import mail_html


@dataclass(frozen=True)
class Colours:
    """The color that was chosen, and what links use."""

    chosen: str
    on_light: str
    on_dark: str

    @classmethod
    def of(cls, profile: Profile) -> Self:
        chosen = profile.colour or mail_html.BRAND
        on_light, on_dark = (mail_html.legible(chosen, ground) for ground in (mail_html.LIGHT, mail_html.DARK))
        return cls(chosen, on_light, on_dark)
