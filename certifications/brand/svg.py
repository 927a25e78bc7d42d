"""An SVG that everyone may get: redrawn from what is on a list, or refused.

A picture in `<img>` runs no script, but people also open it by its address, and editors embed it. So nothing stays that
could run, load, link or cover something: only shapes, text and gradients with plain attributes.
"""

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from django.utils.translation import gettext as _

SVG = "http://www.w3.org/2000/svg"
MOST_BYTES, MOST_ELEMENTS, DEEPEST = 100_000, 2_000, 20
ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
    ]
)
# What drawing programs leave behind and no reader needs.
DROPPED = frozenset({"metadata", "namedview"})
ATTRIBUTES = frozenset(
    [
        "id",
        "viewBox",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "d",
        "points",
        "transform",
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-opacity",
        "opacity",
        "offset",
        "stop-color",
        "stop-opacity",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "clip-path",
        "clip-rule",
        "clipPathUnits",
        "mask",
        "maskUnits",
        "font-family",
        "font-size",
        "font-weight",
        "font-style",
        "text-anchor",
        "letter-spacing",
        "dx",
        "dy",
        "preserveAspectRatio",
        "color",
        "display",
        "visibility",
        "version",
    ]
)
# A value may refer to something in the same file, and to nothing else.
WITHIN = re.compile(r"url\(\s*#[\w-]{1,100}\s*\)")
FOREIGN = re.compile(r"url\s*\(|javascript:|data:|@import|expression\s*\(|&#|\\", re.IGNORECASE)
SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*")


class Refused(Exception):
    """The file is not taken. The text is a sentence that says why."""


@dataclass
class Drawing:
    """The redrawn picture, and its size in pixels."""

    data: bytes
    width: int
    height: int
    dropped: list[str] = field(default_factory=list)


def drawn_anew(data: bytes) -> Drawing:
    """The picture without anything that is not on the lists. Raises Refused."""
    if len(data) > MOST_BYTES:
        raise Refused(_("The file is larger than 100 kB. Simplify the drawing, or upload it as PNG."))
    root = _parsed(data)
    if root.tag != f"{{{SVG}}}svg":
        raise Refused(_("The file is not an SVG."))
    width, height = _size(root)
    found = Drawing(b"", width, height)
    ElementTree.register_namespace("", SVG)
    clean = _clean(root, found, 0)
    assert clean is not None
    clean.set("width", str(width))
    clean.set("height", str(height))
    found.data = ElementTree.tostring(clean, encoding="utf-8")
    return found


def _parsed(data: bytes) -> ElementTree.Element:
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS:
            raise Refused(_("The drawing has more than 2,000 parts. Simplify it, or upload it as PNG."))
        builder.start(_braced(name), {_braced(key): value for key, value in attributes.items()})

    def doctype(*arguments: object) -> None:
        raise Refused(_("The file has a document type or an instruction, which we do not accept."))

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: builder.end(_braced(name))
    parser.CharacterDataHandler = builder.data
    # Entities can grow without bound and read other files; no drawing needs them.
    parser.StartDoctypeDeclHandler = doctype
    parser.ProcessingInstructionHandler = doctype
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, ValueError, AssertionError) as error:
        raise Refused(_("The file is not well-formed XML: %(error)s.") % {"error": error}) from error


def _braced(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _clean(element: ElementTree.Element, found: Drawing, depth: int) -> ElementTree.Element | None:
    namespace, _brace, name = element.tag.rpartition("}")
    if namespace != f"{{{SVG}" or name in DROPPED:
        found.dropped.append(name)
        return None
    if name not in ELEMENTS:
        raise Refused(_("The drawing contains “%(name)s”, which we do not accept.") % {"name": name[:40]})
    if depth > DEEPEST:
        raise Refused(_("The drawing is nested too deeply. Simplify it, or upload it as PNG."))
    clean = ElementTree.Element(element.tag)
    for key, value in element.attrib.items():
        _keep(clean, key, value, found)
    clean.text, clean.tail = element.text, element.tail
    for child in element:
        if (kept := _clean(child, found, depth + 1)) is not None:
            clean.append(kept)
    return clean


def _keep(clean: ElementTree.Element, key: str, value: str, found: Drawing) -> None:
    name = key.rpartition("}")[2]
    if name.lower().startswith("on"):
        raise Refused(_("The drawing contains a script (“%(name)s”), which we do not accept.") % {"name": name[:40]})
    if key == "style":
        for declaration in value.split(";"):
            own, _colon, said = declaration.partition(":")
            if own.strip():
                _keep(clean, own.strip(), said.strip(), found)
        return
    if FOREIGN.search(WITHIN.sub("", value)):
        words = {"name": name[:40]}
        raise Refused(
            _("The drawing refers to something outside the file (“%(name)s”), which we do not accept.") % words
        )
    if key in ATTRIBUTES:
        clean.set(key, value)
    elif name == "href":
        raise Refused(_("The drawing contains a link, which we do not accept."))
    else:
        found.dropped.append(name)


def _size(root: ElementTree.Element) -> tuple[int, int]:
    box = root.get("viewBox", "").replace(",", " ").split()
    sides = [SIZE.fullmatch(root.get(side, "")) for side in ("width", "height")]
    try:
        width, height = (float(side[1]) for side in sides if side) if all(sides) else (float(box[2]), float(box[3]))
        if not (0 < width <= 10_000 and 0 < height <= 10_000):
            raise ValueError
    except (ValueError, IndexError):
        raise Refused(_("The drawing does not say its size. Save it with a width and a height.")) from None
    return max(1, round(width)), max(1, round(height))
