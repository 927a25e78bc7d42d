"""Turns a Markdown source into the page that is printed, marked SAMPLE on every sheet."""

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from content.samples import blocks

STYLE = Path(__file__).with_name("sample.css")
FENCE = "+++\n"


@dataclass(frozen=True)
class Page:
    """A sample document as HTML and CSS."""

    html: str
    css: str

    @property
    def identifier(self) -> bytes:
        """16 digits in the printed file, by which a test notices a file that is older than its source.

        Digits, because a PDF's identifier is a string, in which a carriage return would be read as a line feed.
        """
        return sha256(f"{self.css}{self.html}".encode()).hexdigest()[:16].encode()


def page(source: Path) -> Page:
    """The page of a Markdown source."""
    return Page(_html(*_read(source)), STYLE.read_text(encoding="utf-8"))


def _read(source: Path) -> tuple[dict[str, Any], str]:
    """Front matter (title, band, date, look, and `data`, a TOML file beside it) and Markdown body."""
    _, head, body = source.read_text(encoding="utf-8").split(FENCE, 2)
    fields = tomllib.loads(head)
    if "data" in fields:
        fields["data"] = tomllib.loads(source.with_name(fields["data"]).read_text(encoding="utf-8"))
    return fields, body


def _html(head: dict[str, Any], body: str) -> str:
    """The whole HTML page; `[[name]]` alone in a paragraph is replaced by the block of that name."""
    content = _markdown(body)
    for name, draw in blocks.BLOCKS.items():
        marker = f"<p>[[{name}]]</p>"
        if marker in content:
            content = content.replace(marker, draw(head["data"]))
    content = content.replace("<p>[[contents]]</p>", blocks.contents(content))
    title, band = escape(head["title"]), escape(head["band"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="dcterms.created" content="{head["date"]}"><meta name="author" content="Sample"></head>'
        f'<body class="{escape(head["look"])}">'
        f'<p class="band">{band}</p><p class="running">{title}</p>{content}</body></html>'
    )


def _markdown(text: str) -> str:
    """HTML with an id on every heading, for the links of the table of contents."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", f"h{number}")
    html: str = parser.renderer.render(tokens, parser.options, {})
    return html
