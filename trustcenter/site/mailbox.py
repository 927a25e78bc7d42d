"""The demo mailbox: the mails that were sent, and how to sign in as staff. It exists in demo mode only."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from trustcenter.accounts import demo
from trustcenter.accounts.models import User
from trustcenter.work.models import Mail

SHOWN = 50


@require_safe
@never_cache
@login_not_required
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest fifty mails, and the password and current code of each demo colleague."""
    # The URL exists in demo mode only. This check holds even if somebody adds the URL by mistake.
    if not settings.DEMO:
        raise Http404
    accounts = User.objects.filter(is_staff=True, authenticator__type="totp").in_bulk(field_name="email")
    staff = [
        {"colleague": colleague, "code": demo.current_code(accounts[colleague.email])}
        for colleague in demo.COLLEAGUES
        if colleague.email in accounts
    ]
    context = {"mails": Mail.objects.all()[:SHOWN], "staff": staff, "seconds_left": demo.seconds_left()}
    return render(request, "mailbox.html", context)
