"""A document in the words of schema.org, from what /posture.json says about it: nothing more of a gated one."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certifications import linked
from certifications.models import Profile
from documents.content import public_facts
from documents.models import Document


def of_document(request: HttpRequest, profile: Profile | None, row: Document) -> linked.Block:
    """The data block of a document's page."""
    reviewed = None if row.is_gated else row.as_of
    trail = [(_("Documents"), "documents:library")]
    return linked.block(
        request, profile, document(row), title=linked.text(row, "title"), trail=trail, reviewed=reviewed
    )


def document(row: Document) -> linked.Node:
    """One document: its title, the conditions of reading it and, if everyone may read it, its summary."""
    facts, address = public_facts(row), linked.address_of("documents:document", row.slug)
    return {
        "@type": "DigitalDocument",
        "@id": linked.id_of(address),
        "name": linked.text(row, "title"),
        "url": address,
        "description": "summary" in facts and linked.text(row, "summary"),
        "expires": facts.get("valid_until"),
        "conditionsOfAccess": row.level and linked.text(row.level, "name"),
        "temporalCoverage": linked.interval(row.period_start, row.period_end),
        "publisher": {"@id": linked.company_id()},
    }
