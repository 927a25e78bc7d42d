"""The cast: Rhea asks, Vera reads, Ada and Ben approve, Edda edits, Sal sells, Otto is an outsider."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from documents.intake import checking
from documents.models import Document, DocumentVersion, Level
from ndaflow.agreements import signing
from ndaflow.agreements.flows import publish
from ndaflow.agreements.models import Agreement, AgreementVersion, Coverage, Signature
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument
from trustcenter.accounts.companies import flows as companies
from trustcenter.accounts.models import Company, User
from trustcenter.vault import files as vault
from trustcenter.vault.models import StoredFile
from trustcenter.vault.opening import make_first_key

NDA_TEXT = "# Mutual non-disclosure agreement\n\n## 1. Purpose\n\nTo look at each other's security.\n"
SESSION = "a" * 64


def person(email: str, name: str, *roles: str) -> User:
    user = User.objects.create_user(email, name=name, is_staff=bool(roles))
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def rhea() -> User:
    return person("rhea@example.com", "Rhea Diaz")


def vera() -> User:
    return person("vera@example.com", "Vera Lind")


def otto() -> User:
    return person("otto@outsider.example", "Otto Falk")


def ada() -> User:
    return person("ada@trust.example", "Ada Approver", "administrator")


def ben() -> User:
    return person("ben@trust.example", "Ben Approver", "approver")


def sal() -> User:
    return person("sal@trust.example", "Sal Seller", "sales")


def edda() -> User:
    return person("edda@trust.example", "Edda Editor", "editor")


def level(slug: str) -> Level:
    """A level that the site comes with. Tests that empty the database have emptied it of levels too."""
    migration = import_module("documents.migrations.0002_shipped_levels")
    shipped = next(values for values in migration.LEVELS if values["slug"] == slug)
    return Level.objects.get_or_create(slug=slug, defaults=shipped)[0]


def document(slug: str = "soc-2-type-ii-report", level_slug: str = "nda", **fields: Any) -> Document:
    title = fields.pop("title", slug.replace("-", " ").capitalize())
    return Document.objects.create(
        slug=slug, title=title, kind="soc2_report", level=level(level_slug), as_of="2026-03-01", **fields
    )


def current_version(of: Document) -> DocumentVersion:
    """A version that passed its checks, as rows only, for tests that never open the file."""
    if found := of.versions.filter(state="current").first():
        return found
    # Where files are stored there is a key; once rows exist, the vault refuses to make its first key.
    make_first_key()
    files = [StoredFile.objects.create(size=1, sha256="0" * 64) for _ in range(2)]
    return DocumentVersion.objects.create(
        document=of, number=1, state="current", original=files[0], reading_copy=files[1], pages=1, pages_proven=1
    )


def without_file(document: Document) -> None:
    """Takes away the versions of rows only, with which a document was requested, before it gets a real file."""
    files = list(document.versions.values_list("original", "reading_copy"))
    document.versions.all().delete()
    StoredFile.objects.filter(pk__in=[key for pair in files for key in pair]).delete()


def keep_copy(version: DocumentVersion, copy: bytes, known: dict[str, Any]) -> DocumentVersion:
    """The version with the reading copy that its check made, or another one that was quicker, proven on every page."""
    with vault.Draft(version, "reading_copy") as draft:
        draft.write(copy)
        checking.keep_copy(version, draft, pages=known["pages"], slots=known["slots"], signed=False)
    DocumentVersion.objects.filter(pk=version.pk).update(pages_proven=known["pages"])
    return DocumentVersion.objects.select_related("document", "original").get(pk=version.pk)


def nda(text: str = NDA_TEXT, earlier_signers: str = "next_use", **fields: Any) -> AgreementVersion:
    of = {"slug": "nda", "kind": "nda", "title": "Mutual NDA"} | fields
    return publish(text=text, earlier_signers=earlier_signers, by=None, **of)


def confirm_company(of: User, by: User) -> Company:
    """The company of a person, whose name somebody has checked."""
    of.refresh_from_db()
    assert of.company is not None
    return companies.confirm(of.company, legal_name=of.company.legal_name, by=by)


def baa(text: str = "# Business associate agreement\n", **fields: Any) -> AgreementVersion:
    return nda(text, slug="baa", kind="baa", title="BAA", **fields)


def cover(*people: User) -> None:
    """Covers people under the NDA, as rows only, for tests of what a covered reader may open."""
    of = Agreement.objects.get_or_create(slug="nda", defaults={"kind": "nda", "title": "Mutual NDA"})[0]
    version = of.versions.first() or AgreementVersion.objects.create(
        agreement=of, number=1, text=NDA_TEXT, sha256=signing.digest(NDA_TEXT), earlier_signers="next_use"
    )
    for one in people:
        request = AccessRequest.objects.create(email=one.email, name=one.name, company_name="", reason="")
        signature = Signature.objects.create(agreement=of, version=version, signer=one, request=request, evidence="{}")
        Coverage.objects.create(agreement=of, version=version, scope="person", person=one, signature=signature)


def requestable(slug: str = "soc-2-type-ii-report", level_slug: str = "nda", **fields: Any) -> Document:
    """A document with a current version. Nobody can request it before."""
    found = document(slug, level_slug, **fields)
    current_version(found)
    return found


def draft(*documents: Document, email: str = "rhea@example.com") -> AccessRequest:
    for one in documents:
        if not one.versions.exists():
            current_version(one)
    return flows.draft(
        documents,
        email=email,
        name="Rhea Diaz",
        company_name="Example Corp",
        reason="Vendor review.",
        session_hash=SESSION,
    )


def open_request(by: User, *documents: Document) -> AccessRequest:
    return flows.open_draft(draft(*documents, email=by.email), by=by, session_hash=SESSION)


def circumstances() -> signing.Circumstances:
    return signing.Circumstances(
        address="192.0.2.7",
        user_agent="Test browser",
        session_hash="b" * 64,
        proven_by="code",
        proven_at=timezone.now(),
    )


def sign(request: AccessRequest, by: User, version: AgreementVersion) -> Any:
    return flows.sign(
        fresh(request),
        by=by,
        slug=version.agreement.slug,
        version_number=version.number,
        text_sha256=version.sha256,
        assent=signing.Assent(typed_name="Rhea Diaz", title="CISO", entity="Example Corp, Inc."),
        circumstances=circumstances(),
    )


def approve(request: AccessRequest, by: User, days: float = 30) -> AccessRequest:
    until = timezone.now() + timedelta(days=days)
    return flows.decide(fresh(request), [approval(item, until) for item in waiting(request)], by=by)


def approval(item: RequestedDocument, until: Any) -> flows.ItemDecision:
    verdict = Decision.Verdict.APPROVE
    # Always passed, but stored only if the request has warnings.
    return flows.ItemDecision(item_id=item.pk, verdict=verdict, until=until, despite="Confirmed by telephone.")


def waiting(request: AccessRequest) -> Any:
    return request.items.filter(outcome=RequestedDocument.Outcome.PENDING)


def fresh(request: AccessRequest) -> AccessRequest:
    return AccessRequest.objects.get(pk=request.pk)


def granted(by: User, approver: User, *documents: Document) -> AccessRequest:
    """A request with every gate passed, made with the real flows."""
    version = nda()
    request = open_request(by, *documents)
    sign(request, by, version)
    return approve(request, approver)
