import html
import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from certifications.models import Profile
from documents.models import AccessGrant
from ndaflow.agreements import signing, tasks
from ndaflow.agreements.models import Signature, SignedCopy
from ndaflow.requests.models import RequestStatus
from tests import cast
from trustcenter.audit import FlowError
from trustcenter.vault import files as vault
from trustcenter.work.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MY_ACCESS_QUERIES, REQUEST_QUERIES, ASK_QUERIES = 17, 18, 9


@pytest.fixture
def rhea(client):
    person = cast.rhea()
    client.force_login(person)
    return person


def answer(client, request, text, **changes):
    """The answer as the page sends it: to the question that it shows."""
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    shown = re.search(r'name="question" value="(.*?)"', page)
    form = {"text": text, "question": html.unescape(shown[1]) if shown else ""} | changes
    return client.post(reverse("requests:answer", args=[request.pk]), form, follow=True)


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


def headline(page: str) -> str:
    return html.unescape(re.search(r"<h1>(.*?)</h1>", page, re.S)[1])


def current_step(page: str) -> tuple[str, str]:
    """Whose turn it is according to the page's current step, and the step."""
    # Exactly one in every state; a screen reader could not distinguish two.
    (step,) = re.findall(r'<li[^>]* aria-current="step">(.*?)</li>', page, re.S)
    turn, title = re.search(r"</svg>(.*?)</span>\s*<h3>(.*?)</h3>", step, re.S).groups()
    return turn.strip(), title


def test_page_says_whose_turn_it_is(client, rhea):
    ada, version = cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    url = reverse("requests:request", args=[request.pk])
    assert headline(client.get(url).content.decode()) == "Your turn: sign the Mutual NDA"
    cast.sign(request, rhea, version)
    assert headline(client.get(url).content.decode()) == "We are reviewing your request"
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    page = client.get(url).content.decode()
    assert headline(page) == "Your turn: answer our question" and "Which entity?" in page
    answer(client, request, "Example Corp, Inc.")
    cast.approve(request, ada)
    assert headline(client.get(url).content.decode()) == "Your document is open"
    cast.flows.revoke(cast.fresh(request), by=ada, reason="Contract ended.")
    page = client.get(url).content.decode()
    assert headline(page) == "Your access was revoked" and "Contract ended." in page and "Request again" in page


def test_headline_and_steps_agree(client, rhea):
    ada = cast.ada()
    request = cast.open_request(rhea, cast.document())

    def now():
        page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
        return headline(page), *current_step(page)

    assert now() == ("We are preparing the agreement", "With us", "Sign the agreement")
    version = cast.nda()
    assert now() == ("Your turn: sign the Mutual NDA", "Your turn", "Sign the Mutual NDA")
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    assert now() == ("Your turn: answer our question", "Your turn", "Answer our question")
    cast.sign(request, rhea, version)
    assert now() == ("Your turn: answer our question", "Your turn", "Answer our question")
    cast.flows.answer(cast.fresh(request), by=rhea, text="Example Corp, Inc.")
    assert now() == ("We are reviewing your request", "With us", "Review")


