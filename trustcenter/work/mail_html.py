"""The HTML form of a mail, made from its text: the same sentences, set with the operator's name and colour.

The text says what is a list, a quotation, a code or a link, so no template writes a sentence twice. Nothing is loaded
from anywhere, and only addresses of this site become links: what a stranger typed stays text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

# Between a mail and its signature (RFC 3676, 4.3).
SIGNATURE = "\n\n-- \n"
# How the HTML names the logo, which comes with the mail: nothing is loaded from anywhere (RFC 2392).
LOGO = "logo"
# The colour of links and of the mark, and what they stand on; trust.css has the same.
BRAND, LIGHT, DARK = "#2c49c8", "#ffffff", "#17181b"
# WCAG 2.2, 1.4.3.
CONTRAST = 4.5


@dataclass(frozen=True)
class Brand:
    """Whose mail it is: the operator's name, colour (#rrggbb), logo (PNG), and the address that takes questions. Each may
    be empty."""

    name: str = ""
    colour: str = ""
    logo: bytes = b""
    contact: str = ""


@dataclass(frozen=True)
class Part:
    """A piece of a line; `href` is empty unless it is a link to this site."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Block:
    """Lines of one kind, which follow each other: text, list, quote or code."""

    kind: str
    lines: tuple[tuple[Part, ...], ...]


def html(subject: str, body: str, brand: Brand, language: str) -> str:
    """The mail as an HTML page. `body` is its text with the signature."""
    text, _line, signature = body.rpartition(SIGNATURE)
    with translation.override(language):
        return (
            Engine.get_default()
            .get_template("mail/frame.html")
            .render(
                Context(
                    {
                        "language": language,
                        "direction": "rtl" if translation.get_language_bidi() else "ltr",
                        "subject": subject,
                        "brand": brand,
                        "logo": f"cid:{LOGO}" if brand.logo else "",
                        "blocks": list(blocks(text or body)),
                        "signature": list(blocks(signature)) if text else [],
                        "accent": legible(brand.colour or BRAND, LIGHT),
                        "accent_in_dark": legible(brand.colour or BRAND, DARK),
                    }
                )
            )
        )


def has_link(text: str) -> bool:
    """Whether a text holds an address of this site that a reader could follow."""
    return bool(_links().search(text))


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a text, in its order."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        kinds: list[tuple[str, str]] = []
        for line in paragraph.splitlines():
            kinds.append(_kind(line, kinds[-1][0] if kinds else ""))
        for kind, group in groupby(kinds, key=lambda pair: pair[0]):
            yield Block(kind, tuple(tuple(_parts(line)) for line in _joined(kind, [line for _kind, line in group])))


def _kind(line: str, before: str) -> tuple[str, str]:
    if line.startswith("> ") or line == ">":
        return "quote", line[2:]
    if line.startswith("- "):
        return "list", line
    # The second line of an entry is indented as far as its first.
    if before == "list" and line.startswith("  "):
        return "list", line
    return ("code", line.strip()) if line.startswith("    ") else ("text", line.strip())


def _joined(kind: str, lines: list[str]) -> list[str]:
    """The lines of a block. An entry of a list is one line, with what belongs to it after a dash."""
    if kind != "list":
        return lines
    entries: list[str] = []
    for line in lines:
        if line.startswith("- "):
            entries.append(line.removeprefix("- ").strip())
        elif line.strip():
            entries[-1] += f" – {line.strip()}"
    return entries


def _parts(line: str) -> Iterator[Part]:
    at = 0
    for found in _links().finditer(line):
        if found.start() > at:
            yield Part(line[at : found.start()])
        yield Part(found[0], found[0])
        at = found.end()
    if at < len(line) or not line:
        yield Part(line[at:])


def _links() -> re.Pattern[str]:
    # With the slash: another host may begin with the name of ours.
    return re.compile(re.escape(settings.SITE_URL) + r"/\S*")


def legible(colour: str, ground: str) -> str:
    """The colour, made darker or lighter until text in it can be read on `ground`."""
    towards = 0 if _luminance(ground) > 0.5 else 255
    channels = _channels(colour)
    for step in range(21):
        mixed = [round(one + (towards - one) * step / 20) for one in channels]
        if _contrast(mixed, _channels(ground)) >= CONTRAST:
            break
    return "#" + "".join(f"{one:02x}" for one in mixed)


def _contrast(one: list[int], other: list[int]) -> float:
    lighter, darker = sorted((_relative(one), _relative(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    return _relative(_channels(colour))


def _relative(channels: list[int]) -> float:
    linear = [one / 255 / 12.92 if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def host() -> str:
    """The host of this site, as mails name it."""
    return urlsplit(settings.SITE_URL).netloc
