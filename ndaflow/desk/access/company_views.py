"""Ends all access of everyone at one company, after showing whom and what that is."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from documents.models import AccessGrant, Delivery
from ndaflow.desk.access.forms import EndCompanyForm
from ndaflow.requests import flows
from ndaflow.requests.copies import asking
from ndaflow.requests.models import AccessRequest, RequestStatus
from trustcenter.accounts.models import Company, User
from trustcenter.accounts.signed_in import person
from trustcenter.audit import FlowError

may_decide = permission_required(flows.DECIDE, raise_exception=True)


@require_http_methods(["GET", "POST"])
@may_decide
def end_access(request: HttpRequest, id: str) -> HttpResponse:
    """Who loses what, the copies that left, and the button, which asks for the company's name."""
    company = Company.objects.filter(pk=id, merged_into=None).first()
    if company is None:
        raise Http404
    people = User.objects.filter(company=company)
    copies = Delivery.objects.filter(reader__in=people, kind=Delivery.Kind.DOWNLOAD)
    form = EndCompanyForm(
        request.POST if request.method == "POST" else None, company=company, copies=asking.count_unasked(people)
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            count = flows.revoke_company(
                company, by=person(request), reason=data["reason"], destroy=bool(data.get("destroy"))
            )
        except FlowError as refusal:
            messages.error(request, str(refusal))
        else:
            done = ngettext(
                "Revoked for %(n)s person, who has been told why.",
                "Revoked for %(n)s people, who have been told why.",
                count,
            )
            messages.success(request, done % {"n": count})
        return redirect("desk:company", company.pk)
    live = AccessGrant.objects.filter(holder__in=people, ended_at=None).select_related("holder", "document")
    context = {
        "company": company,
        "form": form,
        "grants": live.order_by("holder__email", "document__position"),
        "waiting": AccessRequest.objects.filter(requester__in=people, status=RequestStatus.OPEN).count(),
        "copies": copies.select_related("version__document").order_by("-started_at"),
    }
    return render(request, "desk/company_end_access.html", context)
