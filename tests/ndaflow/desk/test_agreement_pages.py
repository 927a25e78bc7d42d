import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from ndaflow.agreements import flows, routine, tasks
from ndaflow.agreements.models import AgreementVersion
from ndaflow.agreements.papers.models import midnight
from tests import cast
from tests.ndaflow import paperwork
from tests.signin import staff_client
from trustcenter.audit import FlowError, history
from trustcenter.web.dates import written
from trustcenter.work.models import Mail

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE, NEW, PUBLISH = "/desk/agreements/", "/desk/agreements/nda/new/", "/desk/agreements/nda/publish/"
NEWER = "# Mutual non-disclosure agreement\n\n## 1. Purpose\n\nTo look at each other's security and privacy.\n"


@pytest.fixture
def lena(client):
    person = cast.person("lena@trust.example", "Lena Legal", "legal")
    staff_client(client, person)
    return person


def preview(client, text=NEWER, **more):
    answer = client.post(NEW, {"text": text, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def publish(client, page, rule="next_use", **changed):
    """Presses the last button of the preview."""
    form = dict(re.findall(r'<input type="hidden" name="(text|after)" value="([^"]*)"', page))
    form = {name: value.replace("&#x27;", "'") for name, value in form.items()}
    form |= {"earlier_signers": rule, "covers": "person"}
    return client.post(changed.pop("url", PUBLISH), form | changed, follow=True)


def granted(email, name, approver, *documents):
    person = cast.person(email, name)
    request = cast.open_request(person, *documents)
    cast.sign(request, person, AgreementVersion.objects.first())
    cast.approve(request, approver)
    return person


def test_preview_shows_the_text_the_difference_and_publishes_nothing(client, lena):
    cast.nda()
    page = preview(client)
    assert "version 2" in page and "1 passage differs." in page
    assert "<del>security.</del>" in page and "<ins>security and privacy.</ins>" in page
    assert "<h4>1. Purpose</h4>" in page
    assert AgreementVersion.objects.count() == 1


def test_preview_says_for_each_rule_whom_it_stops(client, lena):
    ada, document = cast.ada(), cast.document()
    cast.nda()
    granted("mira@example.com", "Mira Holm", ada, document)
    granted("nora@example.com", "Nora Berg", ada, document, cast.document("caiq"))
    words = re.sub(r"<[^>]+>|\s+", " ", preview(client))
    words = " ".join(words.split())
    assert "This stops nobody." in words
    assert "2 people have to sign version 2 before another document opens. No open document closes." in words
    assert "This stops 2 people until they sign version 2: 3 open documents close." in words
    assert "“Mira Holm” (mira@example.com)" in words
    assert "Publish and stop 2 people" in words and "Publish and ask 2 people to sign" in words


def test_preview_costs_the_same_number_of_queries_for_many_signers(client, lena, django_assert_num_queries):
    ada, document = cast.ada(), cast.document()
    cast.nda()
    for number in range(12):
        granted(f"reader-{number}@example.com", f"Reader {number}", ada, document)
    # The session, the person and two for her permissions; the agreement and its newest version; the text in force for
    # each rule, whom "next use" asks, whom "now" stops, asks and how many documents close; the profile, for the text and
    # for the page. For each rule, the documents that need the agreement.
    with django_assert_num_queries(15):
        page = preview(client)
    assert "and 4 more" in " ".join(page.split())


def test_last_button_publishes_exactly_the_text_of_the_preview(client, lena):
    first = cast.nda()
    assert first.text.splitlines()[0] in client.get(NEW).content.decode(), (
        "the text in force stands there to be changed"
    )
    page = publish(client, preview(client, NEWER.replace("\n", "\r\n"))).content.decode()
    assert "Mutual NDA, version 2 is in force." in page
    version = AgreementVersion.objects.get(number=2)
    assert (version.text, version.earlier_signers) == (NEWER, "next_use")
    assert history.history(version)[0].text == "“Lena Legal” (lena@trust.example) published Mutual NDA, version 2"


def test_file_is_taken_as_the_command_takes_it(client, lena):
    cast.nda()
    file = SimpleUploadedFile("nda.md", b"\xef\xbb\xbf" + NEWER.encode())
    publish(client, preview(client, "", file=file))
    assert AgreementVersion.objects.get(number=2).text == NEWER


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": " \n"}, "The text is empty."),
        ({"text": "A bell \a"}, "cannot be shown"),
        ({"text": "Signed by {sginer}."}, "{sginer}, which is not a field. The fields are {operator}, {company}"),
        ({"text": "word " * 50_000}, "longer than 200,000 characters"),
        ({"file": b"\xff\xfe"}, "not text in UTF-8"),
        ({"file": b"x" * 900_000}, "longer than 200,000 characters"),
    ],
)
def test_text_that_cannot_be_published_is_named(client, lena, form, sentence):
    if "file" in form:
        form = {"file": SimpleUploadedFile("nda.md", form["file"])}
    cast.nda()
    page = client.post(NEW, form).content.decode()
    assert sentence in page and "Preview of version" not in page


