"""The page of one version at the desk: its pages, the dates that readers get, and the buttons to publish or discard it."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from certifications.updates.forms import Instant
from documents import access, notices
from documents.delivery import TooMany
from documents.intake import publishing, scheduling
from documents.intake.publishing import Dates
from documents.models import DocumentVersion, VersionDate
from documents.reading import at_the_desk
from documents.reading.views import image
from documents.refusals import Refusal
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.vault import sandbox
from trustcenter.web import throttle

# Pages that one person may have drawn in a minute: each starts a process.
PAGES_A_MINUTE = 60
DATES = ("as_of", "period_start", "period_end", "valid_until")
MAY_OPEN = permission_required("documents.preview_documentversion", raise_exception=True)
MAY_PUBLISH = permission_required("documents.add_documentversion", raise_exception=True)


class DatesForm(forms.Form):
    """The dates that readers are told with a version."""

    as_of = forms.DateField(
        label=gettext_lazy("As of"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": gettext_lazy("Enter the date of the document.")},
    )
    period_start = forms.DateField(
        label=gettext_lazy("Period from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    period_end = forms.DateField(
        label=gettext_lazy("Period to"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    goes_live_at = Instant(
        label=gettext_lazy("Goes live at (UTC)"), required=False, help_text=gettext_lazy("Empty: at once.")
    )
    tell_readers = forms.BooleanField(label=gettext_lazy("Tell its readers by e-mail"), required=False)

    @property
    def dates(self) -> Dates:
        return Dates(**{name: self.cleaned_data[name] for name in DATES})

    def clean(self) -> dict[str, Any] | None:
        if not self.errors and not self.dates.are_in_order:
            self.add_error("period_end", Refusal.PERIOD.label)
        return super().clean()


@require_GET
@MAY_OPEN
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version with one of its pages, and the form that publishes it."""
    found = _opened(request, slug, number)
    return _page(request, found, _dates_form(found))


@require_POST
@MAY_OPEN
def open_pages(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Opens the pages of a version, with a delivery of its own."""
    try:
        at_the_desk.start(slug, number, by=person(request), session_key=_session(request))
    except TooMany as refusal:
        messages.error(request, str(refusal))
    except (DocumentVersion.DoesNotExist, access.Refused):
        raise Http404 from None
    return redirect(f"{reverse('documents:version', args=[slug, number])}#page")


@require_GET
@MAY_OPEN
def version_page(request: HttpRequest, slug: str, number: int, page: int) -> HttpResponse:
    """One page of a version as an image that names the member of staff."""
    found, by = _opened(request, slug, number), person(request)
    if not 1 <= page <= (found.pages or 0):
        raise Http404
    delivery = at_the_desk.opened(found, by=by, session_key=_session(request))
    if delivery is None:
        raise Http404
    if not throttle.allow(request, "version-pages", PAGES_A_MINUTE, seconds=60, key=by.pk):
        return HttpResponse(_("You opened many pages in a short time. Wait a minute, then go on."), status=429)
    try:
        return image(at_the_desk.page(found, page, delivery))
    except sandbox.SandboxError:
        return HttpResponse(_("This page cannot be drawn in time."), status=503)


@require_POST
@MAY_PUBLISH
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Makes the version the one that readers get."""
    found = _opened(request, slug, number)
    form = DatesForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    at, how = form.cleaned_data["goes_live_at"], {"by": person(request)}
    tell = form.cleaned_data["tell_readers"]
    try:
        if at:
            scheduling.schedule(found, form.dates, at=at, tell_readers=tell, **how)
            messages.success(request, _("The date is set. Until then readers keep the current version."))
            return redirect("documents:version", slug, number)
        publishing.publish(found, form.dates, tell_readers=tell, **how)
    except FlowError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, status=409)
    words = {"number": found.number, "document": found.document.title}
    messages.success(request, _("Published. Readers get version %(number)s of %(document)s now.") % words)
    return redirect("documents:desk")


@require_POST
@MAY_PUBLISH
def cancel_date(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Takes back the date on which the version goes live."""
    found = _opened(request, slug, number)
    try:
        scheduling.cancel(found, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The date is canceled. The version waits as before."))
    return redirect("documents:version", slug, number)


@require_POST
@MAY_PUBLISH
def discard(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Discards a version that waits to be published."""
    found = _opened(request, slug, number)
    try:
        publishing.discard(found, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Discarded. Its file is deleted, and readers keep the current version."))
    return redirect("documents:upload", slug)


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _opened(request: HttpRequest, slug: str, number: int) -> DocumentVersion:
    try:
        return access.version_at_the_desk(cast(User, request.user), slug, number)
    except (DocumentVersion.DoesNotExist, access.Refused):
        raise Http404 from None


def _dates_form(version: DocumentVersion) -> DatesForm:
    chosen = VersionDate.objects.filter(version=version).first()
    dates = chosen or publishing.usual_dates(version)
    # A new version is news for its readers; going back to a former one usually mends a mistake.
    tell = chosen.tell_readers if chosen else version.state == DocumentVersion.State.READY
    more = {"tell_readers": tell, "goes_live_at": chosen.at if chosen else None}
    return DatesForm(initial={name: getattr(dates, name) for name in DATES} | more)


def _page(request: HttpRequest, version: DocumentVersion, form: DatesForm, status: int = 200) -> HttpResponse:
    typed, pages = request.GET.get("page", "1"), version.pages or 1
    page = min(max(int(typed), 1), pages) if typed.isascii() and typed.isdecimal() and len(typed) < 8 else 1
    current = version.document.current
    delivery = at_the_desk.opened(version, by=person(request), session_key=_session(request))
    context = {"version": version, "document": version.document, "form": form, "page": page, "current": current}
    context["delivery"] = delivery
    context["goes_live"] = VersionDate.objects.select_related("by").filter(version=version).first()
    context["readers"] = notices.readers(version.document, timezone.now()).count()
    context["notice"] = version.notices.first()
    return render(request, "desk/version.html", context, status=status)