def test_approved_document_says_that_it_opens_after_the_signature(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.approve(request, cast.ada())
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert headline(page) == "Your turn: sign the Mutual NDA" and current_step(page) == (
        "Your turn",
        "Sign the Mutual NDA",
    )
    assert "approved, opens once you sign the Mutual NDA" in page and version.agreement.title in page


def row_of(page: str, document) -> str:
    """The row of a document in a page's list."""
    start = page.index(f"{document.title}</a></h3>")
    return page[start : page.index("</li>", start)]


def test_each_document_opens_separately(client, rhea):
    """One document can be downloaded while another waits for a second approval."""
    ada, version = cast.ada(), cast.nda()
    soc2, pentest = cast.document(), cast.document("pentest", "restricted")
    for document in (soc2, pentest):
        cast.current_version(document)
    request = cast.open_request(rhea, soc2, pentest)
    url = reverse("requests:request", args=[request.pk])
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    page = client.get(url).content.decode()
    assert headline(page) == "One document is open, one is in review"
    assert "Open to you" in row_of(page, soc2) and "Download" in row_of(page, soc2)
    assert "1 of 2 approvals given" in row_of(page, pentest) and "Read" not in row_of(page, pentest)
    assert "Steps to Pentest" in page and "1 of 2 approvals given." in page
    assert "Withdraw the rest of this request" in page
    page = client.post(reverse("requests:withdraw", args=[request.pk]), follow=True).content.decode()
    assert "Open documents stay open" in page and headline(page) == "One document is open, one was withdrawn"
    assert "Download" in row_of(page, soc2) and "Request again" in row_of(page, pentest)


def test_one_document_is_open_and_one_needs_a_signature(client, rhea):
    ada, soc2, pentest = cast.ada(), cast.document(), cast.document("pentest", "restricted")
    request = cast.open_request(rhea, soc2, pentest)
    cast.sign(request, rhea, cast.nda())
    cast.approve(request, ada)
    cast.nda("# A newer text", "next_use")
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert headline(page) == "One document is open, one needs your signature"
    assert "another person from our team approves it" in row_of(page, pentest)
    assert "Open to you" in row_of(page, soc2) and "Why sign again?" in page


def test_denied_document_can_be_requested_again_while_others_wait(client, rhea):
    soc2, pentest = cast.document(), cast.document("pentest", "restricted")
    request = cast.open_request(rhea, soc2, pentest)
    item = request.items.get(document=soc2)
    denial = cast.flows.ItemDecision(item_id=item.pk, verdict="deny", reason="For customers only.")
    cast.flows.decide(cast.fresh(request), [denial], by=cast.ada())
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert headline(page) == "One document waits for our agreement, one was denied"
    assert "reason: For customers only." in row_of(page, soc2) and "Request again" in row_of(page, soc2)
    assert cast.open_request(rhea, soc2).pk != request.pk


def test_denied_document_shows_its_reason(client, rhea):
    request = cast.open_request(rhea, cast.document())
    cast.flows.deny(cast.fresh(request), by=cast.ada(), reason="For customers only.")
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert headline(page) == "Your request was denied" and "reason: For customers only." in page
    assert "/access/?document=soc-2-type-ii-report" in page and 'aria-current="step"' not in page


def test_new_text_that_closes_a_document_asks_for_a_signature(client, rhea):
    request = cast.granted(rhea, cast.ada(), cast.document())
    newer = cast.nda("# A newer text", "now")
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert headline(page) == "The Mutual NDA has changed: sign version 2 to open Soc 2 type ii report"
    assert "Why sign again?" in page and "You signed version 1" in page and "Download</" not in page
    cast.sign(request, rhea, newer)
    assert headline(client.get(reverse("requests:request", args=[request.pk])).content.decode()).endswith("is open")


def test_new_text_that_leaves_documents_open_asks_for_no_signature(client, rhea):
    request = cast.granted(rhea, cast.ada(), cast.document())
    cast.nda("# A newer text", "next_use")
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    assert headline(page) == "Your document is open" and "Sign the" not in page


def test_access_that_ended_can_be_renewed(client, rhea):
    request = cast.granted(rhea, cast.ada(), cast.document())
    past = timezone.now() - timedelta(days=1)
    AccessGrant.objects.update(starts_at=past - timedelta(days=30), ends_at=past)
    for _ in range(2):
        page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
        assert headline(page).startswith("Your access ended on ") and "Download</" not in page
        # After the end time, and again after the routine has closed the request.
        cast.flows.expire(cast.fresh(request)) if cast.fresh(request).status == RequestStatus.GRANTED else None
    assert "Renew" in page


def test_too_long_answer_is_shown_again(client, rhea):
    request = cast.open_request(rhea, cast.document())
    cast.flows.ask_question(cast.fresh(request), by=cast.ada(), text="Which entity?")
    for text, sentence in (
        ("Ours. " + "x" * 2000, "at most 2000 characters (it has 2006)"),
        ("", "Please write an answer"),
    ):
        response = answer(client, request, text)
        page = response.content.decode()
        assert not response.redirect_chain and sentence in page and "Which entity?" in page
        assert f"{text}</textarea>" in page and 'href="#id_text"' in page and 'aria-describedby="id_text_' in page
    assert not request.questions.get().answered_at
    # The longest text that the browser allows, with the line ends that it sends.
    typed = "\r\n".join(["x" * 99] * 20)
    assert answer(client, request, typed).redirect_chain
    assert request.questions.get().answer == typed.replace("\r", "")
    assert "There is no open question" in answer(client, request, "").content.decode()


def test_answer_to_one_question_is_none_to_the_next(client, rhea):
    ada, request = cast.ada(), cast.open_request(rhea, cast.document())
    first = cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?").questions.get()
    answer(client, request, "Example Corp, Inc.")
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Do you compete with us?")
    for shown in (first.asked_at.isoformat(), ""):
        page = answer(client, request, "Example Corp, Inc.", question=shown).content.decode()
        assert "This is a new question." in page and "Example Corp, Inc.</textarea>" in page
    assert not request.questions.get(text="Do you compete with us?").answered_at
    answer(client, request, "No.")
    assert request.questions.get(text="Do you compete with us?").answer == "No."


def test_text_can_be_downloaded_before_signing_and_has_the_digest(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    page = client.get(reverse("requests:sign", args=[request.pk, "nda"])).content.decode()
    assert "Mutual non-disclosure agreement</h3>" in page and version.sha256 in page
    assert "checked" not in page
    kept = client.get(reverse("requests:agreement_text", args=[request.pk, "nda"]))
    assert signing.digest(kept.content.decode()) == version.sha256


def test_evidence_of_a_signature_comes_from_the_server(client, rhea):
    """Openlane stored the address and time from the client's JSON."""
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    form = signing_form(version, address="10.9.9.9", signed_at="2001-01-01", signer="somebody")
    signed = client.post(
        reverse("requests:sign", args=[request.pk, "nda"]),
        form,
        HTTP_USER_AGENT="Firefox",
        HTTP_X_FORWARDED_FOR="10.9.9.9",
    )
    assert signed.url == reverse("requests:request", args=[request.pk])
    evidence = json.loads(Signature.objects.get().evidence)
    assert (evidence["address"], evidence["user_agent"]) == ("127.0.0.1", "Firefox")
    assert evidence["signer"] == rhea.pk and evidence["signed_at"].startswith(str(timezone.now().year))


@pytest.mark.parametrize("missing", ["typed_name", "title", "entity", "authority", "consent"])
def test_incomplete_form_signs_nothing(client, rhea, missing):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    form = signing_form(version)
    del form[missing]
    page = client.post(reverse("requests:sign", args=[request.pk, "nda"]), form)
    assert page.status_code == 200
    assert not Signature.objects.exists()


def test_second_click_finds_the_signature(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    for _ in range(2):
        client.post(reverse("requests:sign", args=[request.pk, "nda"]), signing_form(version))
    assert Signature.objects.count() == 1


def test_signer_gets_the_pdf_by_mail_and_on_the_page(client, rhea):
    version = cast.nda()
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, version)
    page = client.get(reverse("requests:request", args=[request.pk]))
    assert "We are sealing your copy" in page.content.decode() and page["Refresh"] == "5"
    cast.flows.ask_question(cast.fresh(request), by=cast.ada(), text="Which entity?")
    page = client.get(reverse("requests:request", args=[request.pk]))
    assert "Refresh" not in page.headers, "what is being typed would be lost"
    for _ in range(2):
        tasks.make_signed_copy.func(signature.pk)
    assert "Refresh" not in client.get(reverse("requests:request", args=[request.pk])).headers
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
def test_request_of_another_person_is_not_found(client, name):
    cast.nda()
    request = cast.open_request(cast.rhea(), cast.document())
    client.force_login(cast.otto())
    of = [] if name == "requests:request" else ["nda"]
    theirs = client.get(reverse(name, args=[request.pk, *of]))
    nowhere = client.get(reverse(name, args=["0" * 16, *of]))
    assert theirs.status_code == nowhere.status_code == 404
    token = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
    assert token.sub(b"", theirs.content.replace(request.pk.encode(), b"")) == token.sub(
        b"", nowhere.content.replace(b"0" * 16, b"")
    )


@pytest.mark.parametrize("name", ["requests:withdraw", "requests:answer", "requests:sign"])
def test_another_person_cannot_change_a_request(client, name):
    version = cast.nda()
    request = cast.open_request(cast.rhea(), cast.document())
    client.force_login(cast.otto())
    form, of = (signing_form(version), ["nda"]) if name == "requests:sign" else ({"text": "Mine."}, [])
    assert client.post(reverse(name, args=[request.pk, *of]), form).status_code == 404
    assert cast.fresh(request).step == request.step
    assert not Signature.objects.exists()


def test_history_says_you_and_does_not_name_staff(client, rhea):
    """A requester who knew an approver's address could write to them outside the desk."""
    ada, version = cast.ada(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    cast.flows.answer(cast.fresh(request), by=rhea, text="Ours.")
    with pytest.raises(FlowError):
        cast.flows.answer(cast.fresh(request), by=rhea, text="Again.")
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    page = client.get(reverse("requests:request", args=[request.pk])).content.decode()
    history = html.unescape(page[page.index('class="history"') : page.index("</ol>", page.index('class="history"'))])
    told = [re.sub(r"<time.*?</time>", "", line) for line in re.findall(r"<li>(.*?)</li>", history, re.S)]
    assert told[:2] == [
        "Soc 2 type ii report opened for you",
        f"We approved Soc 2 type ii report until {date_format(request.items.get().grant.ends_at, 'j F Y')}",
    ]
    assert told[2:] == [
        "You signed Mutual NDA, version 1 for “Example Corp, Inc.”",
        "You answered: “Ours.”",
        "We asked you: “Which entity?”",
        "You requested Soc 2 type ii report",
    ]
    assert ada.email not in page and ada.name not in page


def test_draft_has_no_page(client, rhea):
    draft = cast.draft(cast.document())
    assert client.get(reverse("requests:request", args=[draft.pk])).status_code == 404


def test_withdrawn_request_can_be_made_again(client, rhea):
    request = cast.open_request(rhea, cast.document())
    client.post(reverse("requests:withdraw", args=[request.pk]))
    assert cast.fresh(request).status == RequestStatus.WITHDRAWN
    assert "Request again" in client.get(reverse("requests:request", args=[request.pk])).content.decode()


def test_my_access_lists_the_person_s_documents(client, rhea):
    soc2 = cast.document()
    cast.current_version(soc2)
    cast.granted(rhea, cast.ada(), soc2)
    cast.open_request(cast.vera(), cast.document("caiq", title="CAIQ of Vera"))
    page = client.get(reverse("requests:my")).content.decode()
    assert soc2.title in page and "Open to you" in page and "CAIQ of Vera" not in page
    assert f'action="{reverse("documents:download", args=[soc2.slug])}"' in page


def test_my_access_shows_each_document_once_with_its_best_state(client, rhea):
    ada, soc2 = cast.ada(), cast.document()
    cast.granted(rhea, ada, soc2)
    # Requested again while open: the new request waits, and the document stays open.
    cast.open_request(rhea, soc2)
    page = client.get(reverse("requests:my")).content.decode()
    documents = page[page.index('id="documents"') : page.index('id="requests"')]
    assert documents.count(f"{soc2.title}</a></h3>") == 1 and "Open to you" in documents


def status_in_my_access(client) -> str:
    page = client.get(reverse("requests:my")).content.decode()
    return re.search(r'data-label="Status">.*?</svg>(.*?)</span>', page, re.S)[1].strip()


def test_my_access_says_what_a_request_waits_for(client, rhea):
    ada, request = cast.ada(), cast.open_request(rhea, cast.document())
    assert status_in_my_access(client) == "Waiting for our agreement"
    version = cast.nda()
    assert status_in_my_access(client) == "Waiting for your signature"
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which period?")
    assert status_in_my_access(client) == "Waiting for your answer"
    cast.flows.answer(cast.fresh(request), by=rhea, text="All of it.")
    cast.sign(request, rhea, version)
    assert status_in_my_access(client) == "In review"
    cast.approve(request, ada)
    assert status_in_my_access(client) == "Granted"


def test_withdrawn_request_does_not_hide_what_an_earlier_one_left(client, rhea):
    ada, soc2 = cast.ada(), cast.document()
    cast.flows.revoke(cast.granted(rhea, ada, soc2), by=ada, reason="The review is over.")
    cast.flows.withdraw(cast.open_request(rhea, soc2), by=rhea)
    page = client.get(reverse("requests:my")).content.decode()
    documents = page[page.index('id="documents"') : page.index('id="requests"')]
    assert soc2.title in documents and "Revoked" in documents and "Request again" in documents


def test_page_says_that_it_waits_for_its_reader(client, rhea):
    version, request = cast.nda(), cast.open_request(rhea, cast.document())
    address = reverse("requests:request", args=[request.pk])
    page = client.get(address).content.decode()
    assert "Nothing opens until you sign." in page and "as soon as anything changes" not in page
    cast.sign(request, rhea, version)
    assert "as soon as anything changes" in client.get(address).content.decode()
    cast.flows.ask_question(cast.fresh(request), by=cast.ada(), text="Which period?")
    assert "Your request waits until you answer." in client.get(address).content.decode()


def test_mistakes_name_their_fields_without_a_second_mark_behind_the_name(client, rhea):
    version, request = cast.nda(), cast.open_request(rhea, cast.document())
    form = signing_form(version, title="", authority="")
    page = client.post(reverse("requests:sign", args=[request.pk, "nda"]), form).content.decode()
    assert "that I have named." in page and "Your job title</a>:" in page
    assert ".</a>:" not in page


def test_empty_my_access_says_what_to_do(client, rhea):
    page = client.get(reverse("requests:my")).content.decode()
    assert "No documents yet" in page and f'href="{reverse("requests:ask")}"' in page


@pytest.mark.parametrize("documents", [1, 4])
def test_more_documents_need_no_more_queries(client, rhea, documents, django_assert_num_queries):
    held = [cast.document(f"report-{number}") for number in range(documents)]
    for document in held:
        cast.current_version(document)
    request = cast.granted(rhea, cast.ada(), *held)
    Profile.objects.create(name="Example", as_of="2026-03-01")
    with django_assert_num_queries(MY_ACCESS_QUERIES):
        client.get(reverse("requests:my"))
    with django_assert_num_queries(REQUEST_QUERIES):
        client.get(reverse("requests:request", args=[request.pk]))
    with django_assert_num_queries(ASK_QUERIES):
        client.get(reverse("requests:ask"))


def test_signed_copy_of_another_person_is_not_found(client):
    rhea, version = cast.rhea(), cast.nda()
    signature = cast.sign(cast.open_request(rhea, cast.document()), rhea, version)
    tasks.make_signed_copy.func(signature.pk)
    client.force_login(cast.otto())
    assert client.get(reverse("agreements:signed_copy", args=[signature.pk])).status_code == 404