def test_nothing_is_published_without_a_rule(client, lena):
    cast.nda()
    page = publish(client, preview(client), "").content.decode()
    assert "Choose what people who signed an earlier version must do." in page and "Preview of version 2" in page
    # The page that came back publishes the same text.
    publish(client, page, "grandfather")
    assert AgreementVersion.objects.get(number=2).text == NEWER


def test_same_text_is_nothing_to_publish(client, lena):
    cast.nda(NEWER)
    assert "There is nothing to publish." in preview(client)


def test_preview_that_has_grown_old_publishes_nothing(client, lena):
    """A colleague has published a version meanwhile: neither the difference nor the numbers were true any more."""
    cast.nda()
    page = preview(client)
    cast.nda("# A colleague's text")
    assert "Somebody has published a version since" in publish(client, page).content.decode()
    assert AgreementVersion.objects.count() == 2
    assert publish(client, page, after="").redirect_chain[-1][0] == NEW


def test_version_has_a_page_with_its_text_and_its_difference(client, lena):
    cast.nda()
    cast.nda(NEWER)
    page = client.get(f"{PAGE}nda/2/").content.decode()
    assert "<ins>security and privacy.</ins>" in page and "Sign again with the next request" in page
    assert "<ins>" not in client.get(f"{PAGE}nda/1/").content.decode()
    for missing in ("nda/3/", "baa/1/", "nda/0/", "nonsense/new/", "baa/new/", "baa/"):
        assert client.get(f"{PAGE}{missing}").status_code == 404


def test_approver_sees_who_signed_and_publishes_nothing(client):
    staff_client(client, cast.ben())
    assert "Add an agreement" not in client.get(PAGE).content.decode()
    assert client.get(NEW).status_code == client.post(PUBLISH).status_code == 403
    assert client.get(f"{PAGE}new/").status_code == client.post(f"{PAGE}nda/offer/").status_code == 403


def test_published_version_is_told_and_shown_to_the_signer(client, lena, ready):
    """By mail and on their own page, with the signed copy of the former version still there."""
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.granted(rhea, ada, cast.document())
    former = request.signatures.get()
    tasks.make_signed_copy.call(former.pk)
    publish(client, preview(client), "now")
    tasks.tell_stopped.call(AgreementVersion.objects.get(number=2).pk)
    assert Mail.objects.get(subject__contains="has changed").to == rhea.email
    client.force_login(rhea)
    page = client.get("/my/").content.decode()
    assert "Mutual NDA, version 2 has been in force since" in page and "closed until you sign it" in page
    assert f'href="/access/{request.pk}/sign/nda/"' in page and f'href="/my/agreements/{former.pk}/"' in page
    assert "A newer version is in force" in page
    assert client.get(f"/my/agreements/{former.pk}/").content.startswith(b"%PDF")
    cast.sign(request, rhea, AgreementVersion.objects.get(number=2))
    page = client.get("/my/").content.decode()
    assert "has been in force since" not in page and f'href="/my/agreements/{former.pk}/"' in page


@pytest.mark.parametrize(("rule", "told"), [("grandfather", False), ("next_use", True)])
def test_signer_whose_documents_stay_open_is_told_only_if_the_next_one_needs_a_signature(client, lena, rule, told):
    rhea = cast.rhea()
    cast.granted(rhea, cast.ada(), cast.document())
    publish(client, preview(client), rule)
    client.force_login(rhea)
    page = client.get("/my/").content.decode()
    assert ("What is open to you stays open." in " ".join(page.split())) is told
    assert "closed until you sign" not in page


