"""Background tasks about papers. Each may run twice and has one effect."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _lazy

from ndaflow.agreements.models import SealCertificate
from ndaflow.agreements.papers.models import CountersignedPaper, Paper
from trustcenter import audit
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.work.lanes import Lane
from trustcenter.work.tasks import background

if TYPE_CHECKING:
    from ndaflow.agreements.sealing import verification


def _papers(ids: list[str]) -> dict[str, str]:
    return {row.pk: str(row) for row in Paper.objects.filter(pk__in=ids).select_related("agreement")}


@background(Lane.SEALING, _lazy("Seal a countersigned paper"), about=_papers)
def make_countersigned(paper_id: str) -> None:
    """Makes the countersigned copy, seals it, stores it in the vault and mails it to the person who uploaded the paper.

    Raises an error if it cannot be sealed as configured, and the worker retries. It never makes a weaker seal.
    """
    # Imported here: otherwise every web process and command would load WeasyPrint and pyHanko.
    from ndaflow.agreements.papers import countersigned
    from ndaflow.agreements.sealing import custody, seal, verification

    people = ("added_by", "person", "company", "countersigned_by")
    paper = Paper.objects.select_related("agreement", "file", *people).get(pk=paper_id)
    if CountersignedPaper.objects.filter(paper=paper).exists():
        return
    with vault.open(paper, "file") as file:
        content = file.read()
    sealer = custody.in_use(timezone.now())
    made = countersigned.render(paper, content, certificate=sealer.chain[0], level=sealer.level)
    sealed = seal.seal(made, sealer, reason=countersigned.reason(paper))
    # A copy that our own verifier refuses must not be sent.
    verdict = verification.verify(sealed, [sealer.chain], timestamp_roots=custody.timestamp_roots())
    if verdict.level != sealer.level:
        raise verification.Flaw(f"The seal was made as {verdict.level} instead of {sealer.level}.")
    certificate = custody.publish(sealer)
    with vault.Draft(CountersignedPaper(paper=paper), "file") as draft:
        draft.write(sealed)
        draft.finish()
        _keep(paper, draft, verdict, certificate)


def _keep(paper: Paper, draft: vault.Draft, verdict: "verification.Verdict", certificate: SealCertificate) -> None:
    """Creates the copy's row with its record and mail, unless another worker was quicker."""
    with audit.change(by=None) as change:
        Paper.objects.select_for_update(no_key=True).get(pk=paper.pk)
        if CountersignedPaper.objects.filter(paper=paper).exists():
            return
        copy = CountersignedPaper.objects.create(
            paper=paper, file=draft.keep(), sha256=verdict.sha256, level=verdict.level, certificate=certificate
        )
        change.mail(
            "paper_countersigned",
            to=paper.added_by.email,
            context={"paper": paper, "sha256": verdict.sha256},
            attachments=[("countersigned_paper", paper.pk)],
        )
        change.record(
            Action.PAPER_SEALED,
            subject=paper,
            changed=[copy],
            agreement=paper.named,
            sha256=verdict.sha256,
            level=verdict.level,
            certificate=verdict.fingerprint,
        )
