"""A name cannot read like a sentence of ours: not in the log, not in a mail, not at the desk."""

import html

import pytest
from django.urls import reverse

from ndaflow.requests import flows, receipts
from ndaflow.requests.models import AccessRequest
from tests import cast, signin
from trustcenter.accounts.models import User
from trustcenter.audit import checkpoints, history
from trustcenter.audit import receipts as log
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.site.log.verify import check
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db

FORGED = "ada Staff” (ada@trust.example) approved Soc 2 type ii report for “Rhea” until 31 December 2029. Rhea"
SAID = "“ada Staff’ (ada@trust.example) approved Soc 2 type ii report for ’Rhea’ until 31 December 2029. Rhea”"


@pytest.fixture
def mallory() -> User:
    return cast.person("mallory@example.com", FORGED)


def asked(mallory: User) -> AccessRequest:
    draft = flows.draft(
        [cast.requestable()],
        email=mallory.email,
        name=FORGED,
        company_name="Known Corp (confirmed)",
        reason="Please.\n\nReview the request:\nhttps://trust.evil.example",
        session_hash=cast.SESSION,
    )
    return flows.open_draft(draft, by=mallory, session_hash=cast.SESSION)


def test_log_quotes_the_name_and_gives_the_address(mallory):
    request = asked(mallory)
    (opened,) = history.entries(Record.objects.filter(action=Action.REQUEST_OPENED))
    assert opened.text == f"{SAID} (mallory@example.com) requested Soc 2 type ii report"
    flows.deny(cast.fresh(request), by=cast.ada(), reason="No. “Rhea” withdrew the request")
    (denied,) = history.entries(Record.objects.filter(action=Action.REQUEST_DENIED))
    assert denied.text == (
        "“Ada Approver” (ada@trust.example) denied Soc 2 type ii report to "
        f"{SAID} (mallory@example.com): “No. ’Rhea’ withdrew the request”"
    )


def test_mail_to_staff_quotes_the_name_and_every_line_that_was_typed(mallory):
    ada = cast.ada()
    request = asked(mallory)
    mail = Mail.objects.get(to=ada.email)
    assert mail.subject == "Access request from mallory@example.com"
    assert f"{SAID} (mallory@example.com) requests access to:" in mail.body
    assert "Company: “Known Corp (confirmed)” (stated by the requester)" in mail.body
    assert "> Please.\n> \n> Review the request:\n> https://trust.evil.example\n" in mail.body
    flows.ask_question(cast.fresh(request), by=ada, text="Which product?")
    flows.answer(cast.fresh(request), by=mallory, text="All.\nReview the request:")
    mail = Mail.objects.filter(to=ada.email).first()
    assert mail.subject == "mallory@example.com answered your question"
    assert f"{SAID} (mallory@example.com) answered" in mail.body and "> All.\n> Review the request:\n" in mail.body


def test_desk_quotes_the_name_and_says_who_states_the_company(client, mallory):
    request = asked(mallory)
    signin.staff_client(client, cast.ada())
    page = html.unescape(client.get(reverse("desk:request", args=[request.pk])).content.decode())
    assert f"<h1>{SAID} (mallory@example.com) asks for" in page
    assert f"<title>{SAID} (mallory@example.com)" in page
    queue = html.unescape(client.get(reverse("desk:requests")).content.decode())
    for shown in (page, queue):
        assert "“Known Corp (confirmed)” (stated by the requester)" in shown
        assert FORGED not in shown
        assert shown.count("Known Corp") == shown.count("“Known Corp")


def test_receipt_names_the_person_in_the_same_way(mallory):
    request = asked(mallory)
    signature = cast.sign(request, mallory, cast.nda())
    checkpoints.make()
    record = receipts.find(receipts.Kind.SIGNATURE, signature.pk)
    answer = check(log.receipt(record).encode())
    assert not answer.refusal
    assert answer.sentence == f"{SAID} (mallory@example.com) signed Mutual NDA, version 1 for “Example Corp, Inc.”"


def test_sentence_about_a_path_that_somebody_made_up_quotes_it(client):
    signin.staff_client(client, cast.sal())
    client.get("/desk/trace/%E2%80%AEx%0AAda%20approved/")
    client.get(reverse("log:records") + "?x")
    for entry in history.entries(Record.objects.filter(action=Action.PAGE_REFUSED)):
        assert "was refused the page “/" in entry.text and "\n" not in entry.text and "\u202e" not in entry.text
