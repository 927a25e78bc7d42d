"""An access review: everything that is open is answered row by row, by a named reviewer."""

import copy
import csv
import io
from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from documents.models import AccessGrant, Delivery
from ndaflow.desk.review import flows
from ndaflow.desk.review.models import Review, ReviewedGrant
from tests import cast, signin
from tests.audit import logs
from tests.ndaflow.desk.companies.scene import page, post
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError, history
from trustcenter.audit.models import Record


def holders() -> list[User]:
    """Rhea holds two documents, one of which she has read, and Otto one of them."""
    ben, report, letter = cast.ben(), cast.requestable("report"), cast.requestable("letter", title="=Letter")
    rhea, otto = cast.rhea(), cast.otto()
    version = cast.nda()
    for person, document in ((otto, report), (rhea, report), (rhea, letter)):
        request = cast.open_request(person, document)
        if document is report:
            cast.sign(request, person, version)
        cast.approve(request, ben)
    grant = AccessGrant.objects.get(holder=rhea, document=report)
    Delivery.objects.create(
        code="CODE",
        grant=grant,
        version=report.versions.get(),
        reader=rhea,
        printed_email=rhea.email,
        printed_company="",
        session_hash="a" * 64,
        mark_bits=b"1",
        size=1,
        started_at=timezone.now() - timedelta(days=3),
    )
    return [rhea, otto]


def of(person: User, slug: str) -> AccessGrant:
    return AccessGrant.objects.get(holder=person, document__slug=slug)


def test_nothing_open_is_no_review(client, db):
    signin.staff_client(client, cast.ben())
    assert "so there is nothing to review." in post(client, "review_start")
    assert not Review.objects.exists()
    assert "No document is open to anybody" in page(client, "review")


@pytest.fixture(scope="module")
def made(shared_scene):
    rhea, otto = holders()
    return cast.ada(), rhea, otto


@pytest.fixture
def scene(client, db, made):
    ada, rhea, otto = copy.deepcopy(made)
    signin.staff_client(client, ada)
    return ada, rhea, otto


def test_reviewer_answers_row_by_row(client, scene, django_assert_max_num_queries):
    ada, rhea, otto = scene
    now = page(client, "review")
    assert "Who holds what now." in now and "“Rhea Diaz” (rhea@example.com)" in now and "Still needed" not in now
    assert "The review has begun." in post(client, "review_start")
    assert "A review is already open." in post(client, "review_start")
    review = Review.objects.get()
    with django_assert_max_num_queries(12):
        shown = page(client, "review")
    assert "<b>0 of 3</b> answered. 3 are left." in shown and "Finish the review" not in shown
    assert "approved by “Ben Approver” (ben@trust.example), under Mutual NDA" in shown and "Never" in shown
    # Rows keep the filter of the page, and only its query.
    answer = post(client, "review_keep", of(rhea, "report").pk, query="left=1&document=report&x=//evil.example")
    assert "<b>1 of 3</b> answered. 2 are left." in answer and "“Otto Falk”" in answer and "=Letter</td>" not in answer
    assert "Give a reason." in post(client, "review_revoke", of(rhea, "letter").pk, reason=" ")
    revoked = post(client, "review_revoke", of(rhea, "letter").pk, reason="The project is over.")
    assert "The reader gets your reason by e-mail." in revoked
    assert of(rhea, "letter").end == "revoked" and of(rhea, "report").ended_at is None
    assert "This access has ended in the meantime" in post(client, "review_keep", of(rhea, "letter").pk)
    assert "Documents without an answer: 1." in post(client, "review_finish", review.pk)
    # What ends by itself needs no answer.
    cast.flows.revoke(otto.access_requests.get(), by=ada, reason="Left.")
    assert "1 ended in the meantime and needs no answer." in page(client, "review")
    assert "The review is finished." in post(client, "review_finish", review.pk)
    assert "This review is finished." in post(client, "review_finish", review.pk)
    assert client.post(reverse("desk:review_keep", args=[of(rhea, "report").pk])).status_code == 404
    assert "started by “Ada Approver”" in page(client, "review_of", review.pk)
    texts = [
        one.text for one in history.entries(Record.objects.filter(action__startswith="review.").order_by("number"))
    ]
    assert texts == [
        "“Ada Approver” (ada@trust.example) started an access review. Open documents: 3",
        "“Ada Approver” (ada@trust.example) answered that “Rhea Diaz” (rhea@example.com) still needs Report",
        "“Ada Approver” (ada@trust.example) answered that “Rhea Diaz” (rhea@example.com) does not need =Letter any more",
        "“Ada Approver” (ada@trust.example) finished an access review. Still needed: 1, revoked: 1",
    ]
    assert logs.differing() == []
    ReviewedGrant.objects.filter(answer="needed").update(answered_by=otto)
    assert "answered_by is" in logs.differing()[0]


