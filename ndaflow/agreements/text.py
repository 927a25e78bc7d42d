"""An agreement's text for people: Markdown without raw HTML, links or images, so that it has no active content."""

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

WORDS_PER_MINUTE = 230

_markdown = MarkdownIt("commonmark", {"html": False}).disable(
    ["link", "image", "autolink", "html_block", "html_inline"]
)


def as_html(text: str, *, below: int = 0) -> SafeString:
    """The text as HTML; the renderer escapes every character that could be markup.

    `below` is the level of the page's heading above the text: with 2, the title of the text becomes an h3. Levels that the
    text skips are closed up, because people with a screen reader would look for the missing heading.
    """
    tokens = _markdown.parse(text)
    above = list[int]()
    for token in tokens:
        if token.type == "heading_open":
            above = [*(level for level in above if level < _level(token)), _level(token)]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(len(above) + below, 6)}"
    html: str = _markdown.renderer.render(tokens, _markdown.options, {})
    return mark_safe(html)  # noqa: S308  (html is off, so the output is the renderer's own)


@dataclass(frozen=True)
class Block:
    """One heading, paragraph or item of a list, as words: "1. To look at each other's security"."""

    words: str
    is_heading: bool


def blocks(text: str) -> list[Block]:
    """The text as its reader sees it, block by block, without what is only form: bold letters, lines of the source."""
    found, number, heading = list[Block](), "", False
    for token in _markdown.parse(text):
        match token.type:
            case "heading_open":
                heading = True
            case "list_item_open":
                number = f"{token.info}{token.markup} " if token.info else ""
            case "inline":
                words = "".join("\n" if one.type.endswith("break") else one.content for one in token.children or [])
                found.append(Block(" ".join(f"{number}{words}".split()), heading))
                number, heading = "", False
            case "fence" | "code_block":
                found.append(Block(" ".join(token.content.split()), is_heading=False))
    return found


def sections(text: str) -> int:
    """How many sections the text has: its second-level headings."""
    return sum(token.type == "heading_open" and _level(token) == 2 for token in _markdown.parse(text))


def reading_minutes(text: str) -> int:
    """About how long it takes to read the text, in whole minutes."""
    return max(1, round(len(text.split()) / WORDS_PER_MINUTE))


def _level(heading: Token) -> int:
    return int(heading.tag[1:])
