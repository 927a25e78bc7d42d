"""Documents: those that everyone should be able to read, and evidence that leads nowhere."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from certifications.checking.facts import Facts, place
from certifications.checking.findings import Code, Finding, Place
from certifications.evidence import Upload
from certifications.models import Certification, Claim, Product, Subprocessor


def gated(facts: Facts) -> Iterator[Finding]:
    """Certificates and agreements that only a level opens: the reader needs them before asking for anything."""
    for paper in facts.papers:
        if paper.is_gated and paper.should_be_public:
            yield Finding(
                Code.GATED,
                _("Readers have to ask for “%(name)s”, although it is meant for everyone.")
                % {"name": paper.place.name},
                (paper.place, *([paper.level] if paper.level else [])),
                _("Give it the level that is open to everyone, or say why not in its summary and choose another kind."),
            )


def evidence(facts: Facts) -> Iterator[Finding]:
    """Evidence that names a document which is not there, or which has no version that anybody could read."""
    # A content file is imported before the first file can be uploaded; until then each document would be one.
    is_set_up = any(paper.upload != Upload.NEVER for paper in facts.papers)
    rows: list[Product | Certification | Claim | Subprocessor] = [
        *facts.products,
        *facts.certifications,
        *facts.claims,
        *facts.subprocessors,
    ]
    for row in rows:
        where = place(row)
        missing = [slug for slug in row.evidence if slug not in facts.paper]
        for slug in missing:
            words = {"name": where.name, "slug": slug}
            if len(missing) == len(row.evidence):
                sentence = _("The only evidence for “%(name)s” is missing: there is no document “%(slug)s”.") % words
            else:
                sentence = (
                    _("“%(name)s” names the document “%(slug)s” as evidence, but there is no such document.") % words
                )
            yield Finding(
                Code.EVIDENCE_MISSING,
                sentence,
                (where, Place("documents", slug, slug, reverse("admin:documents_document_changelist"))),
                _("Add the document, or choose the evidence again."),
            )
        for slug in row.evidence:
            paper = facts.paper.get(slug)
            if paper and is_set_up and paper.upload in {Upload.NEVER, Upload.GONE}:
                words = {"name": where.name, "other": paper.place.name}
                yield Finding(
                    Code.EVIDENCE_EMPTY,
                    _("“%(name)s” names “%(other)s” as evidence, which has no current version.") % words,
                    (where, paper.place),
                    _("Upload and publish a version, or remove the evidence."),
                )
