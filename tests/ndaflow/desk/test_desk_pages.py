from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.agreements import tasks
from ndaflow.desk import request_page
from ndaflow.duty import flows as duty
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from ndaflow.rules import flows as rules
from tests import cast
from tests.ndaflow.invitations import scene as invitations
from tests.ndaflow.rules import policies
from tests.signin import staff_client
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def ada(client):
    person = cast.ada()
    staff_client(client, person)
    return person


def decisions(request, **words):
    """The data of the form as the page shows it, with some fields changed for every document."""
    request = cast.fresh(request)
    form = {"step": request.step, "seen": request_page.decisions_form(request, request.requester).seen}
    for item in request.items.all():
        prefix = f"item-{item.pk}"
        until = (timezone.localdate() + timedelta(days=30)).isoformat()
        for name, value in ({"verdict": "approve", "until": until, "reason": ""} | words).items():
            form[f"{prefix}-{name}"] = value
    return form


def test_queue_shows_the_longest_waiting_request_first(client, ada):
    for who in (cast.rhea(), cast.vera()):
        cast.open_request(who, cast.document(f"doc-{who.name[:4].lower()}"))
    page = client.get(reverse("desk:requests")).content.decode()
    assert page.index("rhea@example.com") < page.index("vera@example.com")
    assert "2 requests are open." in page and "2 have no owner." in page


def test_empty_queue_says_what_it_will_show(client, ada):
    page = client.get(reverse("desk:requests")).content.decode()
    assert "every approver gets one." in page and "0 requests are open." in page and "no owner." not in page


def test_queue_can_be_searched_and_filtered_by_status(client, ada):
    cast.flows.withdraw(cast.open_request(rhea := cast.rhea(), cast.document()), by=rhea)
    assert "rhea@example.com" not in client.get(reverse("desk:requests")).content.decode()
    found = client.get(reverse("desk:requests"), {"status": "withdrawn", "q": "rhea"}).content.decode()
    assert "rhea@example.com" in found
    for nonsense in ({"status": "draft"}, {"status": "'"}, {"page": "x"}, {"page": "99"}, {"q": "%_\\"}):
        assert client.get(reverse("desk:requests"), nonsense).status_code == 200


def test_queue_can_be_filtered_by_who_has_to_act(client, ada):
    rhea, vera, otto, ben = cast.rhea(), cast.vera(), cast.otto(), cast.ben()
    cast.open_request(rhea, cast.document())
    half = cast.open_request(vera, cast.document("pentest", "restricted"))
    cast.approve(half, ben)
    asked = cast.open_request(otto, cast.document("caiq"))
    cast.flows.ask_question(cast.fresh(asked), by=ben, text="Which entity?")

    def shown(status):
        page = client.get(reverse("desk:requests"), {"status": status}).content.decode()
        return {person.name for person in (rhea, vera, otto) if person.email in page}

    assert shown("open") == {"Rhea Diaz", "Vera Lind", "Otto Falk"}
    assert shown("us") == {"Rhea Diaz", "Vera Lind"}
    assert shown("second") == {"Vera Lind"}
    words, key = "Needs your second approval", "ask a question"
    request = client.get(reverse("desk:request", args=[half.pk])).content.decode()
    assert words in client.get(reverse("desk:requests")).content.decode() and key in request
    assert shown("them") == {"Otto Falk"}
    staff_client(client, ben)
    assert shown("second") == set(), "Ben has already approved"
    staff_client(client, cast.sal())
    request = client.get(reverse("desk:request", args=[half.pk])).content.decode()
    assert words not in client.get(reverse("desk:requests")).content.decode(), "nobody needs the approval of sales"
    assert key not in request, "a key for what they may not do"


def test_queue_finds_a_request_by_its_reference(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    cast.open_request(cast.vera(), cast.document("caiq"))
    page = client.get(reverse("desk:requests"), {"q": request.reference}).content.decode()
    assert "rhea@example.com" in page and "vera@example.com" not in page
    assert "No request matches your search" in client.get(reverse("desk:requests"), {"q": "nobody"}).content.decode()


def test_queue_shows_requests_that_wait_for_a_new_signature(client, ada):
    rhea, first = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())

    def waits_for_signature() -> bool:
        return "Their signature</span>" in client.get(reverse("desk:requests")).content.decode()

    assert waits_for_signature()
    cast.sign(request, rhea, first)
    assert not waits_for_signature()
    cast.nda(text="# Another\n\n## 1. Purpose\n\nAs before.\n", earlier_signers="grandfather")
    assert not waits_for_signature()
    cast.nda(text="# A third\n\n## 1. Purpose\n\nAs before.\n", earlier_signers="next_use")
    assert waits_for_signature()


