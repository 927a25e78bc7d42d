"""A person asks to have their data erased; legal or an administrator does it; what law keeps stays, and nothing else."""

import copy
import json

import pytest
from django.db import connection
from django.urls import reverse

from documents.models import AccessGrant, Delivery
from ndaflow.agreements.models import Signature
from ndaflow.privacy import flows
from ndaflow.privacy.models import Erasure, Export
from ndaflow.requests.models import AccessRequest, Question
from tests import cast
from tests.signin import staff_client
from trustcenter.accounts.models import Session, User
from trustcenter.audit import FlowError
from trustcenter.audit.models import Detail, Record
from trustcenter.audit.state import differences
from trustcenter.audit.verify import verify
from trustcenter.work.ids import short
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(shared_scene):
    rhea, lena = cast.rhea(), cast.person("lena@trust.example", "Lena Legal", "legal")
    ada = cast.ada()
    cast.granted(rhea, ada, cast.requestable())
    waiting = cast.open_request(rhea, cast.requestable("pentest", "restricted"))
    cast.flows.ask_question(cast.fresh(waiting), by=ada, text="Is Rhea the CISO?")
    # A colleague named her.
    vera = cast.vera()
    hers = cast.open_request(vera, cast.requestable("soc-1"))
    cast.flows.forward(cast.fresh(hers), by=vera, email=rhea.email)
    # Each request of the cast is typed as Rhea's.
    AccessRequest.objects.filter(pk=hers.pk).update(name=vera.name)
    return rhea, lena, vera


@pytest.fixture
def people(client, made):
    people = copy.deepcopy(made)
    client.force_login(people[0])
    return people


