"""The public pages that need more than one package, and the pages for refusals and errors."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views import defaults

from certifications import kept, linked, posture
from certifications.history import days, past, revising
from certifications.history import views as history
from certifications.models import Certification, PostureRevision, Status, Subprocessor, Update
from certifications.posture_json import as_text
from certifications.updates import reading
from documents.models import Document
from documents.standing import standings
from ndaflow.agreements.needed import required_texts
from ndaflow.agreements.text import as_html
from ndaflow.requests import measures
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.site import as_it_was, coverage
from trustcenter.vault.objects import StorageAway
from trustcenter.web import throttle
from trustcenter.web.public_pages import public_page, public_page_with
from trustcenter.work.outages import is_outage
from trustcenter.work.retention import Kept

# More than these are on their own page.
SUBPROCESSORS_ON_OVERVIEW = 6
# After an outage, when a client may ask again: a restarted server is back within seconds.
RETRY_SECONDS = 10


@public_page_with("as_of")
def overview(request: HttpRequest) -> HttpResponse:
    """Security and compliance of the company on one page: today, or as it was on the day in `as_of`."""
    try:
        revision = days.asked(request)
    except days.NoSuchDay as refusal:
        return days.no_such_day(request, refusal)
    if revision is not None:
        return _past_overview(request, revision)
    facts = kept.facts(request)
    profile, certifications, products, claims = facts.profile, facts.certifications, facts.products, facts.claims
    documents = list(Document.objects.select_related("level").prefetch_related("versions"))
    standing = standings(request.user, documents, timezone.now())
    context = {
        "profile": profile,
        "incidents": _open_incidents(request, facts),
        "data_block": linked.of_overview(request, profile, certifications),
        "certifications": certifications,
        "counts": counts(certifications),
        "evidence": {document.slug: document for document in documents},
        "lanes": coverage.lanes(certifications, documents),
        "products": products,
        "comparison": posture.comparison(products),
        "documents": documents,
        "standings": standing,
        "claims": facts.most_asked,
        "not_offered": facts.not_offered,
        "subprocessors": facts.subprocessors[:SUBPROCESSORS_ON_OVERVIEW],
        "facts": {
            "as_of": profile.as_of if profile else None,
            "answers": len(claims),
            "overdue": facts.overdue,
            "disagreements": facts.disagreements,
            "documents": len(documents),
            "open": sum(not document.is_gated for document in documents),
            "on_request": sum(document.is_gated and document.current is not None for document in documents),
            "agreements": required_texts(timezone.now()),
            "usual_hours": measures.usual_hours(),
            "yours": sum(one.grant is not None for one in standing.values()),
            "waiting": sum(one.grant is None for one in standing.values()),
        },
    }
    return render(request, "public/overview.html", context)


def _open_incidents(request: HttpRequest, facts: kept.Facts) -> list[Update]:
    """Those for everyone, and for somebody who is signed in those for the reader's levels too."""
    if isinstance(request.user, User):
        return reading.open_for(request.user, facts.open_incidents)
    return facts.open_incidents


def _past_overview(request: HttpRequest, revision: PostureRevision) -> HttpResponse:
    facts, documents, day = past.facts(revision), as_it_was.documents(revision), days.day_of(request)
    context = {
        "revision": revision,
        "day": day,
        "today": timezone.localdate(),
        "past": facts.profile,
        "incidents": facts.open_incidents,
        "profile": posture.profile(),
        "certifications": facts.certifications,
        "counts": counts(facts.certifications),
        "evidence": {document.slug: document for document in documents},
        "products": facts.products,
        "comparison": posture.comparison(facts.products),
        "documents": documents,
        "claims": facts.claims,
        "not_offered": posture.not_offered(facts.claims),
        "subprocessors": [one for one in facts.subprocessors if one.state_on(day) != Subprocessor.State.ENDED],
    }
    return render(request, "public/past_overview.html", context)


