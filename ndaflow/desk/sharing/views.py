"""The page on which sales sends a prospect the link to the public page, and makes links for accounts."""

from io import BytesIO

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ndaflow.desk.sharing.forms import LinkForm, ShareForm
from ndaflow.requests.sharing import flows
from ndaflow.requests.sharing.models import ShareLink
from trustcenter.accounts import mail_limits
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.web import throttle

may_share = permission_required(flows.SHARE, raise_exception=True)


@require_http_methods(["GET", "POST"])
@may_share
def share(request: HttpRequest) -> HttpResponse:
    """Sends the link to a prospect, never a report."""
    form = ShareForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid() and not throttle.allow(request, "share", limit=60, seconds=3600, key=person(request).pk):
            form.add_error(None, _("Too many e-mails. Try again in an hour."))
        if form.is_valid():
            data = form.cleaned_data
            try:
                mail = mail_limits.count_for_staff(request, data["email"])
                email = flows.share(
                    mail.email, by=person(request), note=data["note"], document=form.slug, account=data["account"]
                )
            except FlowError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Sent to %(email)s.") % {"email": email})
                return redirect("desk:share")
    return _page(request, form, LinkForm(auto_id="id_link_%s"))


@require_POST
@may_share
def make_link(request: HttpRequest) -> HttpResponse:
    """Makes a link for an account, or shows the one that is there."""
    form = LinkForm(request.POST, auto_id="id_link_%s")
    if form.is_valid():
        try:
            flows.make_link(by=person(request), account=form.cleaned_data["account"])
        except FlowError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your link is ready. It is in the list."))
            return redirect("desk:share")
    return _page(request, ShareForm(), form)


@require_POST
@may_share
def end_link(request: HttpRequest, id: str) -> HttpResponse:
    """Ends one of the reader's links."""
    try:
        flows.end_link(_own(request, id), by=person(request))
    except FlowError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Ended. It still leads to the public page, without telling us that it was yours."))
    return redirect("desk:share")


@require_GET
@may_share
def code(request: HttpRequest, id: str) -> HttpResponse:
    """The link as a QR code."""
    # Every process imports this module with the pages, and few of them ever draw a code: it takes 3 MB.
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    link = _own(request, id)
    picture = BytesIO()
    # Of medium strength: a print-out may have a scratch. The border is the one that scanners need.
    symbol = qrcode.make(
        _address(link), error_correction=qrcode.ERROR_CORRECT_M, border=4, box_size=20, image_factory=SvgPathFillImage
    )
    symbol.save(picture)
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Content-Disposition"] = f'inline; filename="link-{link.pk}.svg"'
    return response


def _own(request: HttpRequest, id: str) -> ShareLink:
    link = ShareLink.objects.filter(pk=id, colleague=person(request), ended_at=None).first()
    if link is None:
        raise Http404
    return link


def _address(link: ShareLink) -> str:
    return settings.SITE_URL + reverse("requests:shared", args=[link.pk])


def _page(request: HttpRequest, form: ShareForm, link_form: LinkForm) -> HttpResponse:
    by = person(request)
    sent = Record.objects.filter(action=Action.PAGE_SHARED, actor=by.pk).order_by("-number")[:10]
    links = ShareLink.objects.filter(colleague=by, ended_at=None)
    context = {"form": form, "link_form": link_form, "sent": history.entries(sent), "links": links}
    return render(request, "desk/share.html", context)