def everything(but=("audit_record",)) -> str:
    """What all tables hold, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in but:
                cursor.execute(f'SELECT * FROM "{table}"')
                found += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(found)


def asked(client) -> Erasure:
    client.post(reverse("privacy:erase"), {"understood": "on"})
    return Erasure.objects.get(state="waiting")


def test_the_person_sees_what_goes_and_what_stays_before_they_ask(client, people):
    rhea, _lena, _vera = people
    page = client.get(reverse("privacy:data")).content.decode()
    for words in ("Access to 1 document.", "1 open request.", "1 signature with its signed copy", "Article 17(3)(e)"):
        assert words in page
    assert "every record about you in our log" in page and "the person" not in page
    page = client.post(reverse("privacy:erase"), follow=True).content.decode()
    assert "Nothing has been asked yet" in page and not Erasure.objects.exists()
    Mail.objects.all().delete()
    asked(client)
    assert set(Mail.objects.values_list("to", flat=True)) == {"lena@trust.example", "ada@trust.example"}
    page = client.post(reverse("privacy:erase"), {"understood": "on"}, follow=True).content.decode()
    assert "You have already asked for this" in page
    # Until staff answer, nothing changes, and she can take it back.
    assert AccessGrant.objects.filter(holder=rhea, ended_at=None).exists()
    client.post(reverse("privacy:keep", args=[Erasure.objects.get().pk]))
    assert Erasure.objects.get().state == "taken_back"


def test_erased_is_erased_and_the_log_stays_valid(client, people):
    rhea, lena, vera = people
    flows.ask_export(by=rhea)
    erasure = asked(client)
    staff_client(client, lena)
    page = client.get(reverse("desk:erasure", args=[erasure.pk])).content.decode()
    assert "rhea@example.com" in page and "every record about the person in our log" in page
    url = reverse("desk:carry_out_erasure", args=[erasure.pk])
    assert "Nothing was erased" in client.post(url, {"address": "other@example.com"}, follow=True).content.decode()
    assert User.objects.get(pk=rhea.pk).email == "rhea@example.com"
    Mail.objects.all().delete()
    assert "Erased." in client.post(url, {"address": "Rhea@example.com "}, follow=True).content.decode()
    person = User.objects.get(pk=rhea.pk)
    assert (person.name, person.is_active, person.company) == ("", False, None) and "rhea" not in person.email
    assert not Session.objects.filter(person=person).exists() and not Export.objects.exists()
    assert not AccessGrant.objects.filter(holder=person, ended_at=None).exists()
    assert set(AccessRequest.objects.filter(requester=person).values_list("status", "reason", "name")) == {
        ("revoked", "", ""),
        ("withdrawn", "", ""),
    }
    assert set(Question.objects.values_list("text", "answer")) == {("", "")}
    assert AccessRequest.objects.get(requester=vera).forwarded_to == ""
    (mail,) = Mail.objects.all()
    assert mail.to == "rhea@example.com" and "erased" in mail.subject
    Mail.objects.all().delete()
    # Only the evidence still knows her; the details of the log do not.
    kept = [line for line in everything().splitlines() if "rhea" in line.lower()]
    assert {line.split(":")[0] for line in kept} == {"ndaflow_signature"}
    whole = verify()
    assert whole.erased and Signature.objects.get().evidence
    # Documents and staff of the cast have no records.
    differing = {str(one) for one in differences(whole.told)}
    assert not [one for one in differing if one.startswith(("accessr", "requested", "accessg", "erasure", "signature"))]
    last = Record.objects.filter(action="privacy.erasure_done").get()
    page = " ".join(client.get(reverse("log:records"), {"action": "log.erased"}).content.decode().split())
    words = f"a person who was erased (account {short(rhea.pk)})"
    assert f"“Lena Legal” (lena@trust.example) erased what the log said about {words}" in page
    assert last.actor == lena.pk and json.loads(Detail.objects.get(pk=last.pk).body)["requests"] == 2


def test_a_copy_that_went_out_is_still_traceable(client, people, tmp_path, settings):
    rhea, lena, _vera = people
    grant = AccessGrant.objects.get(holder=rhea)
    version = grant.document.versions.get()
    copy = Delivery.objects.create(
        code="ABCD-EFGH", grant=grant, version=version, reader=rhea, printed_email=rhea.email, mark_bits=b"1", size=1
    )
    flows.carry_out_erasure(asked(client), by=lena)
    copy.refresh_from_db()
    assert copy.printed_email == "rhea@example.com" and copy.reader_id == rhea.pk


def test_the_same_mailbox_starts_anew(client, people):
    rhea, lena, _vera = people
    flows.carry_out_erasure(asked(client), by=lena)
    assert client.get(reverse("requests:my")).status_code == 302
    again = cast.rhea()
    assert again.pk != rhea.pk
    client.force_login(again)
    assert "No documents yet" in client.get(reverse("requests:my")).content.decode()


def test_declining_needs_a_reason_that_the_person_reads(client, people):
    rhea, lena, _vera = people
    erasure = asked(client)
    staff_client(client, lena)
    url = reverse("desk:decline_erasure", args=[erasure.pk])
    assert "Give a reason" in client.post(url, {"reason": " "}).content.decode()
    client.post(url, {"reason": "A dispute is pending."})
    assert "A dispute is pending." in Mail.objects.filter(to=rhea.email).first().body
    client.force_login(rhea)
    assert "A dispute is pending." in client.get(reverse("privacy:data")).content.decode()


def test_who_may_not(client, people):
    rhea, lena, _vera = people
    erasure = asked(client)
    ben = cast.ben()
    for by, code in ((ben, "not_eraser"), (rhea, "not_eraser")):
        with pytest.raises(FlowError) as refused:
            flows.carry_out_erasure(erasure, by=by)
        assert refused.value.code == code
    with pytest.raises(FlowError) as refused:
        flows.ask_erasure(by=lena)
    assert refused.value.code == "staff_account"
    flows.decline_erasure(erasure, by=lena, reason="No.")
    with pytest.raises(FlowError) as refused:
        flows.carry_out_erasure(erasure, by=lena)
    assert refused.value.code == "erasure_settled"
    assert User.objects.get(pk=rhea.pk).is_active
    client.force_login(cast.otto())
    assert client.post(reverse("privacy:keep", args=[erasure.pk])).status_code == 404


def test_nobody_asks_and_takes_back_without_end(client, people):
    """Each time writes to the log and to everyone who erases, so a person has three tries a day."""
    for _time in range(4):
        page = client.post(reverse("privacy:erase"), {"understood": "on"}, follow=True).content.decode()
        for waiting in Erasure.objects.filter(state=Erasure.State.WAITING):
            client.post(reverse("privacy:keep", args=[waiting.pk]))
    assert Erasure.objects.count() == 3 and "try again tomorrow" in page
