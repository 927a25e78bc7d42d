"""A customer objects to an announced subprocessor from a proven mailbox; we answer; the log and the export have both."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from certifications.models import Subprocessor
from ndaflow.objections import flows, routine
from ndaflow.objections.models import Objection
from ndaflow.privacy import flows as privacy
from ndaflow.privacy.collecting import PARTS
from ndaflow.privacy.models import Erasure
from tests import cast
from tests.audit import logs
from tests.races import at_once, rounds
from tests.signin import mailed_code, staff_client, type_code
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError, history, state
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Detail, Record
from trustcenter.audit.verify import verify
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
URL = "/subprocessors/new-host/object/"
TYPED = {
    "email": "Rhea@example.com",
    "name": "Rhea Diaz",
    "company_name": "Example Corp",
    "text": "Our data may not leave Austria.",
}


@pytest.fixture
def host():
    today = timezone.localdate()
    return Subprocessor.objects.create(
        slug="new-host",
        name="New Host",
        purpose="Hosting",
        data="All",
        location="Graz",
        as_of=today,
        announced=today - timedelta(days=2),
        effective=today + timedelta(days=28),
    )


@pytest.fixture
def lena():
    return cast.person("lena@trust.example", "Lena Legal", "legal")


def object_to(rhea: User, text: str = "No.") -> Objection:
    return flows.object_to("new-host", by=rhea, company_name="Example Corp", text=text)


def refused(refusal: str):
    return pytest.raises(FlowError, match=refusal)


def test_visitor_objects_proves_the_mailbox_and_gets_an_answer(client, host, lena):
    assert f'href="{URL}"' in client.get("/subprocessors/").content.decode()
    last = (host.effective - timedelta(days=1)).isoformat()
    assert f'You can object until <time datetime="{last}">' in client.get(URL).content.decode()
    answer = client.post(URL, TYPED)
    # The same answer as for every address, and nothing is kept before the code.
    assert answer.status_code == 302 and answer["Location"] == "/accounts/login/code/confirm/"
    assert not Objection.objects.exists() and not Record.objects.filter(action="objection.raised").exists()
    page = type_code(client, mailed_code("rhea@example.com"))
    assert page["Location"] == "/my/objections/"
    row = Objection.objects.select_related("person").get()
    assert (row.person.email, row.company_name, row.state) == ("rhea@example.com", "Example Corp", "open")
    assert (row.subprocessor_name, row.effective) == ("New Host", host.effective)
    assert "Our data may not leave Austria." in client.get("/my/objections/").content.decode()
    mails = {mail.to: mail for mail in Mail.objects.all()}
    assert mails["lena@trust.example"].subject == "Objection to New Host"
    assert "may not leave Austria" in Mail.objects.filter(to="rhea@example.com").first().body
    staff_client(client, lena)
    assert "New Host" in client.get("/desk/objections/").content.decode()
    url = f"/desk/objections/{row.pk}/"
    assert "may not leave Austria" in client.get(url).content.decode()
    assert "Write an answer" in client.post(url, {"text": " "}).content.decode()
    client.post(url, {"text": "It stays in Graz."})
    row.refresh_from_db()
    assert (row.state, row.answer, row.answered_by) == ("answered", "It stays in Graz.", lena)
    assert "It stays in Graz." in Mail.objects.filter(to="rhea@example.com").first().body
    # A second answer changes nothing.
    assert "already been answered" in client.post(url, {"text": "Or not."}, follow=True).content.decode()
    assert Objection.objects.get().answer == "It stays in Graz."
    actions = list(Record.objects.filter(action__startswith="objection.").order_by("number").values_list("action"))
    assert actions == [("objection.raised",), ("objection.answered",)]
    assert not [one for one in state.differences(verify().told) if str(one).startswith("objection")]
    client.force_login(User.objects.get(email="rhea@example.com"))
    assert "It stays in Graz." in client.get("/my/objections/").content.decode()


def test_code_of_another_address_sends_nothing(client, host):
    client.post(URL, TYPED)
    client.post("/accounts/login/code/", {"email": "otto@outsider.example"})
    type_code(client, mailed_code("otto@outsider.example"))
    assert not Objection.objects.exists()


def test_signed_in_person_is_asked_for_no_address(client, host):
    rhea = cast.rhea()
    client.force_login(rhea)
    page = client.get(URL).content.decode()
    assert 'name="email"' not in page and "You are signed in as" in page
    assert client.post(URL, TYPED)["Location"] == "/my/objections/"
    assert Objection.objects.get().person == rhea
    # The same again: the first one waits.
    assert "is already waiting for our answer" in client.post(URL, TYPED).content.decode()
    # Nobody else sees it.
    client.force_login(cast.otto())
    assert "New Host" not in client.get("/my/objections/").content.decode()


def test_bad_input_keeps_what_was_typed(client, host):
    page = client.post(URL, TYPED | {"email": "nobody", "text": "a\u202eb"})
    assert page.status_code == 200 and "Rhea Diaz" in page.content.decode() and not Mail.objects.exists()
    page = client.post(URL, TYPED | {"text": "x" * 2001}).content.decode()
    assert "Example Corp" in page and not Mail.objects.exists()
    for _time in range(8):
        client.post(URL, TYPED | {"text": "x"})
    assert client.post(URL, TYPED).status_code == 429


def test_objections_end_where_the_subprocessor_starts(client, host):
    rhea = cast.rhea()
    for fields in ({"effective": timezone.localdate()}, {"announced": None}, {"ended": timezone.localdate()}):
        Subprocessor.objects.filter(pk=host.pk).update(announced=host.announced, effective=host.effective, ended=None)
        values = {"effective": timezone.localdate()} if "ended" in fields else {}
        Subprocessor.objects.filter(pk=host.pk).update(**values, **fields)
        with refused("Objections are possible until"):
            object_to(rhea)
        assert "Objections are possible until" in client.get(URL, follow=True).content.decode()
    assert client.get("/subprocessors/gone/object/").status_code == 404
    host.delete()
    with refused("Objections are possible until"):
        object_to(rhea)


@pytest.mark.once
def test_wrong_person_wrong_state_and_no_words(host, lena):
    rhea, ben = cast.rhea(), cast.ben()
    with refused("Staff cannot object"):
        object_to(lena)
    with refused("Say what you object to"):
        object_to(rhea, "  ")
    with refused("cannot be shown"):
        object_to(rhea, "a\u202eb")
    objection = object_to(rhea)
    with refused("do not have permission"):
        flows.answer(objection, by=ben, text="No.")
    with refused("Write an answer"):
        flows.answer(objection, by=lena, text=" ")
    flows.answer(objection, by=lena, text="Yes.")
    # Once answered, they may object again.
    object_to(rhea, "Still no.")


def test_database_keeps_one_open_objection_and_its_answer_together(host, lena):
    objection = object_to(cast.rhea())
    fields = {"person": objection.person, "subprocessor": "new-host", "effective": host.effective}
    for values, constraint in (
        (fields, "objection_one_is_open|UNIQUE"),
        (fields | {"state": "answered"}, "objection_answered_has_its_time"),
        (fields | {"subprocessor": "x", "answer": "No."}, "objection_answered_has_its_time"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Objection.objects.create(**values)


@pytest.mark.once
def test_export_has_objections_and_an_erasure_empties_them(host, lena):
    rhea = cast.rhea()
    flows.answer(object_to(rhea, "First, from Rhea."), by=lena, text="Dear Rhea, yes.")
    object_to(rhea, "Second, from Rhea.")
    part = next(part for part in PARTS if part.name == "objections")
    assert {entry["text"] for entry in part.entries(rhea)} == {"First, from Rhea.", "Second, from Rhea."}
    assert part.entries(cast.otto()) == []
    erasure = Erasure.objects.create(person=rhea, asked_at=timezone.now())
    privacy.carry_out_erasure(erasure, by=lena)
    rows = set(Objection.objects.values_list("state", "text", "answer", "company_name"))
    assert rows == {("answered", "", "", ""), ("withdrawn", "", "", "")}
    told = " ".join(Detail.objects.filter(record__action__startswith="objection.").values_list("body", flat=True))
    assert "Rhea" not in told
    assert not [one for one in state.differences(verify().told) if str(one).startswith("objection")]
    with refused("already been answered"):
        flows.answer(Objection.objects.get(state="withdrawn"), by=lena, text="Late.")


@pytest.mark.once
def test_the_clock_forgets_what_is_answered_and_keeps_what_waits(client, host, lena, settings):
    rhea, otto = cast.rhea(), cast.otto()
    answered, waits = object_to(rhea, "First, from Rhea."), object_to(otto, "Otto waits.")
    flows.answer(answered, by=lena, text="Dear Rhea, yes.")
    assert routine.forget_old() == 0
    long_ago = timezone.now() - timedelta(days=settings.KEEP_OBJECTIONS_DAYS, seconds=1)
    Objection.objects.update(raised_at=long_ago)
    assert routine.forget_old() == 0, "the time runs from our answer"
    Objection.objects.filter(pk=answered.pk).update(answered_at=long_ago)
    assert routine.forget_old() == 1 and routine.forget_old() == 0
    assert Objection.objects.get() == waits
    bodies = " ".join(Detail.objects.values_list("body", flat=True))
    assert "Rhea." not in bodies and "Dear Rhea" not in bodies and "Otto waits." in bodies
    (told,) = history.entries(Record.objects.filter(action=Action.LOG_ERASED))
    assert "objections that have been kept long enough" in told.text and verify().erased
    notice = " ".join(client.get("/privacy/").content.decode().split())
    assert "Your objections to a subprocessor with our answers, since we answered" in notice and "1095" in notice


@pytest.mark.django_db(transaction=True)
def test_two_objections_and_two_answers_at_once(racing, host, lena):
    for round in range(rounds(4)):
        rhea = cast.person(f"rhea{round}@example.com", "Rhea Diaz")
        wins, errors = at_once([partial(object_to, rhea)] * 2)
        assert wins == 1 and [error.code for error in errors] == ["objection_objected_before"]
        objection = Objection.objects.get(person=rhea)
        answers = [partial(flows.answer, objection, by=lena, text=text) for text in ("Yes.", "No.")]
        wins, errors = at_once(answers)
        assert wins == 1 and [error.code for error in errors] == ["objection_settled"]
        assert Mail.objects.filter(to=rhea.email).count() == 2, "one receipt and one answer"
        # Answered and forgotten at once: the answer goes out, or the objection is gone before it.
        late = object_to(rhea)
        erasure = Erasure.objects.create(person=rhea, asked_at=timezone.now())
        forgets = partial(privacy.carry_out_erasure, erasure, by=lena)
        _wins, errors = at_once([partial(flows.answer, late, by=lena, text="Dear Rhea."), forgets])
        assert {getattr(error, "code", error) for error in errors} <= {"objection_settled"}
        late.refresh_from_db()
        assert (late.text, late.answer) == ("", "") and late.state != "open"
    assert logs.differing() == []
