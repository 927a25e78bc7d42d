import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.agreements import signing, tasks
from ndaflow.agreements.models import Signature, SignedCopy
from ndaflow.requests.models import RequestStatus
from tests import cast
from trustcenter.vault import files as vault
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def rhea(client):
    person = cast.rhea()
    client.force_login(person)
    return person


def signing_form(version, **changes):
    return {
        "typed_name": "Rhea Diaz",
        "title": "CISO",
        "entity": "Example Corp, Inc.",
        "authority": "on",
        "consent": "on",
        "version_number": version.number,
        "text_sha256": version.sha256,
        **changes,
    }


def test_page_says_which_gate_is_next_and_who_holds_it(client, rhea):
    ada, version = cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    url = reverse("requests:request", args=[request.pk])
    assert "Next: your signature" in client.get(url).content.decode()
    cast.sign(request, rhea, version)
    assert "Next: our review" in client.get(url).content.decode()
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    page = client.get(url).content.decode()
    assert "Next: your answer" in page and "Which entity?" in page
    client.post(reverse("requests:answer", args=[request.pk]), {"text": "Example Corp, Inc."})
    cast.approve(request, ada)
    assert "download your documents" in client.get(url).content.decode()
    cast.flows.revoke(cast.fresh(request), by=ada, reason="Contract ended.")
    page = client.get(url).content.decode()
    assert "Access ended" in page and "Contract ended." in page and "Ask again" in page


def test_list_and_headline_name_the_same_next_step(client, rhea):
    """One of them, in every state: of two that are "Next" a screen reader cannot tell which it is."""
    ada = cast.ada()
    request = cast.open_request(rhea, cast.document())

    def next_step():
        page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
        (headline,) = re.findall(r"<h1>\s*Next: (?:your|our) (\w+)", page)
        (step,) = re.findall(
            r'aria-current="step">.*?<strong>(?:Your|Our) (\w+)</strong>\s*<span class="state">Next<', page, re.S
        )
        assert page.count('aria-current="step"') == page.count('<span class="state">Next</span>') == 1
        return headline, step

    assert next_step() == ("agreement", "signature")
    version = cast.nda()
    assert next_step() == ("signature", "signature")
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    assert next_step() == ("answer", "answer")
    cast.sign(request, rhea, version)
    assert next_step() == ("answer", "answer")
    cast.flows.answer(cast.fresh(request), by=rhea, text="Example Corp, Inc.")
    assert next_step() == ("review", "review")


