"""Sealing is a task: it retries, never makes a weaker seal than configured, and can be started again by a person."""

import copy
import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ndaflow.agreements import tasks
from ndaflow.agreements.models import SealCertificate, Signature, SignedCopy
from ndaflow.agreements.sealing import progress, registry
from ndaflow.requests.models import AccessRequest, RequestStatus
from tests import cast
from tests.ndaflow.agreements import papers
from tests.signin import staff_client
from trustcenter.audit.actions import Action
from trustcenter.audit.history import history
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault
from trustcenter.work import queue
from trustcenter.work.lanes import Lane
from trustcenter.work.models import Task
from trustcenter.work.worker import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ready"), pytest.mark.once]

NOWHERE = "http://127.0.0.1:9/tsa"


@pytest.fixture(scope="module")
def made(shared_and_ready) -> AccessRequest:
    """Rhea's signed request, before anything is sealed."""
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, version)
    return cast.fresh(request)


@pytest.fixture
def request_(made) -> AccessRequest:
    return copy.deepcopy(made)


@pytest.fixture
def signature(request_) -> Signature:
    return request_.signatures.get()


@pytest.fixture
def no_timestamps(timestamps, settings):
    settings.TIMESTAMP_URL = NOWHERE
    return timestamps


def work() -> None:
    """Seals every copy that is due, as a worker does."""
    while Worker().run_next(Lane.SEALING):
        pass


def all_attempts() -> None:
    """Runs the first and the last attempt and skips those between, which are all the same."""
    work()
    Task.objects.filter(path=tasks.make_signed_copy.module_path).update(due_at=timezone.now(), tries=4)
    work()


def stored(copy: SignedCopy) -> bytes:
    with vault.open(copy, "file") as file:
        return file.read()


def test_copy_is_sealed_recorded_and_mailed_once(signature, tmp_path):
    work()
    tasks.make_signed_copy.func(signature.pk)
    copy = SignedCopy.objects.get()
    pdf = stored(copy)
    assert copy.sha256 == hashlib.sha256(pdf).hexdigest()
    assert (copy.level, copy.certificate) == ("B-B", SealCertificate.objects.get())
    found, verdict = registry.recorded(pdf)
    assert (found, verdict.fingerprint) == (copy, copy.certificate_id)
    assert "Signature is Valid" in papers.pdfsig(pdf, tmp_path)
    told = Record.objects.get(action=Action.AGREEMENT_SEALED)
    assert copy.sha256 in told.detail.body and told.subject == f"signature:{signature.pk}"
    (mail,) = papers.mails_with(signature)
    assert copy.sha256 in mail.body


def test_copy_has_a_timestamp_if_a_server_is_set(signature, timestamps):
    work()
    copy = SignedCopy.objects.get()
    assert (copy.level, registry.recorded(stored(copy))[1].level) == ("B-T", "B-T")


def test_no_seal_is_made_without_its_timestamp(signature, no_timestamps):
    all_attempts()
    assert not SignedCopy.objects.exists() and not papers.mails_with(signature)
    assert not Record.objects.filter(action=Action.AGREEMENT_SEALED).exists()
    row = Task.objects.get(path=tasks.make_signed_copy.module_path)
    assert (row.tries, row.state, queue.given_up()) == (5, Task.State.FAILED, 1)


def test_copy_is_sealed_when_the_timestamp_server_is_back(signature, no_timestamps, settings):
    work()
    settings.TIMESTAMP_URL = no_timestamps.url
    waits = Task.objects.get(path=tasks.make_signed_copy.module_path).due_at - timezone.now()
    assert timedelta(seconds=20) < waits <= timedelta(seconds=30)
    Task.objects.update(due_at=timezone.now())
    work()
    assert SignedCopy.objects.get().level == "B-T"


def test_gate_needs_the_signature_and_not_the_pdf(request_, no_timestamps):
    all_attempts()
    cast.approve(request_, cast.ada())
    assert cast.fresh(request_).status == RequestStatus.GRANTED


def test_signer_sees_the_state_of_the_copy(client, request_, signature, no_timestamps):
    client.force_login(signature.signer)
    pages = [reverse("requests:request", args=[request_.pk]), reverse("requests:my")]
    for page in pages:
        assert "We are sealing your copy" in client.get(page).content.decode()
    assert client.get(reverse("agreements:signed_copy", args=[signature.pk])).status_code == 404
    all_attempts()
    page = client.get(pages[0]).content.decode()
    assert "We could not seal your copy" in page and "Your signature is valid all the same" in page
    # The reason is for staff only, because it names hosts and files.
    assert "127.0.0.1" not in page


def test_staff_see_the_failure_and_start_the_seal_again(client, request_, signature, no_timestamps, settings):
    staff_client(client, cast.ben())
    page = reverse("desk:request", args=[request_.pk])
    work()
    seen = client.get(page).content.decode()
    assert "Sealing will be tried again" in seen and "cannot be reached" in seen and "Next try at" in seen
    all_attempts()
    seen = client.get(page).content.decode()
    assert "Sealing failed" in seen and "After 5 tries" in seen
    assert client.get("/readyz").json()["tasks_failed"] == 1
    settings.TIMESTAMP_URL = no_timestamps.url
    again = reverse("desk:seal_again", args=[signature.pk])
    answer = client.post(again, follow=True)
    assert "Sealing starts again now" in answer.content.decode()
    assert client.get("/readyz").json()["tasks_failed"] == 0
    work()
    assert SignedCopy.objects.get().level == "B-T"
    assert Record.objects.filter(action=Action.SEAL_TRIED_AGAIN).count() == 1
    assert "already sealed" in client.post(again, follow=True).content.decode()
    assert history(request_)


def test_starting_again_requires_permission_and_post(client, signature):
    again = reverse("desk:seal_again", args=[signature.pk])
    for person, status in ((signature.signer, 403), (cast.sal(), 403), (cast.edda(), 403), (cast.ada(), 302)):
        staff_client(client, person) if person.is_staff else client.force_login(person)
        assert client.post(again).status_code == status, person
    assert client.get(again).status_code == 405
    assert client.post(reverse("desk:seal_again", args=["0" * 16])).status_code == 404


def test_copy_without_a_task_can_be_started(signature):
    Task.objects.all().delete()
    assert progress.of([signature])[signature.pk] == progress.Progress()
    progress.try_again(signature, by=None)
    work()
    assert SignedCopy.objects.get().signature == signature


def test_lost_copy_can_be_made_again(signature):
    work()
    SignedCopy.objects.all().delete()
    progress.try_again(signature, by=None)
    work()
    assert SignedCopy.objects.get().signature == signature


def test_copy_being_sealed_is_not_started_twice(signature):
    assert queue.claim(Lane.SEALING, "w")
    with pytest.raises(progress.FlowError, match="being sealed"):
        progress.try_again(signature, by=None)
    assert not Record.objects.filter(action=Action.SEAL_TRIED_AGAIN).exists()