def test_filters_find_company_person_document_and_what_is_left(client, scene):
    ada, rhea, _otto = scene
    review = flows.start(by=ada)
    flows.keep(ReviewedGrant.objects.get(grant=of(rhea, "report")), by=ada)
    seen = {
        "left": page(client, "review", left="1"),
        "document": page(client, "review_of", review.pk, document="letter"),
        "company": page(client, "review", q="example corp"),
        "domain": page(client, "review", q="x@outsider.example"),
        "person": page(client, "review", q="OTTO"),
    }
    rows = {name: (shown.count("<tr id="), "Otto Falk" in shown) for name, shown in seen.items()}
    # Both companies are stated as Example Corp.
    assert rows == {
        "left": (2, True),
        "document": (1, False),
        "company": (3, True),
        "domain": (1, True),
        "person": (1, True),
    }
    assert "Nothing matches this filter" in page(client, "review", q="\0nobody%")


def test_auditor_reads_and_does_not_answer(client, scene):
    ada, rhea, _otto = scene
    review = flows.start(by=ada)
    signin.staff_client(client, cast.person("iris@trust.example", "Iris Auditor", "auditor"))
    shown = page(client, "review")
    assert "<b>0 of 3</b>" in shown and "Revoke…" not in shown and "Finish" not in shown
    grant = of(rhea, "report")
    for name, args in (("review_keep", [grant.pk]), ("review_revoke", [grant.pk]), ("review_finish", [review.pk])):
        assert client.post(reverse(f"desk:{name}", args=args), {"reason": "No."}).status_code == 403
        assert client.get(reverse(f"desk:{name}", args=args)).status_code == 405
    sal = cast.sal()
    for step in (partial(flows.start), partial(flows.finish, review)):
        with pytest.raises(FlowError) as refused:
            step(by=sal)
        assert refused.value.code == "not_reviewer"


def test_nobody_answers_for_their_own_access(scene):
    ada, rhea, _otto = scene
    flows.start(by=ada)
    grant = of(rhea, "report")
    AccessGrant.objects.filter(pk=grant.pk).update(holder=ada)
    row = ReviewedGrant.objects.get(grant=grant)
    for step in (partial(flows.keep, row), partial(flows.revoke, row, reason="Over.")):
        with pytest.raises(FlowError) as refused:
            step(by=ada)
        assert refused.value.code == "own_access"


def test_csv_and_command_say_the_same_and_run_no_formula(client, scene, tmp_path, capsys):
    ada = scene[0]
    for name, args in (("holdings_csv", []), ("review_csv", [flows.start(by=ada).pk])):
        answer = client.get(reverse(f"desk:{name}", args=args), {"q": "rhea"})
        rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
        assert len(rows) == 3 and {row[4] for row in rows[1:]} == {"Report", "'=Letter"}
    call_command("access", "review", csv="-")
    printed = list(csv.reader(io.StringIO(capsys.readouterr().out.lstrip("\ufeff"))))
    assert len(printed) == 4 and printed[0][:5] == ["Company", "Company confirmed", "Name", "E-mail", "Document"]
    read = {(row[3], row[4]): row[9] for row in printed[1:]}
    assert read["rhea@example.com", "Report"] and not read["otto@outsider.example", "Report"]
    call_command("access", "review", csv=str(tmp_path / "access.csv"))
    assert (tmp_path / "access.csv").read_text(encoding="utf-8-sig").count("\n") == 4
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("access", "review", csv=str(tmp_path / "none" / "access.csv"))
    call_command("access", "review")
    assert "rhea@example.com (Rhea Diaz, Example Corp): Report until " in capsys.readouterr().out


def test_database_keeps_one_open_review(scene):
    ada = scene[0]
    Review.objects.create(started_by=ada, finished_by=ada, finished_at=timezone.now())
    Review.objects.create(started_by=ada)
    with pytest.raises(IntegrityError, match="review_one_at_a_time"), transaction.atomic():
        Review.objects.create(started_by=ada)
