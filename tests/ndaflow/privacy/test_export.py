"""A person gets a copy of everything that is held about them, alone, and only for some days."""

import copy
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.agreements import tasks as agreement_tasks
from ndaflow.agreements.models import Signature
from ndaflow.privacy import flows, routine, tasks
from ndaflow.privacy.collecting import PARTS
from ndaflow.privacy.models import Export
from tests import cast
from trustcenter.audit import FlowError, checkpoints
from trustcenter.audit.models import Record
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Mail, Task

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def scene(shared_and_ready):
    rhea, ada = cast.rhea(), cast.ada()
    cast.granted(rhea, ada, cast.requestable())
    agreement_tasks.make_signed_copy.func(Signature.objects.get().pk)
    checkpoints.make()
    return rhea


@pytest.fixture
def rhea(scene):
    return copy.deepcopy(scene)


def made(person) -> Export:
    export = flows.ask_export(by=person)
    tasks.make_export.func(export.pk)
    export.refresh_from_db()
    return export


def unpacked(client, export) -> zipfile.ZipFile:
    response = client.post(reverse("privacy:download", args=[export.pk]))
    assert response.status_code == 200 and response["Cache-Control"] == "private, no-store"
    data = b"".join(response.streaming_content)
    assert len(data) == int(response["Content-Length"])
    return zipfile.ZipFile(io.BytesIO(data))


def test_the_file_has_every_part_in_json_and_the_signed_copy(client, rhea):
    client.force_login(rhea)
    page = client.post(reverse("privacy:export"), follow=True).content.decode()
    assert "We are preparing your data" in page
    (waiting,) = Export.objects.filter(person=rhea)
    assert client.get(reverse("privacy:data"))["Refresh"]
    tasks.make_export.func(waiting.pk)
    tasks.make_export.func(waiting.pk)
    assert Mail.objects.get(subject="The copy of your data is ready").to == rhea.email
    waiting.refresh_from_db()
    assert (waiting.done, waiting.state) == (waiting.parts, "ready") and StoredFile.objects.filter(export=waiting)
    archive = unpacked(client, waiting)
    assert archive.testzip() is None
    names = set(archive.namelist())
    assert {f"data/{part.name}.json" for part in PARTS} | {"README.txt", "data/log.json"} <= names
    read = {name: json.loads(archive.read(f"data/{name}.json")) for name in [part.name for part in PARTS] + ["log"]}
    assert read["account"][0]["email"] == rhea.email and "password" not in read["account"][0]
    assert read["requests"][0]["reason"] == "Vendor review." and "session_hash" not in read["requests"][0]
    assert read["decisions"][0]["decided_by"] == "somebody else" and "despite" not in read["decisions"][0]
    assert "192.0.2.7" in read["signatures"][0]["evidence"]
    assert read["sessions"] and "session_key" not in read["sessions"][0]
    assert "“Rhea Diaz” (rhea@example.com) requested Soc 2 type ii report" in {one["what"] for one in read["log"]}
    (pdf,) = [name for name in names if name.startswith("signed/")]
    assert archive.read(pdf).startswith(b"%PDF")
    assert any(name.startswith("receipts/") and name.endswith(".tlog-proof") for name in names)
    # The people who decided are not hers to know.
    everything = " ".join(archive.read(name).decode() for name in names if name.startswith("data/"))
    assert "Ada Approver" not in everything and "ada@trust.example" not in everything
    assert Record.objects.filter(action="privacy.export_downloaded", actor=rhea.pk).count() == 1


def test_nobody_else_gets_it(client, rhea):
    export = made(rhea)
    for other in (cast.otto(), cast.person("admin@trust.example", "Admin", "administrator")):
        client.force_login(other)
        answer = client.post(reverse("privacy:download", args=[export.pk]))
        # Staff without a second factor in this session are sent to sign in.
        assert answer.status_code == (302 if other.is_staff else 404) and not answer.streaming
    client.force_login(rhea)
    assert client.get(reverse("privacy:download", args=[export.pk])).status_code == 405


def test_one_at_a_time_and_a_new_one_replaces_the_old_with_its_file(rhea):
    first = made(rhea)
    stored = first.file_id
    second = flows.ask_export(by=rhea)
    with pytest.raises(FlowError, match="already being prepared"):
        flows.ask_export(by=rhea)
    assert not StoredFile.objects.filter(pk=stored).exists() and list(Export.objects.all()) == [second]
    # The task of an export that is gone has no effect.
    tasks.make_export.func(first.pk)
    assert Task.objects.filter(path=tasks.make_export.module_path).count() == 2


def test_the_clock_deletes_it_and_ends_what_never_finished(client, rhea, settings):
    export = made(rhea)
    Export.objects.update(asked_at=timezone.now() - timedelta(days=settings.KEEP_EXPORTS_DAYS, seconds=-60))
    assert routine.delete_exports() == 0
    Export.objects.update(asked_at=timezone.now() - timedelta(days=settings.KEEP_EXPORTS_DAYS, seconds=1))
    assert routine.delete_exports() == 1
    assert not Export.objects.exists() and not StoredFile.objects.filter(pk=export.file_id).exists()
    client.force_login(rhea)
    assert client.post(reverse("privacy:download", args=[export.pk])).status_code == 404
    stuck = flows.ask_export(by=rhea)
    Export.objects.update(asked_at=timezone.now() - timedelta(hours=3))
    routine.end_exports()
    assert "We could not prepare your data" in client.get(reverse("privacy:data")).content.decode()
    assert Record.objects.filter(action="privacy.export_failed").count() == 1
    tasks.make_export.func(stuck.pk)
    assert not StoredFile.objects.filter(export__isnull=False).exists()
