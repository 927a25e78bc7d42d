import hashlib
import json
import zlib
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from certifications import posture_json
from certifications.history import revising
from certifications.history.differences import between, told
from certifications.models import Claim, PostureRevision
from documents.models import Document
from tests import cast
from tests.admin_pages import save
from tests.certifications import content
from tests.certifications.updates import sample
from tests.signin import staff_client
from trustcenter.audit import checkpoints, offline, receipts, state
from trustcenter.audit.models import Record

pytestmark = pytest.mark.django_db


def revised(change, **tables):
    """Publishes the content with `change` made to its tables; returns the newest revision."""
    new = content.tables()
    change(new)
    content.publish(new)
    return revising.newest()


def sentences(revision):
    return [told(one).sentence for one in revision.differences]


def earlier(revision, days):
    PostureRevision.objects.filter(pk=revision.pk).update(at=revision.at - timedelta(days=days))


def words_of(page):
    return " ".join(page.content.decode().split())


def test_each_change_is_a_revision_whose_digest_is_in_the_log(client):
    content.publish()
    first = revising.newest()
    served = client.get("/posture.json")
    assert served.content == first.body and served["Content-Revision"] == str(first.number)
    assert hashlib.sha256(served.content).hexdigest() == first.sha256
    record = Record.objects.get(action="content.revised")
    assert json.loads(record.detail.body)["sha256"] == first.sha256
    assert first.sha256 in record.facts, "inside the leaf, which nobody can erase"
    # The same content again changes nothing of the posture.
    content.publish()
    assert revising.newest() == first and Record.objects.filter(action="content.revised").count() == 1
    # The numbers on /changes/ have no gap, so nothing seems to be left out.
    revised(lambda tables: tables["company"].update(summary="Another summary."))
    assert list(PostureRevision.objects.values_list("number", flat=True)) == [2, 1]


def test_what_differs_is_told_in_sentences(client):
    content.publish()

    def change(tables):
        tables["certifications"][1] |= {"status": "authorized"}
        del tables["certifications"][1]["stage"], tables["certifications"][1]["target"]
        del tables["certifications"][1]["route"]
        tables["claims"][2]["answer"] = "x" * 900
        tables["subprocessors"] = []
        tables["topics"].append({"slug": "people", "name": "People", "review_months": 6})
        tables["company"]["name"] = "Example & Sons"

    revision = revised(change)
    assert sentences(revision) == [
        "Changed name of the company “Example & Sons”",
        "Changed status, stage, target date, route of the certification “FedRAMP”",
        "Added the topic “People”",
        "Changed text of the answer “Which law holds?”",
        "Removed the subprocessor “Host”",
    ]
    page = words_of(client.get("/changes/"))
    assert "from “In progress” to “Authorized”" in page and "First published" in page
    assert "Example &amp; Sons" in page and "x" * 299 + "…" in page


def test_entry_of_a_timeline_is_told_by_its_words():
    content.publish()
    edda = cast.edda()
    update = sample.incident(edda)
    sample.continued(update, edda, "resolved", 2, "Exports are on time.")
    assert sentences(revising.newest()) == [
        "Updated the post “Export runs late”",
        "Added the timeline entry “Exports are on time.”",
    ]


def test_a_document_and_the_order_of_rows():
    content.publish()

    def change(tables):
        tables["documents"][0]["title"] = "SOC 2 report 2025"
        tables["claims"].reverse()

    assert sentences(revised(change)) == ["Changed title of the document “SOC 2 report 2025”"]


def test_an_editor_in_the_admin_makes_a_revision(client):
    content.publish()
    edda = cast.edda()
    staff_client(client, edda)
    claim = Claim.objects.get(slug="law")
    form = {"slug": "law", "topic": claim.topic_id, "question": claim.question, "as_of": "2026-03-01", "position": 2}
    save(client, claim, form | {"answer": "Austrian law.", "review_by": content.LATER})
    newest = revising.newest()
    assert newest.by == edda and sentences(newest) == ["Changed text of the answer “Which law holds?”"]
    # The record of a revision names nobody, so that its receipt can be public.
    assert "edda" not in Record.objects.filter(action="content.revised").latest("number").detail.body


def test_the_page_and_the_data_answer_as_they_were(client):
    content.publish()
    earlier(revising.newest(), 10)
    revised(lambda tables: tables["claims"][2].update(answer="Austrian law only."))
    then = (timezone.localdate() - timedelta(days=5)).isoformat()
    page = words_of(client.get(f"/?as_of={then}"))
    assert "Österreichisches Recht" in page and "Austrian law only" not in page
    assert "This is the page as it was at the end of" in page and "Request access" not in page
    assert "Austrian law only" in words_of(client.get("/answers/"))
    old = json.loads(client.get(f"/posture.json?as_of={then}").content)
    assert old["claims"][2]["answer"].startswith("Österreichisches")
    today = timezone.localdate().isoformat()
    assert client.get(f"/posture.json?as_of={today}").content == client.get("/posture.json").content
    # A day that is not over has no end yet.
    page = words_of(client.get(f"/?as_of={today}"))
    assert "as it is so far today" in page and "at the end of" not in page
    page = words_of(client.get("/changes/"))
    assert page.index("The overview as it is so far today") < page.index("The overview at the end of that day")
    assert page.count("so far today") == page.count("at the end of that day") == 1


