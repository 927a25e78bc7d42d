"""What the page of one person shows."""

from dataclasses import dataclass

from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.requests.models import AccessRequest, Question, RequestStatus
from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role
from trustcenter.audit import history
from trustcenter.site.people import listing
from trustcenter.site.people.forms import RolesForm

EVENTS = 6


def find(id: str) -> User | None:
    """The person, with what the page reads."""
    found = User.answering().select_related("company").prefetch_related("authenticator_set")
    return found.filter(pk=id).first()


@dataclass(frozen=True)
class Ends:
    """What stops with the account: open documents, open requests, and questions that wait for an answer."""

    documents: int
    requests: int
    questions: int


@dataclass(frozen=True, kw_only=True)
class PersonPage:
    """One person as the page shows them to `by`. `seen` are the names of the roles, which the page sends back."""

    person: User
    roles: list[Role]
    factors: list[str]
    form: RolesForm
    seen: list[str]
    is_own: bool
    may_change: bool
    # Whether a one-time password still works.
    has_one_time_password: bool
    ends: Ends
    # The newest records about the person, for those who may read the log.
    events: list[history.Entry]


def of(person: User, *, by: User, form: RolesForm | None = None) -> PersonPage:
    """The page of `person`, with a form that was filled in before or with a new one."""
    line, now = listing.line(person), timezone.now()
    held = [role.value for role in line.roles]
    until = person.one_time_password_until
    return PersonPage(
        person=person,
        roles=line.roles,
        factors=line.factors,
        form=form or RolesForm(initial={"roles": held}),
        seen=held,
        is_own=person.pk == by.pk,
        may_change=by.has_perm(staff.MANAGE) and person.pk != by.pk,
        has_one_time_password=until is not None and until > now,
        ends=Ends(
            documents=AccessGrant.objects.filter(holder=person).open_at(now).count(),
            requests=AccessRequest.objects.filter(requester=person, status=RequestStatus.OPEN).count(),
            questions=Question.objects.filter(asked_by=person, answered_at=None).count(),
        ),
        events=history.history(person, most=EVENTS) if by.has_perm("audit.view_record") else [],
    )
