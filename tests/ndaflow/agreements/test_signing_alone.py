"""BAA and DPA are signed by themselves, by customers of the plans that are named for them."""

import html

import pytest
from django.urls import reverse

from ndaflow.agreements import signing
from ndaflow.agreements.alone import sign_alone
from ndaflow.agreements.models import Agreement, Coverage, Signature
from tests import cast
from tests.ndaflow import paperwork
from trustcenter.accounts.models import Company
from trustcenter.audit import FlowError, history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Task

pytestmark = pytest.mark.django_db
TEXT = "# BAA\n\nBetween {operator} and {company}, signed by {signer} on {effective date}.\n"
URL = "/agreements/baa/sign/"
TYPED = {"typed_name": "Rhea Diaz", "title": "CISO", "entity": "Example Corp, Inc.", "authority": "on", "consent": "on"}


@pytest.fixture
def version(db):
    version = cast.baa(TEXT)
    Agreement.objects.filter(pk=version.agreement_id).update(plans=["Enterprise"], summary="For healthcare customers.")
    return version


@pytest.fixture
def rhea(client, version):
    rhea = paperwork.proven(cast.rhea())
    company = paperwork.company(rhea)
    Company.objects.filter(pk=company.pk).update(is_customer=True, plan="enterprise")
    client.force_login(rhea)
    rhea.refresh_from_db()
    return rhea


def shown(answer):
    return " ".join(html.unescape(answer.content.decode()).split())


def hidden(page):
    found = page.partition('name="text_sha256" value="')[2]
    return {"version_number": "1", "text_sha256": found[:64]}


def test_everybody_reads_the_list(client, version):
    cast.nda()
    page = shown(client.get("/agreements/"))
    assert "BAA" in page and "For healthcare customers." in page and "Mutual NDA" in page
    assert page.count(URL) == 1 and "signed with a request for documents" in page
    assert "Sign it for your company" in shown(client.get("/agreements/baa/"))
    assert client.get(URL).status_code == 302


def test_customer_signs_the_exact_text_that_names_them(client, rhea, version):
    page = shown(client.get(URL))
    assert "and Example Corp, Inc., signed by Rhea Diaz on 20" in page and 'value="Example Corp, Inc."' in page
    answer = client.post(URL, TYPED | hidden(page), follow=True)
    assert "Signed. We are sealing your copy" in shown(answer) and "It has covered you since" in shown(answer)
    signature, covers = Signature.objects.get(), Coverage.objects.get()
    assert (signature.request, covers.signature, covers.person, covers.version) == (None, signature, rhea, version)
    assert '"company":"Example Corp, Inc."' in signature.evidence and version.sha256 in signature.evidence
    (said,) = history.entries(Record.objects.filter(action=Action.REQUEST_SIGNED))
    assert said.text.endswith("signed BAA, version 1 for “Example Corp, Inc.”")
    assert said.subject == signature.subject == f"signature:{signature.pk}"
    assert said.detail["text_sha256"] == hidden(page)["text_sha256"] != version.sha256
    assert Task.objects.filter(path__contains="make_signed_copy", arguments=[signature.pk]).exists()
    # What was signed without a request has a receipt, too.
    assert "Receipt of the signature" in shown(client.get("/my/"))


@pytest.mark.once
def test_what_is_signed_is_in_the_sealed_copy(client, rhea, version, ready):
    from ndaflow.agreements import filled, tasks
    from tests.ndaflow.agreements import papers

    client.post(URL, TYPED | hidden(shown(client.get(URL))))
    signature = Signature.objects.get()
    tasks.make_signed_copy.call(signature.pk)
    sealed = client.get(reverse("agreements:signed_copy", args=[signature.pk])).content
    text = papers.enclosed(sealed, "baa-v1.md").decode()
    assert "and Example Corp, Inc., signed by Rhea Diaz" in text and text == filled.signed(signature)
    Signature.objects.filter(pk=signature.pk).update(evidence=signature.evidence.replace("Rhea Diaz on", "Eve on"))
    signature.evidence = signature.evidence.replace('"signer":"Rhea Diaz"', '"signer":"Eve"')
    with pytest.raises(ValueError, match="is not the one in its evidence"):
        filled.signed(signature)


@pytest.mark.parametrize(
    "company",
    [{"is_customer": False}, {"plan": "Free"}, {"plan": ""}, {"confirmed_at": None, "confirmed_by": None}],
)
def test_others_read_whom_to_ask(client, rhea, version, company):
    Company.objects.update(**company)
    page = shown(client.get(URL))
    assert "You cannot sign this here yet" in page and "Customers with these plans sign it here: Enterprise." in page
    assert "Your signature" not in page
    refused = client.post(URL, TYPED | {"version_number": "1", "text_sha256": "0" * 64}, follow=True)
    assert "customers whose plan includes it" in shown(refused)
    assert not Signature.objects.exists()


def test_text_that_has_changed_twice_and_an_agreement_without_text(client, rhea, version):
    page = shown(client.get(URL))
    Company.objects.update(legal_name="Example Corp Holding")
    assert "The text has changed since" in shown(client.post(URL, TYPED | hidden(page), follow=True))
    assert not Signature.objects.exists()
    page = shown(client.get(URL))
    client.post(URL, TYPED | hidden(page))
    again = client.post(URL, TYPED | hidden(page), follow=True)
    assert "already covers you" in shown(again) and Signature.objects.count() == 1
    Agreement.objects.create(slug="dpa", kind="dpa", title="DPA", plans=["Enterprise"])
    assert client.get("/agreements/dpa/sign/").status_code == client.get("/agreements/dpa/").status_code == 404
    assert "DPA" not in shown(client.get("/agreements/"))
    with pytest.raises(FlowError, match="Type your name"):
        Coverage.objects.all().delete()
        words = hidden(shown(client.get(URL)))
        sign_alone(
            version.agreement,
            by=rhea,
            version_number=1,
            text_sha256=words["text_sha256"],
            assent=signing.Assent(typed_name="", title="CISO", entity="Example"),
            circumstances=cast.circumstances(),
        )