def test_desk_does_not_show_drafts(client, ada):
    draft = cast.draft(cast.document())
    for status in RequestStatus:
        assert draft.email not in client.get(reverse("desk:requests"), {"status": status}).content.decode()
    assert client.get(reverse("desk:request", args=[draft.pk])).status_code == 404


def test_request_page_shows_the_facts_for_a_decision(client, ada, django_assert_max_num_queries):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document(title="SOC 2 report"))
    cast.sign(request, rhea, version)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    for word in ("Vendor review.", "rhea@example.com", "Example Corp", "example.com", "SOC 2 report", "CISO"):
        assert word in page
    assert "Mutual NDA, version 1" in page and "Your decision" in page


def test_request_page_asks_once_for_all_decisions_and_questions(client, ada, django_assert_max_num_queries):
    rhea, ben, edda = cast.rhea(), cast.ben(), cast.person("eve@trust.example", "Eve", "approver")
    documents = [cast.document(slug, "restricted") for slug in ("pentest", "architecture")]
    request = cast.open_request(rhea, *documents)
    cast.sign(request, rhea, cast.nda())
    with django_assert_max_num_queries(12):
        client.get(reverse("desk:request", args=[request.pk]))
    cast.approve(request, ben)
    cast.flows.ask_question(cast.fresh(request), by=ben, text="Which entity?")
    cast.flows.answer(cast.fresh(request), by=rhea, text="Ours.")
    cast.flows.ask_question(cast.fresh(request), by=edda, text="Since when?")
    with django_assert_max_num_queries(12):
        page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "Which entity?" in page and "Since when?" in page and page.count("Approved by") == 2


def test_approval_opens_the_documents_and_mails_the_requester(client, ada):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, version)
    answer = client.post(reverse("desk:approve", args=[request.pk]), decisions(request), follow=True)
    assert (
        "Saved. The approved documents are open, and “Rhea Diaz” (rhea@example.com) has been told."
        in answer.content.decode()
    )
    assert cast.fresh(request).status == RequestStatus.GRANTED
    assert Mail.objects.filter(to=rhea.email, subject__startswith="Your documents are ready").exists()


def test_no_decision_is_preselected(client, ada):
    request = cast.open_request(cast.rhea(), cast.document(), cast.document("pentest", "restricted"))
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert page.count('type="radio"') == 6 and " checked" not in page
    year, quarter = (timezone.localdate() + timedelta(days=days) for days in (365, 90))
    assert f'value="{year}"' in page and f'value="{quarter}"' in page
    assert "Opens once they sign the agreement." in page and "Opens after another approval." in page


def test_warnings_are_shown_and_answered_on_the_page(client, ada):
    request = cast.open_request(cast.person("freddy@gmx.net", "Freddy"), cast.document())
    address = reverse("desk:request", args=[request.pk])
    page = client.get(address).content.decode()
    assert "gmx.net cannot confirm a company." in page and "Why approve despite the warning?" in page
    page = client.post(reverse("desk:approve", args=[request.pk]), decisions(request)).content.decode()
    assert "Say why you approve despite the warnings." in page and not Decision.objects.exists()
    assert page.count(" checked") == 1, "the chosen decision is lost"
    client.post(reverse("desk:approve", args=[request.pk]), decisions(request) | {"despite": "Called them."})
    assert Decision.objects.get().despite == "Called them."
    assert "despite the warnings: “Called them.”" in client.get(address).content.decode()


def test_warning_that_is_younger_than_the_page_has_to_be_seen_first(client, ada):
    freddy = cast.person("freddy@gmx.net", "Freddy")
    request, other = (cast.open_request(freddy, cast.document(slug)) for slug in ("soc-2", "caiq"))
    old = decisions(request) | {"despite": "Called them."}
    cast.flows.deny(cast.fresh(other), by=cast.ben(), reason="Not a customer.")
    page = client.post(reverse("desk:approve", args=[request.pk]), old).content.decode()
    assert "The warnings have changed since you opened this page." in page and "Not a customer." in page
    assert "Called them.</textarea>" in page and not Decision.objects.filter(item__request=request).exists()
    client.post(reverse("desk:approve", args=[request.pk]), decisions(request) | {"despite": "Called them again."})
    assert Decision.objects.get(item__request=request).despite == "Called them again."


