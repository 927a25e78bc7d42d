from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = "Documents"

    def ready(self) -> None:
        from certifications import revision
        from documents import checks, routine  # noqa: F401  (registers its checks; what the clock does)
        from documents.models import Document, DocumentVersion

        revision.watch(Document, DocumentVersion)
