"""Prints every sample document: the same bytes every time for the same sources, fonts and WeasyPrint."""

from content.samples import HERE
from content.samples.page import page
from trustcenter.web import printing

if __name__ == "__main__":
    for source in sorted(HERE.glob("*.md")):
        found = page(source)
        source.with_suffix(".pdf").write_bytes(printing.pdf(found.html, found.css, identifier=found.identifier))
