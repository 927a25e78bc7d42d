"""The demo's sample documents: text sources in content/samples become PDFs marked SAMPLE on every page."""

import tomllib
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from documents import sample_blocks
from trustcenter import printing

SOURCES = Path(__file__).resolve().parent.parent / "content" / "samples"
FENCE = "+++\n"


def slugs() -> list[str]:
    """The slugs of all sample documents, in alphabetical order; each has a Markdown source of that name."""
    return sorted(path.stem for path in SOURCES.glob("*.md"))


def render(slug: str) -> bytes:
    """The sample document as PDF, the same bytes every time for the same sources, fonts and WeasyPrint.

    Raises KeyError when there is no such sample.
    """
    if slug not in slugs():
        raise KeyError(slug)
    head, body = _read(slug)
    page = _page(head, body)
    style = (SOURCES / "sample.css").read_text(encoding="utf-8")
    return printing.pdf(page, style, identifier=sha256(page.encode()).digest()[:16])


def _read(slug: str) -> tuple[dict[str, Any], str]:
    """Front matter (title, band, date, look, and `data`, a TOML file beside it) and Markdown body."""
    _, head, body = (SOURCES / f"{slug}.md").read_text(encoding="utf-8").split(FENCE, 2)
    fields = tomllib.loads(head)
    if "data" in fields:
        fields["data"] = tomllib.loads((SOURCES / fields["data"]).read_text(encoding="utf-8"))
    return fields, body


def _page(head: dict[str, Any], body: str) -> str:
    """The whole HTML page; `[[name]]` alone in a paragraph is replaced by the block of that name."""
    content = _markdown(body)
    for name, draw in sample_blocks.BLOCKS.items():
        marker = f"<p>[[{name}]]</p>"
        if marker in content:
            content = content.replace(marker, draw(head["data"]))
    content = content.replace("<p>[[contents]]</p>", sample_blocks.contents(content))
    title, band = escape(head["title"]), escape(head["band"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="dcterms.created" content="{head["date"]}"><meta name="author" content="Sample"></head>'
        f'<body class="{escape(head["look"])}">'
        f'<p class="band">{band}</p><p class="running">{title}</p>{content}</body></html>'
    )


def _markdown(text: str) -> str:
    """HTML with an id on every heading, so that a table of contents can point at it."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", f"h{number}")
    return parser.renderer.render(tokens, parser.options, {})