def test_request_without_warnings_needs_no_reason(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    assert "Why approve despite" not in client.get(reverse("desk:request", args=[request.pk])).content.decode()


def test_saved_decisions_say_what_is_open_already(client, ada):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document(), cast.document("pentest", "restricted"))
    cast.sign(request, rhea, cast.nda())
    answer = client.post(reverse("desk:approve", args=[request.pk]), decisions(request), follow=True)
    assert "Saved. 1 document is open. Still needed: a second approval." in answer.content.decode()


def test_revoking_does_not_speak_for_other_requests(client, ada):
    rhea, soc2 = cast.rhea(), cast.document()
    first = cast.granted(rhea, ada, soc2, cast.document("bridge-letter"))
    # The later request replaces the first access to this document.
    again = cast.open_request(rhea, soc2)
    cast.approve(again, ada)
    answer = client.post(reverse("desk:revoke", args=[first.pk]), {"reason": "The review is over."}, follow=True)
    page = answer.content.decode()
    assert "Nothing can be downloaded or read through this request from now on." in page
    assert "Replaced by a newer grant" in page and "Approved</span>" not in page
    assert AccessGrant.objects.filter(document=soc2, holder=rhea, end="").count() == 1


def test_page_says_what_is_still_needed(client, ada):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document("pentest", "restricted"))
    answer = client.post(reverse("desk:approve", args=[request.pk]), decisions(request), follow=True)
    page = answer.content.decode()
    assert "Saved. Still needed: a second approval and their signature." in page
    assert "Your decision" not in page and "Approved by “Ada Approver” (ada@trust.example)" in page
    cast.sign(request, rhea, cast.nda())
    staff_client(client, cast.ben())
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "2 approvals needed, 1 given" in page and "Opens as soon as you decide." in page


def test_request_page_says_who_answers_until_when_and_gives_it_away(client, ada):
    ben = cast.ben()
    request = cast.open_request(cast.rhea(), cast.document())
    address = reverse("desk:request", args=[request.pk])
    page = client.get(address).content.decode()
    assert "No owner" in page and "answer due" in page and "(UTC)" in page
    assert "Take it" in page and reverse("desk:request_owner", args=[request.pk]) in page
    choice = client.get(reverse("desk:request_owner", args=[request.pk])).content.decode()
    assert f'value="{ben.pk}"' in choice and f'value="{ada.pk}"' in choice and "Rhea" in choice
    assert "selected" not in choice.partition('id="owner"')[2].partition("</select>")[0]
    answer = client.post(reverse("desk:assign", args=[request.pk]), {"to": "", "stay": "1"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("desk:request_owner", args=[request.pk])
    assert "Choose a colleague." in answer.content.decode()
    answer = client.post(reverse("desk:assign", args=[request.pk]), {"to": ben.pk, "stay": "1"}, follow=True)
    page = " ".join(answer.content.decode().split())
    assert answer.redirect_chain[-1][0] == address and "Owner: “Ben Approver” (ben@trust.example)" in page
    assert "Reassign" in page and "Take it" not in page
    duty.be_away(timezone.localdate(), timezone.localdate(), ada, by=ben)
    assert "away, “Ada Approver” (ada@trust.example) stands in" in " ".join(
        client.get(address).content.decode().split()
    )
    choice = " ".join(client.get(reverse("desk:request_owner", args=[request.pk])).content.decode().split())
    assert "Ben Approver (away, Ada stands in)" in choice and "Now it is “Ben Approver”" in choice
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    assert "Clock stopped" in client.get(address).content.decode()
    staff_client(client, cast.sal())
    assert "Reassign" not in client.get(address).content.decode()
    staff_client(client, ada)
    cast.flows.withdraw(cast.fresh(request), by=request.requester)
    assert client.get(reverse("desk:request_owner", args=[request.pk])).url == address
    assert client.get(reverse("desk:request_owner", args=["0" * 16])).status_code == 404


def test_open_request_links_to_the_previous_and_next_one(client, ada):
    soc2 = cast.document()
    first, second, third = (cast.open_request(person, soc2) for person in (cast.rhea(), cast.vera(), cast.otto()))
    page = client.get(reverse("desk:request", args=[second.pk])).content.decode()
    assert "2 of 3" in page
    for rel, other in (("prev", first), ("next", third)):
        assert f'rel="{rel}" href="{reverse("desk:request", args=[other.pk])}"' in page
    page = client.get(reverse("desk:request", args=[first.pk])).content.decode()
    assert "1 of 3" in page and 'rel="prev"' not in page


def test_open_document_can_be_revoked_on_the_page_while_others_wait(client, ada):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document(), cast.document("caiq"))
    cast.sign(request, rhea, version)
    one = request.items.first()
    cast.flows.decide(cast.fresh(request), [cast.approval(one, timezone.now() + timedelta(days=5))], by=ada)
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "Revoke access…" in page and "Deny the rest…" in page
    page = client.post(reverse("desk:revoke", args=[request.pk]), {"reason": ""}).content.decode()
    assert '<details id="revoke" open>' in page and '<details id="deny">' in page
    client.post(reverse("desk:revoke", args=[request.pk]), {"reason": "Contract ended."})
    assert cast.fresh(request).status == RequestStatus.REVOKED


def test_second_approval_after_the_end_of_the_first_is_called_no_denial(client, ada):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document("pentest", "restricted"))
    cast.sign(request, rhea, version)
    cast.approve(request, cast.ben())
    Decision.objects.update(until=timezone.now())
    page = client.post(reverse("desk:approve", args=[request.pk]), decisions(request), follow=True).content.decode()
    assert (
        "An earlier approval of Pentest has ended, so “Rhea Diaz” (rhea@example.com) has to request it again." in page
    )
    assert "Everything is denied" not in page


