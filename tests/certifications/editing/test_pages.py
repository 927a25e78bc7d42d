"""The desk's pages of the public content: the list, the form with preview and difference, and the buttons."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from certifications.editing import kinds
from certifications.models import Certification, Claim, ContentDraft, Topic
from tests import cast
from tests.certifications import content
from tests.signin import staff_client

pytestmark = pytest.mark.django_db

ROW = "/desk/content/certifications/soc-2-type-ii/"


def words_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def typed(page, **changed):
    """What a browser would send back of the page's form, with some of it typed anew."""
    form = page.context["form"]
    said = {"saw": form.initial["saw"]}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, "", [], False):
            said[name] = value
    return said | changed


@pytest.fixture
def edda(client):
    content.publish()
    editor = cast.edda()
    staff_client(client, editor)
    return editor


@pytest.mark.once
def test_the_list_says_how_each_row_stands(client, edda, django_assert_num_queries):
    page = client.get("/desk/content/")
    assert [line.name for line in page.context["page"]] == ["SOC 2 Type II", "FedRAMP"]
    assert {one.part: one.count for one in page.context["kinds"]}["claims"] == 3
    client.post(ROW, typed(client.get(ROW), scope="Wider"))
    with django_assert_num_queries(22):
        page = client.get("/desk/content/", {"kind": "drafts"})
    assert "SOC 2 Type II" in words_of(page) and "by Edda Editor" in words_of(page)
    found = client.get("/desk/content/", {"kind": "claims", "q": "LAW"})
    assert [line.slug for line in found.context["page"]] == ["law"]
    assert "Nothing is called “&lt;b&gt;”" in words_of(client.get("/desk/content/", {"q": "<b>"}))
    assert "1 finding" in words_of(client.get("/desk/content/", {"kind": "claims"}))
    assert client.get("/desk/content/", {"kind": "<b>"}).context["chosen"] == "certifications"


@pytest.mark.once
def test_change_preview_and_publish(client, edda, django_assert_num_queries):
    page = client.get(ROW)
    assert page.headers["Cache-Control"].count("no-store") and "There is no draft." in words_of(page)
    # A preview shows what was typed and saves nothing.
    page = client.post(ROW, typed(page, scope="Security and privacy", preview="1"))
    assert "Security and privacy" in words_of(page) and "Not saved" in words_of(page)
    assert not ContentDraft.objects.exists()
    assert client.post(ROW, typed(page, scope="Security and privacy")).status_code == 302
    with django_assert_num_queries(41):
        page = client.get(ROW)
    words = words_of(page)
    assert "1 change not yet public" in words and "Publish 1 change" in words and "by Edda Editor" in words
    assert "<ins>and privacy</ins>" in page.content.decode()
    client.logout()
    public = client.get("/certifications/").content.decode()
    assert "and privacy" not in public
    staff_client(client, edda)
    answer = client.post(f"{ROW}publish/", {"saw": page.context["now"].token}, follow=True)
    assert "Published: “SOC 2 Type II”" in words_of(answer)
    assert "Security and privacy" in words_of(client.get("/certifications/"))


@pytest.mark.once
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, edda):
    page = client.get(ROW)
    wrong = {"review_by": "2026-04-01", "scope": "", "number": "S-2", "notes": "x" * 20_001}
    answer = client.post(ROW, typed(page, **wrong))
    words = words_of(answer)
    assert "This review date has passed" in words and "S-2" in answer.content.decode()
    assert "at most 20000 characters" in words and "3 things need your attention" in words
    assert "Fill in “Scope”." in words
    answer = client.post(ROW, typed(page, stage="Assessment", registry="javascript:alert(1)"))
    assert "Enter a valid URL" in words_of(answer)
    answer = client.post(ROW, typed(page, stage="Assessment"))
    assert "Only a certification in progress has a stage" in words_of(answer)
    answer = client.post(ROW, typed(page, evidence=["gone"]))
    assert "gone is not one of the available choices" in words_of(answer)
    assert not ContentDraft.objects.exists()


@pytest.mark.once
def test_two_editors_lose_nothing(client, edda):
    page = client.get(ROW)
    other = Client()
    staff_client(other, cast.ada())
    theirs = other.get(ROW)
    client.post(ROW, typed(page, scope="What Edda wrote"))
    answer = other.post(ROW, typed(theirs, scope="What Ada wrote"))
    assert answer.status_code == 409
    words, html = words_of(answer), answer.content.decode()
    assert "Somebody has saved this since you opened the page." in words
    assert "What you typed, beside what was saved" in words and "What Ada wrote</textarea>" in html
    assert "<del>Edda</del>" in html and "<ins>Ada</ins>" in html
    # Having seen both, Ada saves again.
    form = typed(theirs, scope="What both wrote", saw=answer.context["now"].token)
    assert other.post(ROW, form).status_code == 302
    assert ContentDraft.objects.get().table["scope"] == "What both wrote"
    assert "by Ada Approver" in words_of(client.get(ROW))


