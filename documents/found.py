"""How the search finds documents: by what everybody may know of them."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certifications.search.sources import Data, Entry, Source
from documents.models import Document


def _documents(data: Data) -> Iterable[Entry]:
    levels = {row["slug"]: row["name"] for row in data["levels"]}
    kinds = dict(Document.Kind.choices)
    for row in data["documents"]:
        # A gated document has no summary there.
        yield Entry(
            row["slug"],
            row["title"],
            row.get("summary", ""),
            levels.get(row["level"], ""),
            also=str(kinds[row["kind"]]),
        )


SOURCE = Source(
    _("Document"), _("Documents"), "doc", _documents, lambda slug: reverse("documents:document", args=[slug])
)
