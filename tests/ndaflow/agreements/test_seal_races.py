"""Concurrent clicks and workers make one signature, one PDF, one mail and one key."""

from functools import partial

from django.db import connections
from django.test import Client
from django.urls import reverse

from ndaflow.agreements import signing, tasks
from ndaflow.agreements.models import SealCertificate, Signature, SignedCopy
from tests import cast
from tests.ndaflow.agreements import papers
from tests.races import at_once
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.audit.verify import verify
from trustcenter.vault.models import StoredFile

CLICKS, WORKERS = 10, 4


def click(request, version, rhea) -> None:
    client = Client()
    client.force_login(rhea)
    form = {
        "version_number": version.number,
        "text_sha256": version.sha256,
        "typed_name": "Rhea Diaz",
        "title": "CISO",
        "entity": "Example Corp, Inc.",
        "consent": "on",
        "authority": "on",
    }
    answer = client.post(reverse("requests:sign", args=[request.pk, "nda"]), form)
    assert (answer.status_code, answer.url) == (302, reverse("requests:request", args=[request.pk]))


def test_ten_posts_and_four_workers_make_one_of_each(racing, keys):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    done, errors = at_once([partial(click, request, version, rhea)] * CLICKS)
    assert (done, errors) == (CLICKS, [])
    signature = Signature.objects.get()
    assert signature.evidence_sha256 == signing.digest(signature.evidence)
    done, errors = at_once([partial(tasks.make_signed_copy.func, signature.pk)] * WORKERS)
    assert (done, errors) == (WORKERS, [])
    copy = SignedCopy.objects.get()
    assert copy.certificate == SealCertificate.objects.get()
    # The files of the losers are deleted, with their rows.
    assert StoredFile.objects.get(original_of=None, reading_copy_of=None) == copy.file
    assert len([path for path in (keys.parent / "files").rglob("*") if path.is_file()]) == 1
    assert len(papers.mails_with(signature)) == 1
    for action in (Action.AGREEMENT_SEALED, Action.SEAL_CERTIFICATE, Action.REQUEST_SIGNED):
        assert Record.objects.filter(action=action).count() == 1, action
    assert {path.name for path in keys.glob("seal*")} == {"seal.key", "seal-root.key", "seal.pem"}
    verify()
    connections.close_all()
