"""Two companies with their people, for the tests of this folder."""

import html
from typing import Any

from django.test import Client
from django.urls import reverse

from ndaflow.requests.models import AccessRequest
from tests import cast
from trustcenter.accounts.companies import flows
from trustcenter.accounts.models import Company, User


def asked(email: str, name: str, company: str = "Example Corp", **document: Any) -> AccessRequest:
    """A request of a new person, which makes or finds the company of their mail domain."""
    person = cast.person(email, name)
    slug = document.pop("slug", "soc-2-type-ii-report")
    found = cast.Document.objects.filter(slug=slug).first() or cast.requestable(slug, **document)
    draft = cast.flows.draft(
        [found], email=email, name=name, company_name=company, reason="Vendor review.", session_hash=cast.SESSION
    )
    return cast.flows.open_draft(draft, by=person, session_hash=cast.SESSION)


def company_of(request: AccessRequest) -> Company:
    return Company.objects.get(people=request.requester)


def confirmed(request: AccessRequest, by: User, name: str = "Example Corp, Inc.") -> Company:
    return flows.confirm(company_of(request), legal_name=name, by=by)


def page(client: Client, name: str, *args: str, **query: str) -> str:
    """What the page says, in one line."""
    return " ".join(html.unescape(client.get(reverse(f"desk:{name}", args=args), query).content.decode()).split())


def post(client: Client, name: str, *args: str, **data: str) -> str:
    """Posts, and returns the page that follows, in one line."""
    answer = client.post(reverse(f"desk:{name}", args=args), data, follow=True)
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())
