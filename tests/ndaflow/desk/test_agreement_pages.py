import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ndaflow.agreements import tasks
from ndaflow.agreements.models import AgreementVersion
from tests import cast
from tests.signin import staff_client
from trustcenter.audit import FlowError, history
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
    form = dict(re.findall(r'<input type="hidden" name="(title|text|after)" value="([^"]*)"', page))
    form = {name: value.replace("&#x27;", "'") for name, value in form.items()}
    return client.post(PUBLISH, form | {"earlier_signers": rule} | changed, follow=True)


def granted(email, name, approver, *documents):
    person = cast.person(email, name)
    request = cast.open_request(person, *documents)
    cast.sign(request, person, AgreementVersion.objects.first())
    cast.approve(request, approver)
    return person


def test_versions_with_how_many_signed_each(client, lena):
    rhea, vera, ada = cast.rhea(), cast.vera(), cast.ada()
    cast.granted(rhea, ada, cast.document())
    newer = cast.nda(NEWER)
    cast.sign(cast.open_request(rhea, cast.document("caiq")), rhea, newer)
    cast.sign(cast.open_request(vera, cast.document("soc3")), vera, newer)
    page = client.get(PAGE).content.decode()
    table = re.sub(r"<[^>]+>|\s+", " ", page.partition("<tbody>")[2].partition("</tbody>")[0])
    second, first = table.partition("Mutual NDA, version 1")[0], table.partition("Mutual NDA, version 1")[2]
    assert "2 people" in second and "Newest version" in second and "Sign again with the next request" in second
    assert (
        "1 person" in first
        and "All have signed a newer one" in first
        and "Former version" in first
        and "There were none" in first
    )


def test_signature_names_who_for_whom_and_where_the_proof_is(client, lena, ready):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, cast.nda())
    assert "Copy not sealed yet" in client.get(PAGE).content.decode()
    tasks.make_signed_copy.call(signature.pk)
    page = client.get(PAGE).content.decode()
    assert "“Rhea Diaz”" in page and "“CISO”" in page and "“Example Corp, Inc.”" in page and "rhea@example.com" in page
    assert client.get(f"/my/agreements/{signature.pk}/").content.startswith(b"%PDF")
    record = re.search(r'href="(/desk/audit/\?[^"]+)"', page)[1].replace("&amp;", "&")
    found = client.get(record).content.decode()
    assert "signed Mutual NDA, version 1 for “Example Corp, Inc.”" in found and found.count("<tr>") == 2


def test_signatures_are_found_by_version_and_person(client, lena):
    rhea, vera, first = cast.rhea(), cast.vera(), cast.nda()
    cast.sign(cast.open_request(rhea, cast.document()), rhea, first)
    second = cast.nda(NEWER)
    cast.sign(cast.open_request(vera, cast.document("caiq")), vera, second)

    def shown(**query):
        page = client.get(PAGE, query).content.decode()
        return {person.email for person in (rhea, vera) if person.email in page}

    assert shown() == {rhea.email, vera.email}
    assert shown(version="nda-1") == {rhea.email} and shown(version="nda-2") == {vera.email}
    assert shown(q="VERA@example.com") == {vera.email} and shown(q="Example Corp") == {rhea.email, vera.email}
    assert shown(version="nda-1", q="vera") == set() and shown(version="baa-1") == set()
    for nonsense in ({"version": "'"}, {"version": "nda-99999999999999999999"}, {"q": "%_\\"}, {"page": "x"}):
        assert client.get(PAGE, nonsense).status_code == 200


def test_page_costs_the_same_number_of_queries_for_many_signatures(client, lena, django_assert_num_queries):
    version, document = cast.nda(), cast.document()
    for number in range(30):
        person = cast.person(f"reader-{number}@example.com", f"Reader {number}")
        cast.sign(cast.open_request(person, document), person, version)
    client.get(PAGE)
    # The session, the person and two for her permissions; the versions and the signatures; the profile.
    with django_assert_num_queries(7):
        page = client.get(PAGE).content.decode()
    assert "Page 1 of 2" in page