def test_what_differs_since_a_day_is_summed_up(client):
    content.publish()
    earlier(revising.newest(), 10)
    revised(lambda tables: tables["claims"][2].update(answer="Austrian law only."))
    # This takes the first change back.
    revised(lambda tables: tables["company"].update(hosting="A cloud in Norway"))
    then, today = timezone.localdate() - timedelta(days=5), timezone.localdate()
    page, _every, rest = words_of(client.get(f"/changes/?since={then}")).partition("<h2>Every change</h2>")
    assert f"<dd> 0 of {Claim.objects.count()}</dd>" in page and "Revision 3" in rest
    assert "from “A cloud in Iceland” to “A cloud in Norway”" in page
    assert "Documents new or changed</dt><dd>0</dd>" in page and "Other facts new or changed</dt><dd>1</dd>" in page
    assert "Other facts new or changed</dt><dd>0</dd>" in words_of(client.get(f"/changes/?since={today}"))
    assert [client.get(f"/changes/?since={day}").status_code for day in ("soon", "2999-01-01", "1999-01-01")] == [
        400,
        400,
        404,
    ]


def test_the_day_makes_revisions_and_leaves_the_past_alone(client, monkeypatch):
    today = timezone.localdate()
    tables = content.tables()
    tables["certifications"][0]["valid_until"] = tables["claims"][2]["review_by"] = today
    content.publish(tables)
    monkeypatch.setattr(timezone, "localdate", lambda *args: today + timedelta(days=1))
    revising.revise_by_the_clock()
    newest = revising.newest()
    assert newest.by is None and sentences(newest) == [
        "Changed status of the certification “SOC 2 Type II”",
        "The answer “Which law holds?” passed its review date",
    ]
    earlier(newest, -1)
    page = words_of(client.get(f"/?as_of={today}"))
    assert "Attested" in page and "Expired" not in page and "Past its review date" not in page
    page = words_of(client.get(f"/?as_of={today + timedelta(days=1)}"))
    assert "Expired" in page and "Past its review date" in page
    count = PostureRevision.objects.count()
    revising.revise_by_the_clock()
    assert PostureRevision.objects.count() == count


@pytest.mark.parametrize(
    ("day", "status", "sentence"),
    [
        ("yesterday", 400, "Write the day as year, month and day"),
        ("2026-02-30", 400, "Write the day as year, month and day"),
        ("", 400, "Write the day as year, month and day"),
        ("9999-12-31", 400, "This day is in the future."),
        ("1999-01-01", 404, "Nothing was published here by the end of that day."),
    ],
)
def test_a_day_without_a_revision_says_so(client, day, status, sentence):
    content.publish()
    page, data = client.get(f"/?as_of={day}"), client.get(f"/posture.json?as_of={day}")
    assert (page.status_code, data.status_code) == (status, status)
    assert sentence in words_of(page) and sentence in json.loads(data.content)["error"]


def test_a_saved_copy_is_proven_against_a_checkpoint(client, tmp_path, capsys, log_key):
    content.publish()
    checkpoints.make()
    number = revising.newest().number
    saved, receipt = tmp_path / "posture.json", tmp_path / "posture.tlog-proof"
    saved.write_bytes(client.get("/posture.json").content)
    receipt.write_bytes(client.get(f"/changes/{number}.tlog-proof").content)
    key = receipts.newest().verifier_key
    assert offline.main(["posture", str(saved), str(receipt), "--key", key]) == 0
    assert f"revision {number} at" in capsys.readouterr().out
    saved.write_bytes(saved.read_bytes().replace(b"Yes, by arrangement.", b"Yes, always.         "))
    assert offline.main(["posture", str(saved), str(receipt), "--key", key]) == 1
    assert "The file is not the one that the record names" in capsys.readouterr().out


def test_another_receipt_proves_no_posture(tmp_path, capsys, log_key, client):
    content.publish()
    checkpoints.make()
    imported = Record.objects.get(action="content.imported")
    saved, receipt = tmp_path / "posture.json", tmp_path / "other.tlog-proof"
    saved.write_bytes(client.get("/posture.json").content)
    receipt.write_text(receipts.receipt(imported))
    assert offline.main(["posture", str(saved), str(receipt), "--key", receipts.newest().verifier_key]) == 1
    assert "not the receipt of a revision" in capsys.readouterr().out


def test_a_receipt_that_is_not_signed_yet_says_when(client):
    content.publish()
    answer = client.get(f"/changes/{revising.newest().number}.tlog-proof")
    assert answer.status_code == 503 and answer["Retry-After"] == "60" and b"in a minute" in answer.content
    assert client.get("/changes/999999.tlog-proof").status_code == 404
    assert client.get("/changes/999999/posture.json").status_code == 404


def test_a_revision_that_was_rewritten_is_named():
    content.publish()
    row = revising.newest()
    PostureRevision.objects.filter(pk=row.pk).update(deflated=zlib.compress(row.body.replace(b"Yes", b"No!")))
    assert "posturerevision" in str(state.difference(PostureRevision.objects.get()))


def test_nothing_published_has_no_revision(client):
    cast.document("soc2")
    revising.revise_by_the_clock()
    assert not PostureRevision.objects.exists()
    assert client.get("/changes/").status_code == 200 and client.get("/posture.json").status_code == 200


def test_the_bytes_do_not_depend_on_the_language():
    content.publish()
    before = posture_json.as_text()
    with translation.override("de"):
        assert posture_json.as_text() == before


def test_documents_that_are_gated_keep_their_summary():
    content.publish()
    assert "Secret summary" not in revising.newest().body.decode()
    assert Document.objects.filter(summary__contains="Secret summary").exists()


def test_equal_states_do_not_differ():
    content.publish()
    data = json.loads(posture_json.as_text())
    assert between(data, data) == []
