"""The administrators' pages about people: the list, one person, and the steps that change an account."""

from collections.abc import Callable
from functools import partial

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError
from trustcenter.site.people import listing, page
from trustcenter.site.people.forms import AddForm, RolesForm

View = Callable[..., HttpResponse]

PAGE = 25

may_view = permission_required("accounts.view_user", raise_exception=True)
may_change = permission_required(staff.MANAGE, raise_exception=True)
# Somebody who finds an unlocked screen must not be able to make an administrator.
freshly_signed_in: Callable[[View], View] = reauthentication_required(allow_get=True)


@require_GET
@may_view
def people(request: HttpRequest) -> HttpResponse:
    """Staff, or those whom another filter shows, the last who signed in first."""
    offered = listing.filters()
    asked = request.GET.get("show", listing.STAFF)
    chosen = next((one for one in offered if one.value == asked), offered[0])
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    counts = listing.counts(offered)
    pages = Paginator(listing.rows(chosen, words), PAGE)
    if not words:
        pages.count = counts[chosen.value]
    shown = pages.get_page(request.GET.get("page"))
    return render(
        request,
        "desk/people.html",
        {
            "page": shown,
            "lines": [listing.line(one) for one in shown],
            "filters": [(one, counts[one.value]) for one in offered],
            "chosen": chosen,
            "q": words,
        },
    )


@require_GET
@may_view
def person_page(request: HttpRequest, id: str) -> HttpResponse:
    """One person: what they may do, how they sign in, and the steps that change it."""
    return _page(request, _find(id))


@require_http_methods(["GET", "POST"])
@may_change
@freshly_signed_in
def add(request: HttpRequest) -> HttpResponse:
    """Adds a colleague, and shows the one-time password."""
    form = AddForm(request.POST or None, initial={"email": request.GET.get("email", "")[:254]})
    if request.method == "POST" and form.is_valid():
        email, name = form.cleaned_data["email"], form.cleaned_data["name"]
        try:
            added, password = staff.add(email, name=name, roles=form.chosen(), by=person(request))
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            return _one_time_password(request, added, password)
    return render(request, "desk/person_add.html", {"form": form})


@require_POST
@may_change
@freshly_signed_in
def change_roles(request: HttpRequest, id: str) -> HttpResponse:
    """Gives a colleague other roles."""
    shown, form = _find(id), RolesForm(request.POST)
    if not form.is_valid():
        return _page(request, shown, form)
    step = partial(staff.change_roles, shown, form.chosen(), seen=request.POST.getlist("seen"), by=person(request))
    return _after(step, request, shown, _("Saved. The new roles apply from the next page on."))


@require_POST
@may_change
@freshly_signed_in
def close(request: HttpRequest, id: str) -> HttpResponse:
    """Closes an account."""
    shown = _find(id)
    done = _("The account is closed, and its sessions have ended.")
    return _after(partial(staff.close, shown, by=person(request)), request, shown, done)


@require_POST
@may_change
@freshly_signed_in
def reopen(request: HttpRequest, id: str) -> HttpResponse:
    """Opens a closed account again."""
    shown = _find(id)
    done = _("The account is open again.")
    return _after(partial(staff.reopen, shown, by=person(request)), request, shown, done)


@require_POST
@may_change
@freshly_signed_in
def start_over(request: HttpRequest, id: str) -> HttpResponse:
    """Resets a lost second factor, and shows the one-time password."""
    shown = _find(id)
    try:
        password = staff.start_over(shown, by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
        return redirect("people:person", shown.pk)
    return _one_time_password(request, shown, password)


def _find(id: str) -> User:
    found = page.find(id)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, shown: User, form: RolesForm | None = None) -> HttpResponse:
    return render(request, "desk/person.html", {"page": page.of(shown, by=person(request), form=form)})


def _after(step: Callable[[], None], request: HttpRequest, shown: User, done: str) -> HttpResponse:
    try:
        step()
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("people:person", shown.pk)


def _one_time_password(request: HttpRequest, colleague: User, password: str) -> HttpResponse:
    """Shows the password in the answer itself: after a redirect, it would have to wait in the session's row."""
    colleague.refresh_from_db()
    return render(request, "desk/one_time_password.html", {"colleague": colleague, "password": password})
