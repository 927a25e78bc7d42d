import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import ProtectedError
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.agreements import signing
from ndaflow.agreements.coverage import covered, covering
from ndaflow.agreements.models import AgreementVersion, Signature
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest, RequestStatus
from tests import cast
from trustcenter.audit import FlowError

pytestmark = pytest.mark.django_db


def test_signature_stores_everything_the_signer_saw_and_typed():
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    signature = cast.sign(request, rhea, version)
    evidence = json.loads(signature.evidence)
    assert signature.evidence_sha256 == signing.digest(signature.evidence)
    assert evidence["text_sha256"] == version.sha256 == signing.digest(version.text)
    assert evidence["consent_sha256"] == signing.digest(evidence["consent"])
    assert evidence["authority_sha256"] == signing.digest(evidence["authority"])
    for field, value in {
        "agreement": "Mutual NDA",
        "version": 1,
        "typed_name": "Rhea Diaz",
        "title": "CISO",
        "entity": "Example Corp, Inc.",
        "scope": "person",
        "email": "rhea@example.com",
        "request": request.pk,
        "signature": signature.pk,
        "signer": rhea.pk,
        "address": "192.0.2.7",
        "user_agent": "Test browser",
        "session_hash": "b" * 64,
        "proven_by": "code",
        "signed_at": signing.utc_text(signature.signed_at),
    }.items():
        assert evidence[field] == value, field
    assert evidence["proven_at"].endswith("Z")


def test_request_of_another_person_cannot_be_signed():
    """Probo's GHSA-22xj-f767-ppw6: anybody who knew an id could accept another visitor's NDA."""
    version = cast.nda()
    request = cast.open_request(cast.rhea(), cast.document())
    with pytest.raises(FlowError, match="Only the person who made"):
        cast.sign(request, cast.otto(), version)
    assert not Signature.objects.exists()


def test_text_that_changed_since_the_page_was_shown_is_not_signed():
    rhea, old = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.nda("# Another text")
    with pytest.raises(FlowError, match="changed since you opened it"):
        cast.sign(request, rhea, old)


def test_wrong_digest_is_refused():
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    version.sha256 = signing.digest("something else")
    with pytest.raises(FlowError):
        cast.sign(request, rhea, version)


def test_signing_twice_makes_one_signature():
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, version)
    with pytest.raises(FlowError, match="already signed"):
        cast.sign(request, rhea, version)
    assert Signature.objects.count() == 1


def test_document_stays_closed_while_its_agreement_has_no_text():
    """In Probo and sbomify, visitors who came before the NDA was uploaded never had to sign it."""
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.open_request(rhea, cast.document())
    cast.approve(request, ada)
    assert cast.fresh(request).status == RequestStatus.OPEN
    assert not AccessGrant.objects.exists()
    version = cast.nda()
    assert cast.fresh(request).status == RequestStatus.OPEN
    cast.sign(request, rhea, version)
    assert cast.fresh(request).status == RequestStatus.GRANTED


def test_earlier_signature_counts_for_the_next_request():
    rhea, ada, version = cast.rhea(), cast.ada(), cast.nda()
    cast.sign(cast.open_request(rhea, cast.document()), rhea, version)
    second = cast.open_request(rhea, cast.document("caiq"))
    cast.approve(second, ada)
    assert cast.fresh(second).status == RequestStatus.GRANTED


@pytest.mark.parametrize(
    ("policy", "counts", "door_open"), [("grandfather", True, True), ("next_use", False, True), ("now", False, False)]
)
def test_new_text_follows_its_policy_for_earlier_signers(policy, counts, door_open):
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.granted(rhea, ada, cast.document())
    cast.nda("# A newer text", policy)
    now = timezone.now()
    assert bool(covering(rhea, ["nda"], now, new=True)) is counts
    assert covered(rhea, now) == (frozenset({"nda"}) if door_open else frozenset())
    if policy == "now":
        newest = request.signatures.get().agreement.current_version(timezone.now())
        cast.sign(request, rhea, newest)
        assert covered(rhea, timezone.now()) == {"nda"}
        assert Signature.objects.filter(superseded_at=None).get().version == newest
        assert Signature.objects.count() == 2


def test_scheduled_text_takes_effect_at_its_time():
    rhea, ada = cast.rhea(), cast.ada()
    cast.granted(rhea, ada, cast.document())
    soon = timezone.now() + timedelta(hours=1)
    cast.nda("# A newer text", "now", effective_at=soon)
    for new in (True, False):
        assert covering(rhea, ["nda"], soon - timedelta(seconds=1), new=new)
        assert not covering(rhea, ["nda"], soon, new=new)


def test_signatures_are_kept_when_related_rows_are_deleted():
    """sbomify deleted signatures by cascade (#1414)."""
    rhea, ada = cast.rhea(), cast.ada()
    request = cast.granted(rhea, ada, cast.document())
    for row in (rhea, request, request.signatures.get().version):
        with pytest.raises(ProtectedError):
            row.delete()
    assert AccessRequest.objects.count() == Signature.objects.count() == 1


def test_publishing_the_same_text_again_creates_no_version():
    assert cast.nda() == cast.nda()
    assert cast.nda("# Other").number == 2


def test_missing_fields_are_refused():
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    with pytest.raises(FlowError, match="Type your name"):
        flows.sign(
            request,
            by=rhea,
            slug="nda",
            version_number=1,
            text_sha256=version.sha256,
            assent=signing.Assent(typed_name=" ", title="CISO", entity="Example"),
            circumstances=cast.circumstances(),
        )


def test_operator_publishes_a_text_from_a_file(tmp_path, capsys):
    file = tmp_path / "nda.md"
    file.write_text("# Our NDA\n", encoding="utf-8")
    call_command("agreement", "publish", str(file))
    version = AgreementVersion.objects.get()
    assert (version.number, version.text, version.earlier_signers) == (1, "# Our NDA\n", "next_use")
    assert version.sha256 in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe"])
def test_file_that_is_not_text_is_refused(tmp_path, content):
    file = tmp_path / "nda.md"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("agreement", "publish", str(file))
    assert not AgreementVersion.objects.exists()


def test_scheduled_text_closes_grants_made_before_it_takes_effect():
    rhea, ada, version = cast.rhea(), cast.ada(), cast.nda()
    soon = timezone.now() + timedelta(hours=1)
    cast.nda("# A newer text", "now", effective_at=soon)
    request = cast.open_request(rhea, cast.document())
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    assert covered(rhea, soon - timedelta(seconds=1)) and not covered(rhea, soon)


def test_later_text_does_not_reopen_what_an_earlier_one_closed():
    rhea, ada = cast.rhea(), cast.ada()
    cast.granted(rhea, ada, cast.document())
    cast.nda("# A newer text", "now")
    cast.nda("# The newest text", "now", effective_at=timezone.now() + timedelta(days=30))
    assert not covered(rhea, timezone.now())


def test_one_signature_opens_every_request_that_waited_for_it():
    rhea, ada, version = cast.rhea(), cast.ada(), cast.nda()
    requests = [cast.open_request(rhea, cast.document(slug)) for slug in ("soc2", "bridge-letter")]
    for request in requests:
        cast.approve(request, ada)
    cast.sign(requests[0], rhea, version)
    assert {cast.fresh(request).status for request in requests} == {RequestStatus.GRANTED}
    assert AccessGrant.objects.open_at(timezone.now()).count() == 2


def test_same_text_with_another_policy_is_refused():
    cast.nda(earlier_signers="next_use")
    with pytest.raises(FlowError, match="a different rule"):
        cast.nda(earlier_signers="now")
