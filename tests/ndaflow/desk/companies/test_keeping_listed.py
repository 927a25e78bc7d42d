"""A listed address is personal data: it leaves the list unless somebody says that it is needed, and an erasure keeps a block."""

import html
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.privacy import flows as privacy
from ndaflow.privacy import tasks
from tests import cast
from tests.audit import logs
from tests.signin import staff_client
from trustcenter.accounts.listed import flows
from trustcenter.accounts.models import Listed
from trustcenter.accounts.routine import forget_listed
from trustcenter.audit import FlowError
from trustcenter.audit.models import Detail, Record
from trustcenter.work.models import Mail
from trustcenter.work.retention import Kept

pytestmark = pytest.mark.django_db
BLOCK, ALLOW = Listed.Verdict.BLOCK, Listed.Verdict.ALLOW


@pytest.fixture
def ada():
    return cast.ada()


def put(entry, verdict, by):
    return flows.put(entry, verdict, reason="A reseller.", by=by)


def age(days):
    Listed.objects.update(reviewed_at=timezone.now() - timedelta(days=days, minutes=1))


def test_address_leaves_the_list_after_a_warning_unless_it_is_kept(client, ada):
    old, kept, domain = (put(one, BLOCK, ada) for one in ("eve@example.com", "bo@example.com", "example.org"))
    staff_client(client, ada)
    page = " ".join(client.get(reverse("desk:listed")).content.decode().split())
    assert page.count("removed from the list on") == page.count("Still needed") == 2, "a domain names no person"
    assert forget_listed() == 0 and not Mail.objects.filter(subject__contains="end soon").exists()
    age(Kept.LISTED.days - 13)
    # Warned once, and nothing goes before the days of the mail are over.
    assert (forget_listed(), forget_listed()) == (0, 0)
    mail = Mail.objects.get(subject__contains="end soon", to=ada.email)
    assert "eve@example.com" in mail.body and "bo@example.com" in mail.body and "example.org" not in mail.body
    url = reverse("desk:keep_listed", args=[kept.pk])
    assert client.get(url).status_code == 405
    assert "Kept: bo@example.com." in html.unescape(client.post(url, follow=True).content.decode())
    Listed.objects.filter(pk=old.pk).update(reviewed_at=timezone.now() - timedelta(days=Kept.LISTED.days, minutes=1))
    assert forget_listed() == 0, "it was warned about just now"
    Listed.objects.filter(pk=old.pk).update(warned_at=timezone.now() - timedelta(days=14, minutes=1))
    assert (forget_listed(), forget_listed()) == (1, 0)
    assert set(Listed.objects.values_list("pk", flat=True)) == {kept.pk, domain.pk}
    assert "eve@" not in Record.objects.select_related("detail").get(action="list.ended").detail.body
    with pytest.raises(FlowError, match="already removed this entry"):
        flows.keep(old, by=ada)
    with pytest.raises(FlowError, match="permission"):
        flows.keep(kept, by=cast.sal())
    # These rows were aged without a record.
    assert [one for one in logs.differing() if "reviewed_at" not in one] == []


def test_erasure_keeps_a_block_and_no_exception_and_says_the_same_to_everyone(client, ada):
    rhea, vera, lena = cast.rhea(), cast.vera(), cast.person("lena@trust.example", "Lena", "legal")
    block = put(rhea.email, BLOCK, ada)
    put(vera.email, ALLOW, ada)
    said = []
    for person in (rhea, vera):
        client.force_login(person)
        page = html.unescape(client.get(reverse("privacy:data")).content.decode())
        said.append("An entry that blocks the address, if there is one" in page)
        privacy.carry_out_erasure(privacy.ask_erasure(by=person), by=lena)
    assert said == [True, True]
    assert Listed.objects.get() == block
    bodies = " ".join(Detail.objects.values_list("body", flat=True))
    assert "rhea@example.com" not in bodies and "vera@example.com" not in bodies
    assert [one for one in logs.differing() if "listed" in one] == []


def test_export_does_not_say_who_is_listed(client, ada, ready):
    rhea = cast.rhea()
    put(rhea.email, BLOCK, ada)
    export = privacy.ask_export(by=rhea)
    tasks.make_export.func(export.pk)
    client.force_login(rhea)
    answer = client.post(reverse("privacy:download", args=[export.pk]))
    archive = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content))
    assert "says nothing about whether yours is on it" in archive.read("README.txt").decode().replace("\n", " ")
    everything = " ".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    assert "A reseller." not in everything and "on the list as" not in everything and "list.added" not in everything