def test_first_agreement_of_a_kind_is_added_and_published_from_the_page(client, lena):
    assert "No agreement yet" in client.get(PAGE).content.decode()
    for wrong, sentence in (
        ({"slug": "new"}, "is taken"),
        ({"slug": "a b"}, "digits and hyphens"),
        ({"title": ""}, "Enter a title."),
    ):
        answer = client.post(f"{PAGE}new/", {"kind": "baa", "title": "BAA", "slug": "baa"} | wrong)
        assert sentence in answer.content.decode()
    answer = client.post(f"{PAGE}new/", {"kind": "baa", "title": "Business associate agreement", "slug": "BAA"})
    assert answer["Location"] == f"{PAGE}baa/new/"
    again = client.post(f"{PAGE}new/", {"kind": "baa", "title": "Other", "slug": "baa"})
    assert "There is already an agreement with the short name baa." in again.content.decode()
    assert "No text yet" in client.get(f"{PAGE}baa/").content.decode()
    text = "# BAA\n\nBetween {operator} and {company}, from {effective date}. {{Braces}} stay.\n"
    page = client.post(f"{PAGE}baa/new/", {"text": text}).content.decode()
    assert "earlier_signers" not in page and "[company]" in page and "{Braces} stay." in page
    assert "<code>{company}</code> the company that the signer signs for" in " ".join(page.split())
    done = publish(client, page, "", url=f"{PAGE}baa/publish/", covers="company").content.decode()
    assert "Business associate agreement, version 1 is in force." in done
    version = AgreementVersion.objects.get()
    assert (version.text, version.covers, version.agreement.kind) == (text, "company", "baa")


def test_version_with_a_later_date_stops_nobody_before_it(client, lena):
    rhea = cast.rhea()
    cast.granted(rhea, cast.ada(), cast.document())
    tomorrow = paperwork.today(1)
    page = preview(client)
    early = publish(client, page, "now", effective_on=paperwork.today().isoformat()).content.decode()
    assert "One thing needs your attention" in early and "Choose a day after today" in early
    assert AgreementVersion.objects.count() == 1
    page = publish(client, early, "now", effective_on=tomorrow.isoformat()).content.decode()
    assert (
        f"It applies from {written(tomorrow, 'j F Y')}; until then nothing changes." in page and "Applies later" in page
    )
    version = AgreementVersion.objects.get(number=2)
    assert version.effective_at == midnight(tomorrow)
    routine.tell_of_texts()
    assert not Mail.objects.filter(subject__contains="has changed").exists()
    assert client.get("/agreements/nda/").content.decode().count("version 1") and version.told_at is None
    # Its day comes: the door closes by the clock, and those whom it stops are told once.
    AgreementVersion.objects.filter(pk=version.pk).update(effective_at=timezone.now())
    routine.tell_of_texts()
    routine.tell_of_texts()
    assert Mail.objects.filter(to=rhea.email, subject__contains="has changed").count() == 1


def test_plans_that_may_sign_by_themselves_are_named_on_the_page(client, lena):
    agreement = cast.baa().agreement
    form = {"summary": "For healthcare customers.", "plans": "Enterprise\n\nTeam\nEnterprise", "widest": "company"}
    assert "Saved." in client.post(f"{PAGE}baa/offer/", form, follow=True).content.decode()
    agreement.refresh_from_db()
    assert (agreement.summary, agreement.plans) == ("For healthcare customers.", ["Enterprise", "Team"])
    (said,) = history.history(agreement)
    assert said.text.endswith("changed how BAA is offered. Plans: Enterprise and Team")
    assert client.get(f"{PAGE}baa/offer/").status_code == 405


def test_flow_refuses_somebody_without_the_permission():
    edda = cast.edda()
    agreement = cast.nda().agreement
    with pytest.raises(FlowError, match="do not have permission"):
        cast.publish(slug="nda", kind="nda", title="NDA", text=NEWER, earlier_signers="now", by=edda)
    with pytest.raises(FlowError, match="do not have permission"):
        flows.add(slug="baa", kind="baa", title="BAA", by=edda)
    with pytest.raises(FlowError, match="do not have permission"):
        flows.offer(agreement, summary="", plans=["Enterprise"], widest="company", by=edda)
    assert AgreementVersion.objects.count() == 1
