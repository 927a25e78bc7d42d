"""What people were told is true, and what they received is recorded."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Q

from documents.models import AccessGrant, Delivery, DocumentVersion
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.desk.companies.models import CompanyMerge
from ndaflow.privacy.models import Erasure
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from ndaflow.rules.models import RuleVersion
from tests.crash.promises.promise import Seen, erased, erased_requests, promise
from trustcenter.accounts.models import Company, User
from trustcenter.audit.actions import Action
from trustcenter.audit.history import entries as entries_of
from trustcenter.audit.models import Record


@promise
def what_people_were_told_is_true(seen: Seen) -> Iterator[str]:
    for step, who, about in seen["steps"]:
        if not _happened(step, who, about):
            yield f"{who} was told {step} {about}, which is not there"


def _happened(step: str, who: str, about: str) -> bool:
    if about in erased_requests():
        # Nothing says any more whose it was.
        return AccessRequest.objects.filter(pk=about).exclude(status=RequestStatus.DRAFT).exists()
    actor = User.objects.filter(email=who).values("pk")
    records = Record.objects.filter(subject=f"accessrequest:{about}", actor__in=actor)
    of_staff = Record.objects.filter(actor__in=actor)
    match step:
        case "opened":
            return AccessRequest.objects.filter(pk=about, email=who).exclude(status=RequestStatus.DRAFT).exists()
        case "signed":
            return Signature.objects.filter(signer__email=who, request=about).exists()
        case "withdrawn":
            items = RequestedDocument.objects.filter(request=about, request__email=who)
            return items.filter(outcome=RequestedDocument.Outcome.WITHDRAWN).exists()
        case "decided" | "denied":
            return Decision.objects.filter(item__request=about, decided_by__email=who).exists()
        case "revoked":
            return AccessRequest.objects.filter(pk=about, status=RequestStatus.REVOKED).exists()
        case "asked":
            return records.filter(action=Action.REQUEST_ASKED).exists()
        case "answered":
            return records.filter(action=Action.REQUEST_ANSWERED).exists()
        case "uploaded":
            return DocumentVersion.objects.filter(document__slug=who, number=about).exists()
        case "published":
            version = DocumentVersion.objects.filter(document__slug=who, number=about, published_at__isnull=False)
            return version.exists()
        case "paper uploaded":
            return Paper.objects.filter(request=about, added_by__email=who).exists()
        case "paper filed":
            return Paper.objects.filter(pk=about, kind=Paper.Kind.ELSEWHERE, state=Paper.State.ACCEPTED).exists()
        case "paper accepted" | "paper declined":
            return Paper.objects.filter(pk=about, state=step.removeprefix("paper "), decided_by__email=who).exists()
        case "countersigned":
            return Paper.objects.filter(pk=about, countersigned_by__email=who).exists()
        case "company confirmed":
            return Company.objects.filter(pk=about, confirmed_by__isnull=False).exists()
        case "scope confirmed":
            cause = Q(signature=about) | Q(paper=about)
            return Coverage.objects.filter(cause, confirmed_by__email=who).exclude(scope="person").exists()
        case "coverage ended":
            return Coverage.objects.filter(pk=about, end=Coverage.End.ENDED).exists()
        case "extended":
            return AccessGrant.objects.filter(pk=about, extends__end=AccessGrant.End.REPLACED).exists()
        case "merged":
            return CompanyMerge.objects.filter(into=who, source=about).exists()
        case "merge undone":
            return CompanyMerge.objects.filter(pk=about, undone_by__email=who).exists()
        case "level changed":
            changed = of_staff.filter(action=Action.LEVEL_CHANGED).select_related("detail")
            return any(one["to"] == about for entry in entries_of(changed) for one in entry.detail["changes"])
        case "rules published":
            return RuleVersion.objects.filter(number=about, published_by__email=who).exists()
        case "rules on":
            return of_staff.filter(action=Action.RULES_SWITCHED_ON).exists()
        case "rules off":
            return of_staff.filter(action=Action.RULES_SWITCHED_OFF).exists()
        case "erasure asked":
            # By address, which is gone once it was carried out.
            person = User.objects.filter(email=who).first()
            return Erasure.objects.filter(person=person).exists() if person else bool(erased())
        case "erased" | "erasure declined":
            state = Erasure.State.DONE if step == "erased" else Erasure.State.DECLINED
            return Erasure.objects.filter(pk=about, state=state, decided_by__email=who).exists()
    raise ValueError(f"nobody knows how to check {step}")


@promise
def every_received_copy_is_recorded(seen: Seen) -> Iterator[str]:
    finished = dict(Delivery.objects.exclude(sha256="").values_list("code", "sha256"))
    arrived = {code: sha256 for _reader, code, sha256, whole in seen["copies"] if whole}
    for code, sha256 in arrived.items():
        if finished.get(code) != sha256:
            yield f"copy {code} arrived as {sha256}, the log has {finished.get(code)}"
    # A finished download that did not arrive broke after the site had sent it, and its reader saw that.
    broke = {code for _reader, code, _sha256, whole in seen["copies"] if not whole}
    lost = Counter(seen["lost_copies"])
    gone = Delivery.objects.exclude(sha256="").exclude(code__in=arrived.keys() | broke).exclude(reader__in=erased())
    for reader, count in Counter(gone.values_list("reader__email", flat=True)).items():
        if count > lost[reader]:
            yield f"{count} finished copies of {reader} arrived nowhere, {lost[reader]} connections broke"


@promise
def no_page_was_an_error(seen: Seen) -> Iterator[str]:
    yield from seen["errors"]