def test_csv_holds_what_the_filter_shows_and_no_formula(client, lena):
    """A mailbox may be called `=1+1@example.com`, and people type what they like."""
    version, document = cast.nda(), cast.document()
    vera = cast.vera()
    cast.sign(cast.open_request(vera, document), vera, version)
    evil = cast.person("=1+1@example.com", "Evil")
    request = cast.open_request(evil, cast.document("caiq"))
    assent = cast.signing.Assent(typed_name='=HYPERLINK("https://evil.example")', title="@SUM(A1)", entity="＋1 “Ltd”")
    words = {"version_number": version.number, "text_sha256": version.sha256, "circumstances": cast.circumstances()}
    cast.flows.sign(cast.fresh(request), by=evil, slug="nda", assent=assent, **words)
    answer = client.get(f"{PAGE}signatures.csv")
    assert (
        answer["Content-Disposition"] == 'attachment; filename="signatures.csv"'
        and "no-store" in answer["Cache-Control"]
    )
    head, first, second = csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
    assert head[1:5] == ["Name", "Job title", "Signed for", "E-mail"]
    assert first[1:5] == ['\'=HYPERLINK("https://evil.example")', "'@SUM(A1)", "'＋1 “Ltd”", "'=1+1@example.com"]
    assert (second[4], second[6], second[7]) == (vera.email, "Mutual NDA", "1")
    filtered = b"".join(client.get(f"{PAGE}signatures.csv", {"q": "vera"})).decode()
    assert vera.email in filtered and "evil" not in filtered


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
    # The session, the person and two for her permissions; the agreement and its newest version; the text in force and
    # the documents that require it for each rule, whom "next use" asks, whom "now" stops, asks and how many documents close; the profile, for the text and
    # for the page.
    with django_assert_num_queries(18):
        page = preview(client)
    assert "and 4 more" in " ".join(page.split())


def test_last_button_publishes_exactly_the_text_of_the_preview(client, lena):
    cast.nda()
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
        ({"text": "word " * 50_000}, "longer than 200,000 characters"),
        ({"file": b"\xff\xfe"}, "not text in UTF-8"),
        ({"file": b"x" * 900_000}, "longer than 200,000 characters"),
    ],
)
def test_text_that_cannot_be_published_is_named(client, lena, form, sentence):
    if "file" in form:
        form = {"file": SimpleUploadedFile("nda.md", form["file"])}
    page = client.post(NEW, form | {"title": "Our NDA"}).content.decode()
    assert sentence in page and "Preview of version" not in page and 'value="Our NDA"' in page


def test_first_version_gets_a_title_and_asks_for_no_rule(client, lena):
    cast.open_request(cast.rhea(), cast.document())
    assert "No agreement yet" in client.get(PAGE).content.decode()
    page = preview(client, title="Our NDA")
    assert "1 person waits for this text" in " ".join(page.split()) and "earlier_signers" not in page
    publish(client, page, "")
    version = AgreementVersion.objects.get()
    assert (str(version), version.earlier_signers) == ("Our NDA, version 1", "grandfather")


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


def test_flow_refuses_somebody_without_the_permission():
    edda = cast.edda()
    with pytest.raises(FlowError, match="do not have permission"):
        cast.publish(slug="nda", kind="nda", title="NDA", text=NEWER, earlier_signers="now", by=edda)
    assert not AgreementVersion.objects.exists()


def test_version_has_a_page_with_its_text_and_its_difference(client, lena):
    cast.nda()
    cast.nda(NEWER)
    page = client.get(f"{PAGE}nda/2/").content.decode()
    assert "<ins>security and privacy.</ins>" in page and "Sign again with the next request" in page
    assert "<ins>" not in client.get(f"{PAGE}nda/1/").content.decode()
    for missing in ("nda/3/", "baa/1/", "nda/0/", "nonsense/new/"):
        assert client.get(f"{PAGE}{missing}").status_code == 404


def test_legal_starts_at_the_agreements(client, lena):
    assert client.get("/accounts/login/", follow=True).redirect_chain[-1][0] == PAGE


def test_approver_sees_who_signed_and_publishes_nothing(client):
    staff_client(client, cast.ben())
    assert "New version" not in client.get(PAGE).content.decode()
    assert client.get(NEW).status_code == client.post(PUBLISH).status_code == 403


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
    assert "Mutual NDA, version 2 is in force since" in page and "closed until you sign it" in page
    assert f'href="/access/{request.pk}/sign/nda/"' in page and f'href="/my/agreements/{former.pk}/"' in page
    assert "A newer version is in force" in page
    assert client.get(f"/my/agreements/{former.pk}/").content.startswith(b"%PDF")
    cast.sign(request, rhea, AgreementVersion.objects.get(number=2))
    page = client.get("/my/").content.decode()
    assert "is in force since" not in page and f'href="/my/agreements/{former.pk}/"' in page


@pytest.mark.parametrize(("rule", "told"), [("grandfather", False), ("next_use", True)])
def test_signer_whose_documents_stay_open_is_told_only_if_the_next_one_needs_a_signature(client, lena, rule, told):
    rhea = cast.rhea()
    cast.granted(rhea, cast.ada(), cast.document())
    publish(client, preview(client), rule)
    client.force_login(rhea)
    page = client.get("/my/").content.decode()
    assert ("What is open to you stays open." in " ".join(page.split())) is told
    assert "closed until you sign" not in page