def counts(certifications: Sequence[Certification]) -> dict[str, int]:
    """How many certifications are in place, in progress, expired and not held."""
    statuses = Counter(certification.status for certification in certifications)
    return {
        "in_place": sum(number for status, number in statuses.items() if status.tone == "good"),
        "in_progress": statuses[Status.IN_PROGRESS],
        "expired": statuses[Status.EXPIRED],
        "not_held": sum(number for status, number in statuses.items() if status.tone == "none"),
    }


@public_page_with("year_starts")
def certifications(request: HttpRequest) -> HttpResponse:
    """Every certification with its status, also those that the company does not hold."""
    facts = kept.facts(request)
    found = facts.certifications
    documents = list(Document.objects.select_related("level").prefetch_related("versions"))
    context = {
        "profile": facts.profile,
        "certifications": found,
        "counts": counts(found),
        "evidence": {document.slug: document for document in documents},
        "lanes": (lanes := coverage.lanes(found, documents)),
        "fiscal": coverage.fiscal_years(lanes, request.GET.get("year_starts")),
    }
    return render(request, "public/certifications.html", context)


@public_page_with("year_starts")
def certification(request: HttpRequest, slug: str) -> HttpResponse:
    """One certification: the framework, the status, the evidence and the answers about it."""
    facts = kept.facts(request)
    if (found := next((one for one in facts.certifications if one.slug == slug), None)) is None:
        raise Http404
    claims = [claim for claim in facts.claims if claim.certification_id == found.pk]
    # A claim that contradicts one of them stands beside it.
    shown = [one for claim in claims for one in (claim, *claim.contradicting)]
    named = {*found.evidence, *(slug for claim in shown for slug in claim.evidence)}
    behind = list(Document.objects.filter(slug__in=named).select_related("level").prefetch_related("versions"))
    documents = [document for document in behind if document.slug in found.evidence]
    context: dict[str, Any] = {
        "profile": facts.profile,
        "certification": found,
        "data_block": linked.of_certification(request, facts.profile, found),
        "base": settings.SITE_URL,
        "documents": documents,
        "standings": standings(request.user, documents, timezone.now()),
        "lanes": (lanes := coverage.lanes([found], documents)),
        "fiscal": coverage.fiscal_years(lanes, request.GET.get("year_starts")),
        "evidence": {document.slug: document for document in behind},
        "claims": claims,
    }
    return render(request, "public/certification.html", context)


@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about people: the operator's own notice, or else what this product does."""
    profile = posture.profile()
    text = as_html(profile.privacy_notice, below=2) if profile and profile.privacy_notice else ""
    return render(request, "public/privacy.html", {"profile": profile, "text": text, "kept": list(Kept)})


@public_page_with("as_of")
def posture_json(request: HttpRequest) -> HttpResponse:
    """The facts of the public pages as data, today or on the day in `as_of`; gated documents without their summaries.

    The bytes are those of a revision, so that a saved copy proves later what we said.
    """
    try:
        revision = days.asked(request) or revising.newest()
    except days.NoSuchDay as refusal:
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    return history.as_json(revision) if revision else HttpResponse(as_text(), content_type="application/json")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Records who was refused which page, then answers as Django does."""
    user = request.user
    # At most 20 an hour: records stay for ever, and a person could ask for the same page all day.
    if isinstance(user, User) and throttle.allow(request, "refused", limit=20, seconds=3600, key=user.pk):
        with audit.change(by=user) as change:
            change.record(Action.PAGE_REFUSED, subject=user, path=request.path[:200])
    return defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """An error on our side: a reference to quote, and nothing that could fail again (no database, no session).

    If the database or the storage is away, the page says so, and clients learn when to come back.
    """
    if is_outage(error := sys.exception()):
        page = render_to_string("503.html", {"files": isinstance(error, StorageAway)})
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return HttpResponseServerError(render_to_string("500.html", {"reference": getattr(request, "error_reference", "")}))
