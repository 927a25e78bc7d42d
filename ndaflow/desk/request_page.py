"""Everything that the page of one request shows to an approver."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from documents.models import Delivery, DocumentVersion, Level
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.needed import Needed, named, text_if_missing
from ndaflow.agreements.proposals import proposals
from ndaflow.agreements.sealing import progress
from ndaflow.desk import queue, waiting
from ndaflow.desk.access.forms import RevokeForm
from ndaflow.desk.forms import DecisionsForm, QuestionForm, ReasonForm
from ndaflow.desk.owning import owning
from ndaflow.duty.hours import with_office
from ndaflow.invitations.models import Invitation
from ndaflow.requests import countries, flows, gates, risks
from ndaflow.requests.copies import asking
from ndaflow.requests.earlier import Earlier, with_held
from ndaflow.requests.models import AccessRequest, Decision, Question, RequestedDocument, RequestStatus
from ndaflow.rules import reasons, wording
from trustcenter.accounts.models import User
from trustcenter.audit import history
from trustcenter.web.typed import quoted

# The page may have two forms with a reason, and its links lead to their fields.
DENY_ID = "id_%s_deny"
MOST_DELIVERIES = 20
# Who invited the requester to a document.
INVITED = "invited__invitation__invited_by"


def find(id: str) -> AccessRequest | None:
    """A request with everything that the page reads; four queries. Drafts are visible to their author only."""
    found = with_office(
        queue.with_place(waiting.with_papers(AccessRequest.objects.exclude(status=RequestStatus.DRAFT)))
    )
    return (
        found.annotate(people=_people_of_the_company(), copies=_copies_that_left())
        .select_related(
            *("requester__company__confirmed_by", "owner__absence", "share_link__colleague", "continues"),
        )
        .prefetch_related(
            Prefetch("items", _items()),
            Prefetch("items__decisions", Decision.objects.select_related("decided_by", "rule_version")),
            Prefetch("questions", Question.objects.select_related("asked_by", "rule_version")),
        )
        .filter(pk=id)
        .first()
    )


def decisions_form(request: AccessRequest, by: User, data: Any = None) -> DecisionsForm:
    """The form that decides `request`; it asks for a reason where the request has warnings."""
    agreements = _agreements(request, list(request.items.all()), timezone.now())
    warnings = risks.warnings(request, _coverage(agreements))
    return DecisionsForm(data, request=request, by=by, warnings=warnings)


def context(
    request: AccessRequest, reader: User, *, typed: DecisionsForm | ReasonForm | QuestionForm | None = None
) -> dict[str, Any]:
    """The page's context; `typed` is a form to show again with its errors."""
    now = timezone.now()
    items = list(request.items.all())
    _say_what_rules_used(items)
    agreements = _agreements(request, items, now)
    is_open, is_own = request.status == RequestStatus.OPEN, request.requester_id == reader.pk
    may_decide = reader.has_perm(flows.DECIDE) and not is_own
    for_legal = reader.has_perm(flows.LEGAL) and not is_own
    earlier = Earlier(request)
    warnings = risks.warnings(request, _coverage(agreements), earlier) if is_open else []
    notes = risks.notes(request, items, reader=reader, earlier=earlier) if is_open else []
    form = typed if isinstance(typed, DecisionsForm) else None
    if form is None:
        form = DecisionsForm(request=request, by=reader, warnings=warnings)
    to_decide = [part.item for part in form.parts] if is_open and (may_decide or for_legal) else []
    _say_what_approving_does(form, request, agreements)
    return {
        "access_request": request,
        "first_name": quoted(request.name.split()[0]) if request.name else request.email,
        "items": items,
        "is_open": is_open,
        "may_decide": may_decide,
        "place": queue.place(request),
        "waits": waiting.standing(request, _coverage(agreements)) if is_open else [],
        "owning": owning(request, reader, now),
        "risks": [*warnings, *notes],
        "form": form,
        "to_decide": to_decide,
        "others": [item for item in items if item not in to_decide],
        # Nothing left before something was opened.
        "deliveries": _deliveries(request) if any(item.grant_id for item in items) else [],
        "acts": _acts(request, items, typed, may_deny=bool(to_decide)),
        "about": _about(request, agreements, earlier),
    }


def _say_what_rules_used(items: list[RequestedDocument]) -> None:
    """Adds to each decision by a rule the facts that it read, in words."""
    made = [decision for item in items for decision in item.decisions.all() if decision.is_automatic]
    levels = {item.document.level.slug: item.document.level.name for item in items if item.document.level}
    then = {decision.rule_facts.get("level", "") for decision in made} - {"", *levels}
    if then:
        # The document had another level then.
        levels |= Level.objects.filter(slug__in=then).values_list("slug", "name")
    names = wording.Names(levels, {item.document.slug: item.document.title for item in items})
    for decision in made:
        decision.used = reasons.facts_used(decision.rule_facts, names)  # type: ignore[attr-defined]  # only for this page


def _acts(request: AccessRequest, items: list[RequestedDocument], typed: object, *, may_deny: bool) -> dict[str, Any]:
    """What can be done besides deciding, and the forms for it."""
    is_asked = any(question.answered_at is None for question in request.questions.all())
    may_revoke = any(item.grant and not item.grant.ended_at for item in items)
    revoke = typed if isinstance(typed, RevokeForm) else revoke_form(request) if may_revoke else None
    return {
        "request": request,
        "may_ask": request.status == RequestStatus.OPEN and not is_asked,
        "may_deny": may_deny,
        "may_revoke": may_revoke,
        "question_form": typed if isinstance(typed, QuestionForm) else QuestionForm(),
        "deny_form": _deny_form(typed),
        "revoke_form": revoke,
    }


