from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from certifications import evidence, posture_json
        from certifications.search import sources
        from certifications.updates import readers
        from documents import content, found, papers, readership, routine  # noqa: F401  (what the clock does)
        from documents.intake import refusals
        from documents.models import Document, DocumentVersion, Level, Trace
        from trustcenter.audit import words
        from trustcenter.web import revision

        readers.add_source(readership.gated_levels, readership.open_levels)
        evidence.add_source(lambda: list(Document.objects.values_list("slug", "title")), papers.papers, papers.by_slug)
        posture_json.add_part("levels", posture_json.Part(_("level"), content.LEVELS, content.public_levels))
        posture_json.add_part(
            "documents",
            posture_json.Part(_("document"), content.DOCUMENTS, content.public_documents, name="title"),
        )
        sources.add_source("document", found.SOURCE)
        revision.watch(Document, DocumentVersion, Level)
        words.register("verdict", dict(Trace.Verdict.choices))
        words.register("failure", dict(Trace.Failure.choices))
        words.register("flaw", refusals.labels())
