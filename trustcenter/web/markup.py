"""A text for people: Markdown without raw HTML, links or images, so that it has no active content."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

markdown = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink", "html_block", "html_inline"])


def as_html(text: str, *, below: int = 0) -> SafeString:
    """The text as HTML; the renderer escapes every character that could be markup.

    `below` is the level of the page's heading above the text: with 2, the title of the text becomes an h3. Levels that the
    text skips are closed up, because people with a screen reader would look for the missing heading.
    """
    tokens = markdown.parse(text)
    above = list[int]()
    for token in tokens:
        if token.type == "heading_open":
            above = [*(one for one in above if one < level(token)), level(token)]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(len(above) + below, 6)}"
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    return mark_safe(html)  # noqa: S308  (html is off, so the output is the renderer's own)


def words(inline: Token) -> str:
    """The words of a paragraph without its markup."""
    return "".join("\n" if one.type.endswith("break") else one.content for one in inline.children or [])


def lead(text: str) -> str:
    """The first paragraph as words on one line; "" if the text has none."""
    return next((" ".join(words(one).split()) for one in markdown.parse(text) if one.type == "inline"), "")


def plain(text: str) -> str:
    """The text for a mail: paragraphs with an empty line between them, entries of lists on lines of their own."""
    found, entry = list[str](), ""
    for token in markdown.parse(text):
        match token.type:
            case "list_item_open":
                entry = "- "
            case "inline":
                line = f"{entry}{' '.join(words(token).split())}"
                joined = entry and found and found[-1].startswith("- ")
                found[-1:] = [f"{found[-1]}\n{line}"] if joined else [*found[-1:], line]
                entry = ""
            case "fence" | "code_block":
                found.append(" ".join(token.content.split()))
    return "\n\n".join(found)


def level(heading: Token) -> int:
    return int(heading.tag[1:])