def revoke_form(request: AccessRequest, data: Any = None) -> RevokeForm:
    """The form that ends what the request opened; it offers to ask for the copies of its documents that left."""
    return RevokeForm(data, copies=request.copies)  # type: ignore[attr-defined]  # annotated by find


def _about(request: AccessRequest, agreements: Mapping[str, Needed], earlier: Earlier) -> dict[str, Any]:
    """Who asks, for which company, what they signed, and what happened."""
    signatures = [one.signature for one in _coverage(agreements).values() if one.signature]
    return {
        "request": request,
        "company": request.requester.company if request.requester else None,
        "known": request.people,  # type: ignore[attr-defined]  # annotated by find
        "domain": request.requester.domain if request.requester else "",
        "agreements": list(agreements.values()),
        "sealing": progress.of(signatures),
        "proposals": proposals([one for one in signatures if one.signer_id == request.requester_id]),
        "back": reverse("desk:request", args=[request.pk]),
        "earlier": earlier.requests,
        "invitations": _invitations(request),
        "country": countries.NAMES.get(request.country, ""),
        "history": history.history(request),
    }


def _invitations(request: AccessRequest) -> list[Invitation]:
    """The invitations that count for its documents, each once."""
    invited = [item.invited.invitation for item in request.items.all() if hasattr(item, "invited")]
    return list(dict.fromkeys(invited))


def waits(request: AccessRequest) -> list[waiting.Wait]:
    """What an open request of `find` waits for."""
    agreements = _agreements(request, list(request.items.all()), timezone.now())
    return waiting.standing(request, _coverage(agreements))


def _agreements(request: AccessRequest, items: list[RequestedDocument], instant: datetime) -> Mapping[str, Needed]:
    return text_if_missing(request.requester, gates.required(items), instant)


def _coverage(agreements: Mapping[str, Needed]) -> dict[str, Coverage]:
    return {slug: one.coverage for slug, one in agreements.items() if one.coverage is not None}


def _deny_form(typed: object) -> ReasonForm:
    """The form that was typed, if it is this one, or an empty one."""
    return typed if isinstance(typed, ReasonForm) and typed.auto_id == DENY_ID else ReasonForm(auto_id=DENY_ID)


def _say_what_approving_does(form: DecisionsForm, request: AccessRequest, agreements: Mapping[str, Needed]) -> None:
    """Adds to each end date how the document is read and when it opens."""
    asked = any(question.answered_at is None for question in request.questions.all())
    for part in form.parts:
        missing = [agreements[slug] for slug in gates.missing(part.item, _coverage(agreements))]
        words = _outlook(part.item, missing=missing, asked=asked)
        # On the bound field, because a form with errors has already created it.
        part["until"].help_text = " ".join(words)


def _outlook(item: RequestedDocument, *, missing: list[Needed], asked: bool) -> Iterator[str]:
    yield _("Read page by page, no file.") if item.is_view_only else _("A marked copy to download.")
    if len(item.decisions.all()) + 1 < item.approvals_needed:
        yield _("Opens after another approval.")
    elif missing:
        yield _("Opens once they sign %(agreements)s.") % {"agreements": named(missing)}
    elif asked:
        yield _("Opens once they answer.")
    else:
        yield _("Opens as soon as you decide.")
    if (until := item.held_until) is not None:  # type: ignore[attr-defined]  # annotated by find
        end = date_format(timezone.localtime(until), "j M Y")
        yield _("Replaces the end date of %(date)s.") % {"date": end}


def _people_of_the_company() -> Subquery:
    """How many people of the requester's company we know."""
    people = User.objects.filter(company=OuterRef("requester__company")).order_by().values("company")
    return Subquery(people.annotate(known=Count("pk")).values("known"))


def _items() -> QuerySet[RequestedDocument]:
    """The documents of a request with their levels and grants, how many pages they have, and what opens them otherwise."""
    current = DocumentVersion.objects.filter(document=OuterRef("document"), state=DocumentVersion.State.CURRENT)
    items = with_held(RequestedDocument.objects.select_related("document__level", "grant", INVITED), timezone.now())
    return items.annotate(pages=Subquery(current.values("pages")))


def _copies_that_left() -> Coalesce:
    """How many copies of the request's documents left that nobody has asked the requester to destroy."""
    documents = RequestedDocument.objects.filter(request=OuterRef(OuterRef("pk"))).values("document")
    found = asking.copies().filter(reader=OuterRef("requester"), version__document__in=documents, is_asked=False)
    counted = found.order_by().values("reader").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def _deliveries(request: AccessRequest) -> QuerySet[Delivery]:
    # Access that was extended since has downloads under the grants before, which belong to no request any more.
    before = Q(
        grant__requested_document=None,
        grant__document__in=[item.document_id for item in request.items.all()],
        started_at__gte=request.opened_at,
    )
    # By the reader, who is the holder of each of these grants: the database would look at every delivery otherwise.
    found = Delivery.objects.filter(Q(grant__requested_document__request=request) | before, reader=request.requester)
    return found.select_related("version__document")[:MOST_DELIVERIES]
