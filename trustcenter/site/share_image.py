"""/overview.png: the picture that chats and social networks show beside a link to the public pages."""

import io
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, ImageDraw, ImageFont

from certifications import posture
from certifications.badges import COLOURS
from trustcenter.web.public_pages import Edition, edition, public_page

# What the networks that show it ask for.
WIDTH, HEIGHT, MARGIN = 1200, 630, 72
INK, QUIET, GROUND, BRAND = "#16171b", "#565a64", "#ffffff", "#2c49c8"
MOST_ROWS, MOST_LINES = 4, 2
FONTS = settings.BASE_DIR / "trustcenter/web/static/trustcenter/fonts"
# Each file holds the letters from this one on; see fonts/ and `trust.css`.
FILES = (
    ("schibsted-grotesk-latin-wght-normal.woff2", 0),
    ("schibsted-grotesk-latin-ext-wght-normal.woff2", 0x100),
)
LAST_LETTER = 0x24F


@public_page
def share_image(request: HttpRequest) -> HttpResponse:
    """The picture as of today. It says only what the overview says."""
    return HttpResponse(_picture(edition()), content_type="image/png")


# Drawing takes as long as twenty pages, and anybody may ask: each edition is drawn once.
@lru_cache(maxsize=2)
def _picture(current: Edition) -> bytes:
    profile, rows = posture.profile(), list(posture.certifications())
    stated = len(posture.claims())
    if profile is None:
        headline = _("Security and compliance")
    else:
        headline = profile.headline or _("Security and compliance at %(name)s") % {"name": profile.name}
    counted = ngettext("%(n)s answer", "%(n)s answers", stated) % {"n": stated}
    sheet = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, WIDTH, 16), fill=profile.colour or BRAND if profile else BRAND)
    top = MARGIN + 20
    for line in _lines(headline, 68):
        _write(draw, MARGIN, top, line, 68, INK)
        top += 84
    top += 28
    for row in rows[:MOST_ROWS]:
        _ink, ground = COLOURS[row.tone]
        draw.ellipse((MARGIN, top + 8, MARGIN + 24, top + 32), fill=ground)
        end = _write(draw, MARGIN + 44, top, row.framework.name, 34, INK)
        _write(draw, end + 20, top, row.status_text, 34, QUIET)
        top += 54
    host = settings.SITE_URL.partition("://")[2]
    foot = f"{host} · {counted} · {date_format(current[1], 'j F Y')}"
    _write(draw, MARGIN, HEIGHT - MARGIN - 20, foot, 28, QUIET)
    made = io.BytesIO()
    sheet.save(made, format="PNG", optimize=True)
    return made.getvalue()


@lru_cache(maxsize=16)
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    found = ImageFont.truetype(io.BytesIO((FONTS / file).read_bytes()), size)
    found.set_variation_by_axes([650 if size > 40 else 400])
    return found


def _letters(text: str, size: int) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """The text in runs that one font file has. Letters of other scripts are left out: none would be drawn."""
    for letter in text:
        if ord(letter) <= LAST_LETTER or not letter.isalpha():
            file = next(name for name, first in reversed(FILES) if first <= ord(letter) <= LAST_LETTER or not first)
            yield letter, _font(file, size)


def _write(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, ink: str) -> float:
    """Writes a line and returns where it ends; what does not fit on the sheet is cut off with dots."""
    text = text if _width(text, size) <= WIDTH - MARGIN - x else f"{_cut(text, size, WIDTH - MARGIN - x)}…"
    run, font = "", None
    for letter, one in _letters(text, size):
        if font is not None and one is not font:
            draw.text((x, y), run, fill=ink, font=font)
            x, run = x + font.getlength(run), ""
        run, font = run + letter, one
    if font is not None:
        draw.text((x, y), run, fill=ink, font=font)
        x += font.getlength(run)
    return x


def _cut(text: str, size: int, room: float) -> str:
    while text and _width(f"{text}…", size) > room:
        text = text[:-1]
    return text.rstrip()


def _width(text: str, size: int) -> float:
    return sum(font.getlength(letter) for letter, font in _letters(text, size))


def _lines(text: str, size: int) -> list[str]:
    """The text in at most two lines; the last is cut off where it is written."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or _width(longer, size) <= WIDTH - 2 * MARGIN or len(lines) == MOST_LINES:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
