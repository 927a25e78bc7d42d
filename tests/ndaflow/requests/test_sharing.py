"""A share link leads to the public page, and a request that comes from it says who shared it."""

from base64 import b64encode
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from weasyprint import HTML

from ndaflow.requests.models import AccessRequest
from ndaflow.requests.sharing import flows
from ndaflow.requests.sharing.models import ShareLink
from tests import cast, signin
from tests.ndaflow.requests.test_ask_page import ask
from trustcenter.accounts.models import Session
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def link():
    return flows.make_link(by=cast.sal(), account="Example Corp")


@pytest.mark.parametrize("name", ["page before", "address"])
def test_a_request_says_who_shared_the_page(client, link, name):
    soc2 = cast.requestable()
    before = Record.objects.count(), Session.objects.count()
    led = client.get(f"/s/{link.pk}/{soc2.slug}/")
    assert led.url == f"/documents/{soc2.slug}/?from={link.pk}" and not led.cookies
    page = client.get(led.url)
    assert page.status_code == 200 and not page.cookies and "public" in page["Cache-Control"]
    assert (Record.objects.count(), Session.objects.count()) == before, "opening it changes nothing"
    where = {"page before": "/access/", "address": f"/access/?from={link.pk}"}[name]
    headers = {"referer": f"http://testserver{led.url}"} if name == "page before" else {}
    form = client.get(where, headers=headers).content.decode()
    assert f'name="came_from" value="{link.pk}" checked' in form and "that Sal Seller shared this page" in " ".join(
        form.split()
    )
    assert ask(client, came_from=link.pk).status_code == 302
    request = AccessRequest.objects.get()
    assert request.share_link == link
    signin.type_code(client, signin.mailed_code(request.email))
    signin.staff_client(client, cast.ben())
    page = client.get(f"/desk/requests/{request.pk}/").content.decode()
    assert "Shared by" in page and "with “Example Corp”" in page


@pytest.mark.parametrize("code", ["0" * 16, "", "x" * 17, "../../etc", "<b>"])
def test_what_is_no_link_counts_for_nothing(client, link, code):
    cast.requestable()
    flows.end_link(link, by=link.colleague)
    for sent in (code, link.pk):
        page = client.get("/access/", headers={"referer": f"https://elsewhere.example/?from={sent}"})
        assert 'name="came_from" value' not in page.content.decode()
    assert client.get("/access/", {"from": code}).status_code == 200
    ask(client, came_from=link.pk)
    assert AccessRequest.objects.get().share_link is None
    assert client.get(f"/s/{link.pk}/").url == f"/?from={link.pk}", "it still leads to the page"
    with pytest.raises(FlowError):
        flows.end_link(link, by=link.colleague)


def test_links_of_a_colleague(client, link):
    sal = link.colleague
    signin.staff_client(client, sal)
    page = client.post("/desk/share/links/", {"account": "Sample AB"}, follow=True).content.decode()
    client.post("/desk/share/links/", {"account": "Sample AB"})
    assert ShareLink.objects.count() == 2 and "Your link is ready" in page and f"/s/{link.pk}/" in page
    assert "Enter the company that gets the link." in client.post("/desk/share/links/", {}).content.decode()
    code = client.get(f"/desk/share/links/{link.pk}/code.svg")
    assert code["Content-Type"] == "image/svg+xml"
    assert scanned(code.content) == f"{settings.SITE_URL}/s/{link.pk}/"
    assert (
        "It still leads to the public page"
        in client.post(f"/desk/share/links/{link.pk}/end/", follow=True).content.decode()
    )
    signin.staff_client(client, cast.edda())
    other = ShareLink.objects.get(ended_at=None)
    assert client.post(f"/desk/share/links/{other.pk}/end/").status_code == 404
    assert client.get(f"/desk/share/links/{other.pk}/code.svg").status_code == 404


def scanned(svg: bytes) -> str:
    """What a phone reads in the picture."""
    page = HTML(string=f'<img src="data:image/svg+xml;base64,{b64encode(svg).decode()}">').write_pdf()
    found = zxingcpp.read_barcodes(pypdfium2.PdfDocument(BytesIO(page))[0].render().to_pil())
    return found[0].text if len(found) == 1 else ""


def test_mail_with_a_link_to_the_very_document(client, link, monkeypatch):
    sal, soc2 = link.colleague, cast.requestable()
    signin.staff_client(client, sal)
    typed = {"email": "mira@example.com", "account": "Example Corp", "document": soc2.slug}
    assert "Sent to mira@example.com." in client.post("/desk/share/", typed, follow=True).content.decode()
    mail = Mail.objects.get(to="mira@example.com")
    assert f"/s/{link.pk}/{soc2.slug}/" in mail.body and mail.reply_to == sal.email
    client.post("/desk/share/", {"email": "noor@example.com"})
    general = ShareLink.objects.get(account="")
    assert f"/s/{general.pk}/" in Mail.objects.get(to="noor@example.com").body
    monkeypatch.setattr(flows, "MOST", 2)
    assert "You have 2 links" in client.post("/desk/share/links/", {"account": "Third"}).content.decode()