def test_decided_and_unsigned_the_signature_is_next(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.approve(request, cast.ada())
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert "Next: your signature" in page and page.count('aria-current="step"') == 1
    assert version.agreement.title in page


def test_long_answer_is_shown_again_and_not_lost(client, rhea):
    request = cast.open_request(rhea, cast.document())
    cast.flows.ask_question(cast.fresh(request), by=cast.ada(), text="Which entity?")
    url = reverse("requests:answer", args=[request.pk])
    for text, sentence in (
        ("Ours. " + "x" * 2000, "at most 2000 characters (it has 2006)"),
        ("", "Please write an answer"),
    ):
        answer = client.post(url, {"text": text})
        page = answer.content.decode()
        assert answer.status_code == 200 and sentence in page and "Which entity?" in page
        assert f"{text}</textarea>" in page and 'href="#id_text"' in page and 'aria-describedby="id_text_' in page
    assert not request.questions.get().answered_at
    # As long as the browser lets it be, with the line ends that the browser sends.
    typed = "\r\n".join(["x" * 99] * 20)
    assert client.post(url, {"text": typed}).status_code == 302
    assert request.questions.get().answer == typed.replace("\r", "")
    page = client.post(url, {"text": ""}, follow=True).content.decode()
    assert "There is no open question" in page


def test_text_can_be_read_and_kept_before_signing_and_its_digest_fits(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    page = client.get(reverse("requests:sign", args=[request.pk])).content.decode()
    assert "Mutual non-disclosure agreement</h1>" in page and version.sha256 in page
    assert "checked" not in page
    kept = client.get(reverse("requests:agreement_text", args=[request.pk]))
    assert signing.digest(kept.content.decode()) == version.sha256


def test_signature_takes_its_evidence_from_the_server_and_not_from_the_form(client, rhea):
    """Openlane stored the address and time that the client's JSON named."""
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    form = signing_form(version, address="10.9.9.9", signed_at="2001-01-01", signer="somebody")
    signed = client.post(
        reverse("requests:sign", args=[request.pk]), form, HTTP_USER_AGENT="Firefox", HTTP_X_FORWARDED_FOR="10.9.9.9"
    )
    assert signed.url == reverse("requests:request", args=[request.pk])
    evidence = json.loads(Signature.objects.get().evidence)
    assert (evidence["address"], evidence["user_agent"]) == ("127.0.0.1", "Firefox")
    assert evidence["signer"] == rhea.pk and evidence["signed_at"].startswith(str(timezone.now().year))


@pytest.mark.parametrize("missing", ["typed_name", "title", "entity", "authority", "consent"])
def test_nothing_is_signed_while_something_is_missing(client, rhea, missing):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    form = signing_form(version)
    del form[missing]
    page = client.post(reverse("requests:sign", args=[request.pk]), form)
    assert page.status_code == 200
    assert not Signature.objects.exists()


def test_second_click_finds_it_signed(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    for _ in range(2):
        client.post(reverse("requests:sign", args=[request.pk]), signing_form(version))
    assert Signature.objects.count() == 1


def test_signer_gets_the_pdf_by_mail_and_on_their_page(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, version)
    assert "being sealed" in client.get(reverse("requests:request", args=[request.pk])).content.decode()
    for _ in range(2):
        tasks.make_signed_copy.func(signature.pk)
    copy = SignedCopy.objects.get()
    pdf = client.get(reverse("agreements:signed_copy", args=[signature.pk]))
    content = pdf.content
    assert content.startswith(b"%PDF") and len(content) == copy.file.size == int(pdf["Content-Length"])
    with vault.open(copy, "file") as stored:
        assert stored.read() == content
    mail = Mail.objects.exclude(attachments=[]).get()
    assert (mail.to, mail.attachments[0]) == (rhea.email, ["signed_copy", signature.pk])
    assert copy.file.sha256 in mail.body


@pytest.mark.parametrize("name", ["requests:request", "requests:sign", "requests:agreement_text"])
def test_somebody_elses_request_is_not_there(client, name):
    cast.nda()
    request = cast.open_request(cast.rhea(), cast.document())
    client.force_login(cast.otto())
    theirs = client.get(reverse(name, args=[request.pk]))
    nowhere = client.get(reverse(name, args=["0" * 16]))
    assert theirs.status_code == nowhere.status_code == 404
    assert theirs.content.replace(request.pk.encode(), b"") == nowhere.content.replace(b"0" * 16, b"")


@pytest.mark.parametrize("name", ["requests:withdraw", "requests:answer", "requests:sign"])
def test_somebody_else_changes_nothing(client, name):
    version = cast.nda()
    request = cast.open_request(cast.rhea(), cast.document())
    client.force_login(cast.otto())
    form = signing_form(version) if name == "sign" else {"text": "Mine."}
    assert client.post(reverse(name, args=[request.pk]), form).status_code == 404
    assert cast.fresh(request).step == request.step
    assert not Signature.objects.exists()


def test_draft_has_no_page(client, rhea):
    draft = cast.draft(cast.document())
    assert client.get(reverse("requests:request", args=[draft.pk])).status_code == 404


def test_withdraw_and_ask_again(client, rhea):
    request = cast.open_request(rhea, cast.document())
    client.post(reverse("requests:withdraw", args=[request.pk]))
    assert cast.fresh(request).status == RequestStatus.WITHDRAWN
    assert "Ask again" in client.get(reverse("requests:request", args=[request.pk])).content.decode()


def test_my_page_lists_what_is_mine(client, rhea, django_assert_max_num_queries):
    ada, soc2 = cast.ada(), cast.document()
    cast.granted(rhea, ada, soc2)
    others = cast.vera()
    caiq = cast.document("caiq", title="CAIQ of Vera")
    cast.open_request(others, caiq)
    with django_assert_max_num_queries(15):
        page = client.get(reverse("requests:my")).content.decode()
    assert soc2.title in page and "Download" in page and "CAIQ of Vera" not in page


def test_signed_copy_of_another_person_is_not_there(client):
    rhea, version = cast.rhea(), cast.nda()
    signature = cast.sign(cast.open_request(rhea, cast.document()), rhea, version)
    tasks.make_signed_copy.func(signature.pk)
    client.force_login(cast.otto())
    assert client.get(reverse("agreements:signed_copy", args=[signature.pk])).status_code == 404
