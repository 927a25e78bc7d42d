"""The page on which sales sends a prospect the link to the public page."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from certifications import flows
from trustcenter.accounts import mail_limits
from trustcenter.accounts.fields import AddressField
from trustcenter.accounts.signed_in import person
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.web import throttle
from trustcenter.web.fields import LongText


class ShareForm(forms.Form):
    """Who gets the link, and a personal message."""

    email = AddressField(
        label=gettext_lazy("E-mail"),
        error_messages={"required": gettext_lazy("Enter the e-mail address that gets the link.")},
    )
    note = LongText(
        label=gettext_lazy("Message"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Goes into the e-mail as you type it."),
    )


@require_http_methods(["GET", "POST"])
@permission_required("certifications.share_posture", raise_exception=True)
def share(request: HttpRequest) -> HttpResponse:
    """Sends the link to a prospect, never a report."""
    form = ShareForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid() and not throttle.allow(request, "share", limit=60, seconds=3600, key=person(request).pk):
            form.add_error(None, _("Too many e-mails. Try again in an hour."))
        if form.is_valid():
            try:
                mail = mail_limits.count_for_staff(request, form.cleaned_data["email"])
            except mail_limits.TooMany as refusal:
                form.add_error(None, str(refusal))
            else:
                email = flows.share(mail.email, by=person(request), note=form.cleaned_data["note"])
                messages.success(request, _("Sent to %(email)s.") % {"email": email})
                return redirect("certifications:share")
    sent = Record.objects.filter(action=Action.PAGE_SHARED, actor=person(request).pk).order_by("-number")[:10]
    return render(request, "desk/share.html", {"form": form, "sent": history.entries(sent)})
