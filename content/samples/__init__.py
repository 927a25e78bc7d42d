"""The demo's sample documents: their sources, the program that prints them, and what it has printed.

`python -m content.samples` prints them anew after a source has changed. The PDFs are kept, because laying out a
report of a hundred pages takes seconds that nobody who tries the demo should wait for.
"""

from pathlib import Path

HERE = Path(__file__).parent


def pdfs() -> list[Path]:
    """The printed samples, in alphabetical order; each is named as its document's slug."""
    return sorted(HERE.glob("*.pdf"))
