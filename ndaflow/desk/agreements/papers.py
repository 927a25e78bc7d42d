"""Legal's pages about papers: put one on file, read an uploaded one, accept or decline it, countersign it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documents.intake.flaws import Flaw
from ndaflow.agreements.models import Agreement, Scope
from ndaflow.agreements.papers import flows as papers
from ndaflow.agreements.papers import uploads
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.proposals import OF_PAPER, of_paper
from ndaflow.desk.agreements.paper_forms import AcceptForm, DeclineForm, FileForm
from ndaflow.requests import flows
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.history import entries
from trustcenter.audit.models import Record
from trustcenter.audit.text import subject_of
from trustcenter.web.templatetags.writing import file_size

may_file = permission_required(papers.FILE, raise_exception=True)
may_view = permission_required("ndaflow.view_paper", raise_exception=True)
# What the page shows of a paper that was opened very often.
MOST_RECORDS = 50
WITH = (*OF_PAPER, "countersigned_by", "person", "request", "copy")


# The token is in the form beside the file. The site takes no files, unless a view says how before the form is read.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@may_file
def file_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """Puts a paper that was signed elsewhere on file."""
    agreement = get_object_or_404(Agreement, slug=slug)
    if request.method == "GET":
        # A page about a company or a person links here with whom it is about.
        initial = {name: request.GET.get(name, "") for name in ("scope", "whom")}
        return _file_page(request, agreement, FileForm(initial=initial, agreement=agreement))
    if uploads.announced_too_long(request):
        form = FileForm(agreement=agreement)
        return _file_page(request, agreement, form, uploads.sentence(Flaw.TOO_LONG), status=413)
    request.upload_handlers = [uploads.PaperHandler(request)]
    return _filed(request, agreement)


@csrf_protect
def _filed(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    form = FileForm(request.POST, request.FILES, agreement=agreement)
    if not form.is_valid():
        return _file_page(request, agreement, form)
    data = form.cleaned_data
    try:
        paper = papers.file(
            agreement,
            form.checked,
            kind=Paper.Kind.ELSEWHERE,
            reach=form.reach,
            dates=form.dates,
            vouched=data["vouched"],
            note=data["note"],
            by=person(request),
        )
    except FlowError as refusal:
        return _file_page(request, agreement, form, str(refusal), status=409)
    messages.success(request, _filed_words(paper))
    return redirect("desk:paper", paper.pk)


def _file_page(
    request: HttpRequest, agreement: Agreement, form: FileForm, sentence: str = "", status: int = 200
) -> HttpResponse:
    context = {"agreement": agreement, "form": form, "sentence": sentence, "most": file_size(uploads.MOST)}
    return render(request, "desk/paper_file.html", context, status=status)


@require_GET
@may_view
def paper(request: HttpRequest, id: str) -> HttpResponse:
    """One paper: what it is, who uploaded it, and what legal decided or has to decide."""
    return _page(request, _found(id))


@require_POST
@may_view
def open_paper(request: HttpRequest, id: str) -> HttpResponse:
    """The PDF as it came. The log says who opened it."""
    found = _found(id)
    response = HttpResponse(papers.open_paper(found, by=person(request)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.agreement.slug}-paper-{found.pk}.pdf"'
    response["Content-Security-Policy"] = "sandbox"
    return response


@require_POST
@may_file
def accept(request: HttpRequest, id: str) -> HttpResponse:
    found = _found(id)
    form = AcceptForm(request.POST, agreement=found.agreement)
    if not form.is_valid():
        return _page(request, found, accepting=form)
    data = form.cleaned_data
    try:
        flows.accept_paper(
            found,
            reach=form.reach,
            dates=form.dates,
            vouched=data["vouched"],
            countersigned=data["countersigned"],
            by=person(request),
        )
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Accepted. We have told the person who uploaded it."))
    return redirect("desk:paper", found.pk)


@require_POST
@may_file
def decline(request: HttpRequest, id: str) -> HttpResponse:
    found, form = _found(id), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, found, declining=form)
    try:
        flows.decline_paper(found, reason=form.cleaned_data["reason"], by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Declined. The person who uploaded it reads your reason."))
    return redirect("desk:paper", found.pk)


@require_POST
@may_file
def countersign(request: HttpRequest, id: str) -> HttpResponse:
    found = _found(id)
    try:
        papers.countersign(found, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Countersigned. The copy is being sealed and goes out by e-mail."))
    return redirect("desk:paper", found.pk)


def _filed_words(paper: Paper) -> str:
    if paper.scope == Scope.PERSON:
        return _("The paper is on file. Documents that waited for it open from its first day.")
    return _("The paper is on file. It covers nobody until an approver confirms who it is meant for.")


def _found(id: str) -> Paper:
    return get_object_or_404(Paper.objects.select_related(*WITH), pk=id)


def _page(
    request: HttpRequest, found: Paper, accepting: AcceptForm | None = None, declining: DeclineForm | None = None
) -> HttpResponse:
    """The page, with the form whose errors have to be shown."""
    uploader = found.added_by
    initial = {"scope": Scope.PERSON, "whom": uploader.email}
    covers, proposal = list(found.coverage.order_by("starts_at")), of_paper(found)
    # What of it counts, that of one person first: ending this ends what it covers beyond them.
    covers.sort(key=lambda one: (one.ended_at is not None, one.scope != Scope.PERSON))
    context = {
        "paper": found,
        "covers": covers[0] if covers else None,
        "proposal": proposal,
        "own_proposal": proposal.own_of(person(request)) if proposal else None,
        "is_own": uploader.pk == person(request).pk,
        "accept_form": accepting or AcceptForm(initial=initial, auto_id="id_accept_%s", agreement=found.agreement),
        "decline_form": declining or DeclineForm(auto_id="id_decline_%s"),
        "is_declining": declining is not None,
        "history": entries(_records(found)),
    }
    return render(request, "desk/paper.html", context)


def _records(found: Paper) -> QuerySet[Record]:
    """What happened to the paper: most of it is about the paper, and its upload is about the request."""
    about = Q(subject=subject_of(found))
    if found.request is not None:
        papers_of = (Action.PAPER_UPLOADED, Action.PAPER_WITHDRAWN)
        about |= Q(subject=subject_of(found.request), action__in=papers_of)
    return Record.objects.filter(about).order_by("-number")[:MOST_RECORDS]
