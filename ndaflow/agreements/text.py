"""An agreement's text for people: Markdown without raw HTML, links or images, so that it has no active content."""

from dataclasses import dataclass

from trustcenter.web.markup import as_html, level, markdown, words

__all__ = ["Block", "as_html", "blocks", "reading_minutes", "sections"]

WORDS_PER_MINUTE = 230


@dataclass(frozen=True)
class Block:
    """One heading, paragraph or item of a list, as words: "1. To look at each other's security"."""

    words: str
    is_heading: bool


def blocks(text: str) -> list[Block]:
    """The text as its reader sees it, block by block, without what is only form: bold letters, lines of the source."""
    found, number, heading = list[Block](), "", False
    for token in markdown.parse(text):
        match token.type:
            case "heading_open":
                heading = True
            case "list_item_open":
                number = f"{token.info}{token.markup} " if token.info else ""
            case "inline":
                found.append(Block(" ".join(f"{number}{words(token)}".split()), heading))
                number, heading = "", False
            case "fence" | "code_block":
                found.append(Block(" ".join(token.content.split()), is_heading=False))
    return found


def sections(text: str) -> int:
    """How many sections the text has: its second-level headings."""
    return sum(token.type == "heading_open" and level(token) == 2 for token in markdown.parse(text))


def reading_minutes(text: str) -> int:
    """About how long it takes to read the text, in whole minutes."""
    return max(1, round(len(text.split()) / WORDS_PER_MINUTE))
