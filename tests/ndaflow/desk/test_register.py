"""Who is covered, and because of what: the register, its filters, and its file for a spreadsheet."""

import csv
import html
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from ndaflow.agreements import tasks
from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers.terms import Reach
from tests import cast
from tests.ndaflow import paperwork
from tests.signin import staff_client
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db
PAGE = "/desk/agreements/"
NEWER = "# Mutual non-disclosure agreement\n\n## 1. Purpose\n\nTo look at each other's security and privacy.\n"


@pytest.fixture
def lena(client):
    person = paperwork.lena()
    staff_client(client, person)
    return person


def page(client, **query):
    return " ".join(html.unescape(client.get(PAGE, query).content.decode()).split())


def table(client, **query):
    return page(client, **query).partition("<tbody>")[2].partition("</tbody>")[0]


def test_signature_names_who_for_whom_and_where_the_proof_is(client, lena, ready):
    rhea = cast.rhea()
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, cast.nda())
    assert "Copy not sealed yet" in page(client)
    tasks.make_signed_copy.call(signature.pk)
    shown = table(client)
    assert "as “Rhea Diaz”" in shown and "“CISO”, “Example Corp, Inc.”" in shown and "rhea@example.com" in shown
    assert client.get(f"/my/agreements/{signature.pk}/").content.startswith(b"%PDF")
    record = re.search(r'href="(/desk/audit/\?[^"]+)"', shown)[1]
    found = client.get(record).content.decode()
    assert "signed Mutual NDA, version 1 for “Example Corp, Inc.”" in found and found.count("<tr>") == 2


def test_filters_show_what_needs_something_first(client, lena, keys):
    rhea, vera, mira, otto = (
        paperwork.proven(one)
        for one in (cast.rhea(), cast.vera(), cast.person("mira@example.org", "Mira"), cast.otto())
    )
    first = cast.nda()
    cast.sign(cast.open_request(rhea, cast.document()), rhea, first)
    nda, baa = cast.nda(NEWER, "grandfather"), cast.baa()
    cast.sign(cast.open_request(mira, cast.document("caiq")), mira, nda)
    paperwork.filed(baa.agreement, lena, Reach("person", person=vera), paperwork.dates(ends=20))
    waiting = paperwork.uploaded(cast.open_request(otto, cast.document("soc3")), nda.agreement, otto)

    def people(**query):
        shown = table(client, **query)
        return [
            one.name
            for one in sorted((rhea, vera, mira, otto), key=lambda one: shown.find(one.email))
            if one.email in shown
        ]

    # The paper to check, the end in 20 days, the name that is not the requester's, and the rest.
    assert people() == ["Otto Falk", "Vera Lind", "Mira", "Rhea Diaz"] or people() == [
        "Otto Falk",
        "Vera Lind",
        "Rhea Diaz",
        "Mira",
    ]
    assert people(show="check") == ["Otto Falk"] and people(show="ends") == ["Vera Lind"]
    assert people(show="paper") == ["Vera Lind"] and people(show="former") == ["Rhea Diaz"]
    assert people(agreement="baa") == ["Vera Lind"] and people(version="nda-1") == ["Rhea Diaz"]
    assert people(q="VERA@example.com") == ["Vera Lind"] and people(q="mira") == ["Mira"]
    assert people(covers="company") == [] and people(show="ended") == []
    assert people(show="names") == []
    asked = mira.access_requests.get()
    type(asked).objects.filter(pk=asked.pk).update(name="Mira Holm")
    assert people(show="names") == ["Mira"] and "Names differ" in table(client)
    shown = page(client)
    assert "3 in force. 1 paper waits for your check, 1 agreement ends within 30 days." in shown
    staff_client(client, cast.person("audrey@trust.example", "Audrey", "auditor"))
    assert "1 paper waits for legal," in page(client) and "For legal to check" in page(client)
    client.logout()
    staff_client(client, lena)
    assert "“Otto Falk” (otto@outsider.example)" in shown and waiting.request.reference in shown
    for nonsense in (
        {"version": "'"},
        {"version": "nda-99999999999999999999"},
        {"q": "%_\\"},
        {"page": "x"},
        {"show": "\0"},
        {"covers": "x"},
    ):
        assert client.get(PAGE, nonsense).status_code == 200
    Coverage.objects.filter(person=vera).update(ends_at=timezone.now() + timedelta(seconds=-1))
    assert people(show="ended") == ["Vera Lind"] and "Expired" in table(client, show="ended")


@pytest.mark.once
def test_page_costs_the_same_number_of_queries_for_many_rows(client, lena, django_assert_num_queries):
    version, document = cast.nda(), cast.document()
    for number in range(30):
        person = cast.person(f"reader-{number}@example.com", f"Reader {number}")
        cast.sign(cast.open_request(person, document), person, version)
    client.get(PAGE)
    # The session, the person and two for her permissions; how many each filter shows, and how many papers and scopes
    # wait; the rows, the papers; four for the agreements at a glance; the profile.
    with django_assert_num_queries(12):
        assert "Page 1 of 2" in page(client)


def test_csv_holds_what_the_filter_shows_and_no_formula(client, lena, keys):
    """A mailbox may be called `=1+1@example.com`, and people type what they like."""
    version = cast.nda()
    vera = paperwork.proven(cast.vera())
    paperwork.filed(version.agreement, lena, Reach("person", person=vera))
    evil = cast.person("=1+1@example.com", "Evil")
    request = cast.open_request(evil, cast.document("caiq"))
    assent = cast.signing.Assent(typed_name='=HYPERLINK("https://evil.example")', title="@SUM(A1)", entity="＋1 “Ltd”")
    words = {"slug": "nda", "version_number": 1, "text_sha256": version.sha256, "circumstances": cast.circumstances()}
    cast.flows.sign(cast.fresh(request), by=evil, assent=assent, **words)
    url = f"{PAGE}register.csv"
    assert client.get(url).status_code == 405
    answer = client.post(url)
    assert (
        answer["Content-Disposition"] == 'attachment; filename="register.csv"' and "no-store" in answer["Cache-Control"]
    )
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[0][8:12] == ["Name", "Job title", "Signed for", "E-mail"] and len(rows) == 3
    signed, paper = sorted(rows[1:], key=lambda row: row[7] != "Signed here")
    assert signed[8:12] == ['\'=HYPERLINK("https://evil.example")', "'@SUM(A1)", "'＋1 “Ltd”", "'=1+1@example.com"]
    assert paper[0] == "Mutual NDA" and paper[7] == "Signed elsewhere" and paper[11] == vera.email
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+", "-"))]
    filtered = b"".join(client.post(f"{url}?q=vera")).decode()
    assert vera.email in filtered and "evil" not in filtered
    said = history.entries(Record.objects.filter(action=Action.REGISTER_EXPORTED).order_by("number"))
    assert [one.text for one in said] == [
        "“Lena Legal” (lena@trust.example) exported the register of agreements. Rows: 2",
        "“Lena Legal” (lena@trust.example) exported the register of agreements. Rows: 1",
    ]
