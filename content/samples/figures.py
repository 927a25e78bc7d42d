"""Tables and plots of the sample documents, as HTML and inline SVG."""

from collections.abc import Iterable
from html import escape


def table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str) -> str:
    """A table whose cells are escaped; `kind` names it for the style sheet."""
    first = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{first}</tr></thead><tbody>{rest}</tbody></table>'


def bars(rows: list[tuple[str, int, int]], key: str, apart_key: str = "") -> str:
    """A plot of horizontal bars. A row is a label, a value, and the part of the value in another colour."""
    left, width, step = 220, 310, 15
    most = max((value for _, value, _ in rows), default=0) or 1
    shapes = []
    for number, (label, value, apart) in enumerate(rows):
        y, whole, part = number * step, width * value / most, width * apart / most
        note = f"{value} ({apart})" if apart else str(value)
        shapes.append(
            f'<text x="{left - 10}" y="{y + 11}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{left}" y="{y + 3}" width="{whole - part:.1f}" height="9" fill="#0b5c4d"/>'
            f'<rect x="{left + whole - part:.1f}" y="{y + 3}" width="{part:.1f}" height="9" fill="#b4472e"/>'
            f'<text x="{left + whole + 6:.1f}" y="{y + 11}">{note}</text>'
        )
    height = len(rows) * step + 4
    caption = escape(key)
    if apart_key:
        caption += f'; <span class="apart">red and in brackets: {escape(apart_key)}</span>'
    return (
        f'<figure><svg viewBox="0 0 580 {height}" width="150mm" height="{height * 150 / 580:.1f}mm" '
        f'font-family="DejaVu Sans" font-size="9.5" fill="#1d2724">{"".join(shapes)}</svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
