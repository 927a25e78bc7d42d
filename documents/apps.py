from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
        from documents import routine  # noqa: F401  (what the clock does)
        from documents.models import Document, DocumentVersion
        from trustcenter.web import revision

        revision.watch(Document, DocumentVersion)
