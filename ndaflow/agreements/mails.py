"""The attachments of this room's mails. The worker reads them when it sends a mail."""

from ndaflow.agreements.models import Signature
from ndaflow.agreements.papers.models import CountersignedPaper
from trustcenter.vault import files as vault
from trustcenter.work import mail


@mail.attaches("signed_copy")
def signed_copy(signature_id: str) -> tuple[str, bytes]:
    """The signed copy."""
    signature = Signature.objects.select_related("copy__file", "version__agreement").get(pk=signature_id)
    with vault.open(signature.copy, "file") as file:
        return f"{signature.version.agreement.slug}-v{signature.version.number}.pdf", file.read()


@mail.attaches("countersigned_paper")
def countersigned_paper(paper_id: str) -> tuple[str, bytes]:
    """The countersigned copy of a paper."""
    copy = CountersignedPaper.objects.select_related("file", "paper__agreement").get(pk=paper_id)
    with vault.open(copy, "file") as file:
        return f"{copy.paper.agreement.slug}-countersigned.pdf", file.read()