def test_end_date_includes_its_whole_day(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    client.post(reverse("desk:approve", args=[request.pk]), decisions(request))
    until = Decision.objects.get().until
    assert (until.hour, until.minute, until.second) == (23, 59, 59)


@pytest.mark.parametrize(
    "words",
    [
        {"until": ""},
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
        {"until": "soon"},
        {"verdict": "deny"},
        {"verdict": "burn"},
    ],
)
def test_invalid_decision_is_shown_again_with_a_sentence(client, ada, words):
    request = cast.open_request(cast.rhea(), cast.document())
    page = client.post(reverse("desk:approve", args=[request.pk]), decisions(request, **words))
    assert page.status_code == 200
    assert "needs your attention" in page.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("verdict", ["", "later"])
def test_form_without_a_choice_decides_nothing(client, ada, verdict):
    request = cast.open_request(cast.rhea(), cast.document())
    page = client.post(reverse("desk:approve", args=[request.pk]), decisions(request, verdict=verdict))
    assert "Choose Approve or Deny for at least one document." in page.content.decode()
    assert RequestedDocument.objects.get().outcome == "pending"


def test_denial_and_revocation_need_a_reason_which_is_mailed(client, ada):
    rhea, soc2 = cast.rhea(), cast.document()
    request = cast.open_request(rhea, soc2)
    page = client.post(reverse("desk:deny", args=[request.pk]), {"reason": "  "})
    assert "Give a reason." in page.content.decode()
    client.post(reverse("desk:deny", args=[request.pk]), {"reason": "No contract."})
    assert cast.fresh(request).closing_reason == "No contract."
    second = cast.granted(rhea, ada, soc2)
    client.post(reverse("desk:revoke", args=[second.pk]), {"reason": "Contract ended."})
    assert cast.fresh(second).status == RequestStatus.REVOKED


def test_second_decision_gets_a_sentence(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    form = decisions(request)
    client.post(reverse("desk:approve", args=[request.pk]), form)
    page = client.post(reverse("desk:approve", args=[request.pk]), form, follow=True)
    assert page.status_code == 200
    assert Decision.objects.count() == 1


def test_outdated_page_decides_nothing(client, ada):
    """The requester answered after the approver opened the page, so the approver has to see the answer first."""
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    old = decisions(request)
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    cast.flows.answer(cast.fresh(request), by=rhea, text="Another one.")
    page = client.post(reverse("desk:approve", args=[request.pk]), old, follow=True)
    assert "Please look again" in page.content.decode() and not Decision.objects.exists()
    for step in ("", "x", "-1", "9" * 30):
        client.post(reverse("desk:approve", args=[request.pk]), decisions(request) | {"step": step})
    assert not Decision.objects.exists()


def test_page_is_old_once_the_requester_has_signed_another_request(client, ada):
    """One signature counts for all requests of the signer, so all their pages have changed."""
    rhea = cast.rhea()
    first, second = (cast.open_request(rhea, cast.document(slug)) for slug in ("soc-2", "caiq"))
    old = decisions(second)
    cast.sign(first, rhea, cast.nda())
    page = client.post(reverse("desk:approve", args=[second.pk]), old, follow=True)
    assert "Please look again" in page.content.decode() and not Decision.objects.exists()
    client.post(reverse("desk:approve", args=[second.pk]), decisions(second))
    assert cast.fresh(second).status == RequestStatus.GRANTED


def test_invalid_characters_are_refused_with_a_sentence(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    page = client.post(reverse("desk:deny", args=[request.pk]), {"reason": "\0"}).content.decode()
    assert "One thing needs your attention" in page and "cannot be seen (U+0000)" in page
    assert client.get(reverse("desk:requests"), {"q": "\0"}).status_code == 200
    assert cast.fresh(request).status == RequestStatus.OPEN


@pytest.mark.parametrize(
    ("name", "field", "id"), [("desk:deny", "reason", "id_reason_deny"), ("desk:ask_question", "text", "id_text")]
)
def test_too_long_text_is_shown_again(client, ada, name, field, id):
    request = cast.open_request(cast.rhea(), cast.document())
    answer = client.post(reverse(name, args=[request.pk]), {field: "Why we say no. " + "x" * 2000})
    page = answer.content.decode()
    assert answer.status_code == 200 and "One thing needs your attention" in page
    assert "at most 2000 characters (it has 2015)" in page and "Why we say no. xxx" in page
    assert f'href="#{id}"' in page and f'id="{id}"' in page and f'aria-describedby="{id}_' in page
    assert page.count('<details id="') == 2 and page.count(" open>") == 1
    assert cast.fresh(request).step == request.step


def test_page_needs_at_most_twelve_queries_in_every_state(client, ada, django_assert_max_num_queries):
    rhea, vera, gus, ben = cast.rhea(), cast.vera(), cast.person("gus@gmx.net", "Gus"), cast.ben()
    soc2, caiq, pentest, version = (
        cast.document(),
        cast.document("caiq"),
        cast.document("pentest", "restricted"),
        cast.nda(),
    )

    def page(request, *words):
        with django_assert_max_num_queries(12):
            found = client.get(reverse("desk:request", args=[request.pk])).content.decode()
        missing = [word for word in words if word not in found]
        assert not missing, missing

    request = cast.open_request(rhea, soc2, pentest)
    page(request, "Their signature", "First request")
    cast.sign(request, rhea, version)
    page(request, "The copy is being sealed.", "Our review")
    cast.flows.assign(cast.fresh(request), by=ada, to=ben)
    duty.be_away(timezone.localdate(), timezone.localdate(), ada, by=ben)
    cast.flows.ask_question(cast.fresh(request), by=ada, text="Which entity?")
    page(request, "Their answer", "Which entity?", "stands in")
    tasks.make_signed_copy.call(request.signatures.get().pk)
    cast.flows.answer(cast.fresh(request), by=rhea, text="Ours.")
    cast.approve(request, ada)
    assert AccessGrant.objects.filter(holder=rhea).count() == 1, "one document is open, one waits for a second person"
    page(request, "Second approval", "Ours.", "Revoke access")
    cast.approve(request, ben)
    page(request, "Granted", "Revoke access")
    again = cast.open_request(rhea, soc2, caiq)
    cast.flows.deny(cast.fresh(again), by=ada, reason="Not this one.")
    page(again, "Denied", "Not this one.")
    page(cast.open_request(rhea, soc2), "Not this one.", "Already has access", "Replaces the end date")
    cast.flows.revoke(cast.fresh(request), by=ada, reason="Contract ended.")
    page(request, "Revoked")
    page(cast.open_request(rhea, caiq), "Denied before", "Access revoked before")
    page(cast.open_request(gus, caiq), "Free-mail address")
    rules.switch_on(by=ada)
    invitations.allow("nda")
    invitations.invite(cast.sal(), caiq, email=vera.email)
    page(policies.let_rules_look(cast.open_request(vera, caiq)) or vera.access_requests.get(), "facts:", "Invited by")


def test_page_counts_a_signature_for_a_company_in(client, ada, django_assert_max_num_queries):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, cast.nda(covers="company"))

    def page():
        with django_assert_max_num_queries(12):
            return " ".join(client.get(reverse("desk:request", args=[request.pk])).content.decode().split())

    assert "The copy is being sealed." in page() and "Confirm the company first." in page()
    cast.confirm_company(rhea, ada)
    tasks.make_signed_copy.call(signature.pk)
    assert "Meant to cover: Everyone at Example Corp" in page() and "being sealed" not in page()


def test_too_long_reason_to_revoke_is_shown_again(client, ada):
    request = cast.granted(cast.rhea(), ada, cast.document())
    page = client.post(reverse("desk:revoke", args=[request.pk]), {"reason": "x" * 2001}).content.decode()
    assert "at most 2000 characters" in page and 'id="id_reason_revoke"' in page and "x" * 2001 in page
    assert cast.fresh(request).status == RequestStatus.GRANTED


def test_text_for_a_request_with_another_status_gets_a_sentence(client, ada):
    request = cast.granted(cast.rhea(), ada, cast.document())
    for name in ("desk:deny", "desk:ask_question"):
        page = client.post(reverse(name, args=[request.pk]), {}, follow=True).content.decode()
        assert "has moved on" in page


def test_line_ends_count_as_one_character_as_in_browsers(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    text = "\r\n".join(["x" * 99] * 20)
    client.post(reverse("desk:ask_question", args=[request.pk]), {"text": text})
    assert request.questions.get().text == text.replace("\r", "")


def test_sales_sees_that_it_is_signed_but_not_the_evidence(client):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, version)
    tasks.make_signed_copy.func(signature.pk)
    for person, status, sees in ((cast.sal(), 404, False), (cast.ben(), 200, True)):
        staff_client(client, person)
        assert client.get(reverse("agreements:signed_copy", args=[signature.pk])).status_code == status
        page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
        assert ("CISO" in page) is sees and (">History<" in page) is sees


def test_own_request_offers_no_decision(client, ada):
    request = cast.open_request(ada, cast.document())
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "Your own request" in page and "Your decision" not in page and "Deny the rest" not in page
    client.post(reverse("desk:approve", args=[request.pk]), decisions(request))
    assert not Decision.objects.exists()


def test_question_is_mailed_to_the_requester_and_the_answer_to_the_approver(client, ada):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    client.post(reverse("desk:ask_question", args=[request.pk]), {"text": "Which entity?"})
    assert Mail.objects.filter(to=rhea.email, subject__startswith="A question").exists()
    cast.flows.answer(cast.fresh(request), by=rhea, text="Inc.")
    assert Mail.objects.filter(to=ada.email, subject="rhea@example.com answered your question").exists()


@pytest.mark.parametrize("role", ["sales", "editor", "auditor", None])
def test_people_without_permission_cannot_decide(client, role):
    person = cast.person("other@trust.example", "Other", *([role] if role else []))
    staff_client(client, person) if role else client.force_login(person)
    request = cast.open_request(cast.rhea(), cast.document())
    for name in ("desk:approve", "desk:deny", "desk:revoke", "desk:ask_question"):
        answer = client.post(reverse(name, args=[request.pk]), decisions(request) | {"reason": "x", "text": "x"})
        assert answer.status_code == 403
    assert cast.fresh(request).step == request.step


def test_markup_in_a_reason_is_shown_as_text(client, ada):
    request = cast.open_request(cast.rhea(), cast.document())
    AccessRequest.objects.update(reason="<script>alert(1)</script>", company_name="<b>Bold</b>")
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page and "<b>Bold" not in page


def test_sales_can_share_the_public_page(client):
    sal = cast.sal()
    staff_client(client, sal)
    page = client.post(reverse("desk:share"), {"email": "New@Prospect.example", "note": "As promised."}, follow=True)
    assert "Sent to new@prospect.example." in page.content.decode()
    mail = Mail.objects.get(to="new@prospect.example")
    assert "As promised." in mail.body and "Sal Seller" in mail.body
    assert Record.objects.filter(action=Action.PAGE_SHARED, actor=sal.pk).count() == 1
    assert Mail.objects.get(to="new@prospect.example").reply_to == "sal@trust.example", "the answer goes to the sender"
    assert client.post(reverse("desk:share"), {"email": "nonsense"}).status_code == 200
    page = client.post(reverse("desk:share"), {"email": ""}).content.decode()
    assert "Enter the e-mail address that gets the link." in page