@pytest.mark.once
def test_a_new_row_gets_an_address_and_a_broken_one_is_refused(client, edda):
    new = "/desk/content/new/topics/"
    page = client.get("/desk/content/new/certifications/").content.decode()
    assert '<option value="" selected>Choose</option>' in page and "Select an option" not in page
    answer = client.post(new, {"name": "People", "review_months": "6", "slug": "Bad Slug!"})
    assert "may contain only lower-case letters" in words_of(answer) and 'value="People"' in answer.content.decode()
    answer = client.post(new, {"name": "Law", "review_months": "6"})
    assert answer.status_code == 409 and "This address is taken: Law." in words_of(answer)
    answer = client.post(new, {"name": "People and places", "review_months": "6"})
    assert answer.url == "/desk/content/topics/people-and-places/"
    assert "not yet public" in words_of(client.get(answer.url)) and not Topic.objects.filter(name__startswith="Peo")
    token = client.get(answer.url).context["now"].token
    answer = client.post(f"{answer.url}discard/", {"saw": token}, follow=True)
    assert "Discarded." in words_of(answer) and not ContentDraft.objects.exists()
    for gone in ("/desk/content/topics/people/", "/desk/content/new/company/", "/desk/content/nothing/x/"):
        assert client.get(gone).status_code == 404


@pytest.mark.once
def test_schedule_take_back_and_warnings(client, edda):
    client.post(ROW, typed(client.get(ROW), notes="We are SOC 2 certified."))
    page = client.get(ROW)
    token = page.context["now"].token
    assert "Check and publish" in words_of(page) and "I have read this and publish it as it is" in words_of(page)
    answer = client.post(f"{ROW}publish/", {"saw": token})
    assert answer.status_code == 409 and "The checks found something new" in words_of(answer)
    for when, said in (("2020-01-01T09:00", "This time has passed"), ("soon", "Enter a valid date/time")):
        answer = client.post(f"{ROW}schedule/", {"saw": token, "at": when, "despite": "1"})
        assert said in words_of(answer)
    answer = client.post(f"{ROW}schedule/", {"saw": token, "at": "2036-01-01T09:00", "despite": "1"}, follow=True)
    assert "Scheduled. Visitors see it" in words_of(answer) and "Public from 1 Jan 2036, 09:00 UTC" in words_of(answer)
    assert "Cancel the date" in words_of(answer)
    assert "1 Jan 2036" in words_of(client.get("/desk/content/"))
    answer = client.post(f"{ROW}unschedule/", follow=True)
    assert "The draft stays" in words_of(answer) and ContentDraft.objects.get().publish_at is None


@pytest.mark.once
def test_go_back_and_remove(client, edda):
    client.post(ROW, typed(client.get(ROW), scope="Wider"))
    client.post(f"{ROW}publish/", {"saw": client.get(ROW).context["now"].token})
    page = client.get(f"{ROW}earlier/")
    assert "from “Security” to “Wider”" in words_of(page) and "First published" in words_of(page)
    # What is public needs no draft of it.
    assert words_of(page).count("Make it a draft") == words_of(page).count("Public now") == 1
    assert words_of(page).index("Public now") < words_of(page).index("Make it a draft")
    first = page.context["versions"][-1].revision.number
    answer = client.post(f"{ROW}back/", {"number": str(first)}, follow=True)
    assert "This is a draft now." in words_of(answer) and "<ins>Security</ins>" in answer.content.decode()
    assert client.post(f"{ROW}back/", {"number": "9" * 40}).status_code == 404
    law = "/desk/content/claims/law/"
    token = client.get(law).context["now"].token
    answer = client.post(f"{law}remove/", {"saw": token}, follow=True)
    assert "Removed: “Which law holds?”" in words_of(answer) and not Claim.objects.filter(slug="law").exists()
    page = words_of(client.get(f"{law}earlier/"))
    assert "Make it a draft" in page and "Public now" not in page


@pytest.mark.once
def test_every_row_has_a_page_that_saves_nothing_by_itself(client, edda):
    for part in kinds.PARTS:
        for row in kinds.rows(part)[:1]:
            address = reverse("certifications:edit_row", args=[part, getattr(row, "slug", part)])
            page = client.get(address)
            assert page.status_code == 200, address
            answer = client.post(address, typed(page))
            assert answer.status_code == 409 and "is the same as what is already public" in words_of(answer), address
    assert not ContentDraft.objects.exists()


@pytest.mark.once
def test_texts_in_other_languages_are_part_of_a_draft(client, edda):
    law = "/desk/content/claims/law/"
    client.post(law, typed(client.get(law), de_answer="Österreichisches Recht."))
    page = client.get(law)
    assert "Answer (Deutsch)" in words_of(page) and "<ins>Österreichisches Recht.</ins>" in page.content.decode()
    client.post(f"{law}publish/", {"saw": page.context["now"].token})
    assert Claim.objects.get(slug="law").translations == {"de": {"answer": "Österreichisches Recht."}}


@pytest.mark.once
def test_an_auditor_reads_and_changes_nothing(client, edda):
    client.post(ROW, typed(client.get(ROW), scope="Wider"))
    staff_client(client, cast.person("iris@trust.example", "Iris", "auditor"))
    page = client.get(ROW)
    assert "Wider" in words_of(page) and 'action="/desk/content' not in page.content.decode()
    assert client.post(ROW, {"scope": "Mine"}).status_code == 403
    assert Certification.objects.get(slug="soc-2-type-ii").scope == "Security"
