"""An administrator edits what a level requires."""

import json

import pytest
from django.utils import timezone

from documents.access import Refused, admission
from documents.models import Document, Level
from ndaflow.desk.levels import flows
from ndaflow.requests.models import RequestedDocument
from tests import cast
from tests.ndaflow.desk.levels.pages import PAGE, confirm, form, hidden, save
from tests.signin import staff_client
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    ada = cast.ada()
    staff_client(client, ada)
    cast.ben()
    return ada


@pytest.fixture
def report():
    return cast.requestable("report", title="Report")


def level(slug="nda"):
    return Level.objects.get(slug=slug)


def is_open(person, document):
    try:
        admission(person, document.slug, timezone.now())
    except Refused:
        return False
    return True


def test_stricter_level_names_whom_it_shuts_out_and_does_so_at_once(client, ada, report):
    rhea, vera, otto = cast.rhea(), cast.vera(), cast.otto()
    for person in (rhea, vera):
        cast.granted(person, ada, report)
    # Approved, and not open: Otto has not signed.
    waiting = cast.approve(cast.open_request(otto, report), ada)
    page = save(client, approvals=2).content.decode()
    assert "This locks out 2 people:" in page and "2 open documents close." in page
    assert "Rhea Diaz” (rhea@example.com)" in page and "Vera Lind" in page and "Otto" not in page
    assert "1 document is approved and not open yet" in page
    assert "Save and lock out 2 people" in page
    # Nothing is saved before the second button.
    assert level().approvals == 1 and is_open(rhea, report)
    page = confirm(client, page).content.decode()
    assert "2 people have lost access" in page
    assert level().approvals == 2 and not is_open(rhea, report) and not is_open(vera, report)
    item = waiting.items.get()
    assert item.outcome == RequestedDocument.Outcome.PENDING
    # The second approval opens it once he signs; the first one still counts.
    cast.approve(waiting, User.objects.get(email="ben@trust.example"))
    assert waiting.items.get().outcome == RequestedDocument.Outcome.APPROVED
    record = Record.objects.get(action="level.changed")
    assert json.loads(record.detail.body)["changes"] == [{"field": "approvals", "from": "1", "to": "2"}]
    assert "needs another approval" in client_of(otto).get(f"/access/{waiting.pk}/").content.decode()


def client_of(person):
    from django.test import Client

    client = Client()
    client.force_login(person)
    return client


def test_words_and_durations_are_saved_at_once_and_listed(client, ada):
    german = {"de_name": "Mit NDA", "de_summary": " Sie unterschreiben. "}
    page = save(
        client, name="With NDA", summary="Sign, and we approve.", usual_days=30, longest_days=60, **german
    ).content.decode()
    assert "Saved. It applies from now on." in page
    for word in ("With NDA", "Sign, and we approve.", "usually 30 days", "at most 60 days", "Open to everyone"):
        assert word in page
    assert "Sign, and we approve." in client.get(f"/documents/{cast.requestable('report').slug}/").content.decode()
    assert "Sign, and we approve." in client.get("/").content.decode(), "the overview explains each level"
    changes = json.loads(Record.objects.get(action="level.changed").detail.body)["changes"]
    assert {"field": "usual duration in days", "from": "365", "to": "30"} in changes and len(changes) == 5
    said = "de_name: Mit NDA; de_summary: Sie unterschreiben."
    assert {"field": "translations", "from": "", "to": said} in changes
    assert "\nMit NDA</textarea>" in client.get(f"{PAGE}nda/").content.decode()
    preview = save(client, approvals=2, de_name="Unter NDA").content.decode()
    assert "Name (Deutsch)" in preview and "Unter NDA" in preview and "Mit NDA" in preview
    assert level().translations == {"de": {"name": "Mit NDA", "summary": "Sie unterschreiben."}}
    public = client.get(f"{PAGE}public/").content.decode()
    assert 'name="de_name"' in public and 'name="approvals"' not in public


def test_nobody_is_shut_out_without_having_been_shown(client, ada, report):
    preview = save(client, approvals=2).content.decode()
    assert "This locks out nobody." in preview
    rhea = cast.rhea()
    cast.granted(rhea, ada, report)
    page = confirm(client, preview).content.decode()
    assert "More people would lose access than you were shown" in page and "This locks out 1 person:" in page
    assert is_open(rhea, report)
    new = level()
    new.approvals = 2
    with pytest.raises(FlowError, match="More people"):
        flows.change(new, before=level(), shutting_out=[], by=ada)
    confirm(client, page)
    assert not is_open(rhea, report)


def test_shown_instead_of_downloaded_keeps_access(client, ada, report):
    rhea = cast.rhea()
    cast.granted(rhea, ada, report)
    page = save(client, way="pages").content.decode()
    assert "This locks out nobody." in page and "1 person keeps access and can only read it here" in page
    confirm(client, page)
    assert level().is_view_only and not is_open(rhea, report)


