"""An agreement's text as people read it: Markdown without raw HTML, links or images, so that a text cannot act."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_markdown = MarkdownIt("commonmark", {"html": False}).disable(
    ["link", "image", "autolink", "html_block", "html_inline"]
)


def as_html(text: str) -> SafeString:
    """The text as HTML; every character that could be markup is escaped by the renderer."""
    return mark_safe(_markdown.render(text))  # noqa: S308  (html is off, so the output is the renderer's own)
