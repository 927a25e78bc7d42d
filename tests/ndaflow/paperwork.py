"""Papers for tests: their file, their form, and the scenes in which they matter."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from ndaflow.agreements.models import Agreement
from ndaflow.agreements.papers import flows
from ndaflow.agreements.papers.checking import Checked
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Dates, Reach
from ndaflow.requests.flows import upload_paper
from ndaflow.requests.models import AccessRequest
from tests import cast
from tests.documents import pdfs
from trustcenter.accounts.models import Company, CompanyDomain, User

PDF = pdfs.blank(pdfs.TEXT)
CHECKED = Checked(1, PDF)


def lena() -> User:
    return cast.person("lena@trust.example", "Lena Legal", "legal")


def proven(user: User) -> User:
    """A person who has confirmed their address."""
    User.objects.filter(pk=user.pk).update(proven_at=timezone.now())
    user.refresh_from_db()
    return user


def company(*people: User, domain: str = "example.com", name: str = "Example Corp, Inc.") -> Company:
    """A company that our staff has confirmed, with these people."""
    known = CompanyDomain.objects.filter(domain=domain).first()
    found = known.company if known else Company.objects.create(legal_name=name)
    if known is None:
        CompanyDomain.objects.create(company=found, domain=domain)
    Company.objects.filter(pk=found.pk).update(
        legal_name=name,
        confirmed_at=timezone.now(),
        confirmed_by=cast.person("conny@trust.example", "Conny", "approver"),
    )
    User.objects.filter(pk__in=[one.pk for one in people]).update(company=found)
    found.refresh_from_db()
    return found


def today(days: int = 0) -> Any:
    return timezone.localdate(timezone=timezone.get_default_timezone()) + timedelta(days=days)


def form(whom: str, scope: str = "person", **changed: Any) -> dict[str, Any]:
    """What legal types to put a paper on file."""
    known = {
        "scope": scope,
        "whom": whom,
        "signed_on": today(-10).isoformat(),
        "starts_on": today(-10).isoformat(),
        "ends_on": today(700).isoformat(),
        "vouched": "on",
    }
    return known | changed


def pdf(content: bytes = PDF, name: str = "signed.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def dates(signed: int = -10, starts: int = -10, ends: int | None = 700) -> Dates:
    return Dates(today(signed), today(starts), today(ends) if ends is not None else None)


def filed(agreement: Agreement, by: User, reach: Reach, on: Dates | None = None) -> Paper:
    return flows.file(
        agreement,
        CHECKED,
        kind=Paper.Kind.ELSEWHERE,
        reach=reach,
        dates=on or dates(),
        vouched=True,
        note="",
        by=by,
    )


def uploaded(request: AccessRequest, agreement: Agreement, by: User, kind: str = "redline") -> Paper:
    return upload_paper(cast.fresh(request), agreement, CHECKED, kind=kind, note="We changed section 9.", by=by)