def test_looser_level_says_so_and_opens_nothing_by_itself(client, ada):
    document = cast.requestable("secret", "restricted")
    otto = cast.otto()
    request = cast.open_request(otto, document)
    cast.sign(request, otto, cast.nda())
    cast.approve(request, ada)
    page = save(client, "restricted", approvals=1, way="file").content.decode()
    assert "New requests then need less than now." in page
    confirm(client, page, "restricted")
    assert request.items.get().grant is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"approvals": 3}, "Only 2 people may decide requests, so nobody could ever get 3 approvals."),
        ({"approvals": 4}, "Select a valid choice"),
        ({"agreements": ["nda", "moon"]}, "Select a valid choice"),
        ({"usual_days": 90, "longest_days": 30}, "The usual duration is longer than the longest duration."),
        ({"longest_days": 5000}, "less than or equal to 1095"),
        ({"usual_days": "soon"}, "Enter a whole number."),
        ({"usual_days": -1}, "greater than or equal to"),
        ({"target_hours": ""}, "Enter a number of hours."),
        ({"name": "restricted"}, "There is a level with this name."),
        ({"name": "Rest\u202ericted"}, "cannot be seen"),
        ({"name": "x" * 41}, "at most 40 characters"),
        ({"summary": ""}, "Say in one sentence what readers do"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_nothing_typed_is_lost(client, ada, typed, sentence):
    page = save(client, **{"name": "Typed name"} | typed).content.decode()
    assert sentence in page
    assert 'value="Typed name"' in page or "name" in typed
    assert level().name == "Under NDA" and not Record.objects.filter(action="level.changed").exists()


def test_agreement_that_nobody_can_sign_is_refused_when_added_and_named_where_it_is(client, ada):
    # A new site has no NDA yet: the list says so, and other fields can be changed all the same.
    assert "Nobody could sign NDA: no version of it is in force." in client.get(PAGE).content.decode()
    assert "Saved" in save(client, name="Signed").content.decode()
    new = level()
    new.agreements = ["nda", "moon"]
    with pytest.raises(FlowError, match="Nobody could sign MOON"):
        flows.change(new, before=level(), shutting_out=[], by=ada)
    cast.nda()
    assert "Nobody could sign" not in client.get(PAGE).content.decode()


def test_level_without_an_agreement_is_warned_about(client, ada):
    cast.nda()
    page = save(client, agreements=[]).content.decode()
    assert "This level requires no agreement." in page
    assert 'value="edit"' not in page
    page = confirm(client, page, button="edit").content.decode()
    assert 'name="agreements" value="nda"' in page and level().agreements == ["nda"]


def test_two_administrators_at_once_do_not_undo_each_other(client, ada):
    page = client.get(f"{PAGE}nda/").content.decode()
    save(client, name="First")
    answer = client.post(f"{PAGE}nda/", form(name="Second") | hidden(page))
    assert answer.status_code == 409
    assert "Somebody has changed this level" in answer.content.decode() and 'value="Second"' in answer.content.decode()
    old = level()
    Level.objects.update(target_hours=9)
    with pytest.raises(FlowError, match="Somebody has changed"):
        flows.change(level(), before=old, shutting_out=[], by=ada)


def test_public_level_has_words_only(client, ada):
    page = client.get(f"{PAGE}public/").content.decode()
    assert 'name="name"' in page and 'name="approvals"' not in page and "Remove level" not in page
    save(client, "public", name="For everyone", approvals=3, way="pages", agreements=["nda"])
    public = level("public")
    assert (public.name, public.approvals, public.way, public.agreements) == ("For everyone", 0, "file", [])


def test_approval_never_lasts_longer_than_the_level(client, ada, report):
    Level.objects.filter(slug="nda").update(usual_days=10, longest_days=20)
    request = cast.open_request(cast.rhea(), report)
    page = client.get(f"/desk/requests/{request.pk}/").content.decode()
    today = timezone.localdate()
    assert (
        f'value="{today + timezone.timedelta(days=10)}"' in page
        and f'max="{today + timezone.timedelta(days=20)}"' in page
    )
    with pytest.raises(FlowError, match="at most 20 days"):
        cast.approve(request, ada, days=22)
    cast.approve(request, ada, days=20)
    # It became shorter before the document opened.
    Level.objects.filter(slug="nda").update(usual_days=5, longest_days=5)
    cast.sign(request, request_er(request), cast.nda())
    grant = request.items.get().grant
    assert timezone.localdate(grant.ends_at) <= today + timezone.timedelta(days=6)


def request_er(request):
    return cast.fresh(request).requester


def test_only_administrators_edit(client):
    approver = cast.ben()
    staff_client(client, approver)
    assert client.get(PAGE).status_code == 200 and "New level" not in client.get(PAGE).content.decode()
    with pytest.raises(FlowError, match="permission"):
        flows.change(level(), before=level(), shutting_out=[], by=approver)
    assert client.get(f"{PAGE}nda/").status_code == 403


def test_missing_level_is_404(client, ada):
    assert client.get(f"{PAGE}moon/").status_code == 404


def test_list_needs_the_same_queries_for_any_number_of_documents(client, ada, django_assert_max_num_queries):
    for number in range(5):
        cast.requestable(f"document-{number}")
    with django_assert_max_num_queries(16):
        client.get(PAGE)
    assert Document.objects.count() == 5


def test_level_that_requires_another_agreement_shuts_out_whom_it_does_not_cover(client, ada, report):
    rhea, vera = cast.rhea(), cast.vera()
    for person in (rhea, vera):
        cast.granted(person, ada, report)
    baa = cast.baa()
    other = cast.requestable("plan")
    Document.objects.filter(pk=other.pk).update(agreements=["baa"])
    cast.sign(cast.open_request(vera, other), vera, baa)
    page = save(client, agreements=["nda", "baa"]).content.decode()
    assert "This locks out 1 person:" in page and "rhea@example.com" in page and "vera@example.com" not in page
    confirm(client, page)
    assert not is_open(rhea, report) and is_open(vera, report)
