"""The demo's sample documents: their sources, the program that prints them, and the printed PDFs.

Run `python -m content.samples` after a source has changed. The PDFs are kept, because laying out a report of a hundred
pages would delay the first start of the demo by seconds.
"""

from pathlib import Path

HERE = Path(__file__).parent


def pdfs() -> list[Path]:
    """The printed samples in alphabetical order, named by the slug of their document."""
    return sorted(HERE.glob("*.pdf"))
