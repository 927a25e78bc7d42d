"""The clock keeps personal data no longer than the settings say, and the log stays valid."""

from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import Delivery
from ndaflow.privacy import routine
from ndaflow.requests.models import AccessRequest
from tests import cast
from tests.audit.logs import record
from trustcenter.audit import history
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Detail, Record
from trustcenter.audit.verify import verify
from trustcenter.work.retention import Kept

pytestmark = pytest.mark.django_db


def test_texts_of_requests_without_access_go_and_those_with_access_stay(settings):
    rhea, ada, vera = cast.rhea(), cast.ada(), cast.vera()
    cast.granted(rhea, ada, cast.requestable())
    denied = cast.open_request(vera, cast.requestable("pentest", "restricted"))
    cast.flows.deny(cast.fresh(denied), by=ada, reason="We do not know you.")
    assert routine.forget_refused() == 0
    AccessRequest.objects.update(closed_at=timezone.now() - timedelta(days=settings.KEEP_REFUSED_DAYS, seconds=1))
    assert routine.forget_refused() == 1
    assert routine.forget_refused() == 0
    gone = AccessRequest.objects.get(pk=denied.pk)
    assert (gone.reason, gone.name, gone.company_name) == ("", "", "") and gone.closing_reason
    assert AccessRequest.objects.get(requester=rhea).reason == "Vendor review."
    assert set(Detail.objects.filter(record__subject=f"accessrequest:{denied.pk}").values_list("body", flat=True)) == {
        ""
    }
    (told,) = history.entries(Record.objects.filter(action=Action.LOG_ERASED))
    assert told.text.startswith("The trust center erased what the log said about requests without access")
    assert verify().erased


def test_network_addresses_of_old_sign_ins_go_from_the_log(settings, monkeypatch):
    rhea = cast.rhea()
    record(Action.SIGNED_IN, actor=rhea, subject=rhea, method="code", address="192.0.2.7")
    record(Action.PAGE_SHARED, actor=rhea, subject=None, email="p@example.com")
    assert routine.forget_sign_ins() == 0
    monkeypatch.setattr(Kept, "over", lambda self, now=None: timezone.now() + timedelta(seconds=1))
    assert routine.forget_sign_ins() == 1 and routine.forget_sign_ins() == 0
    bodies = " ".join(Detail.objects.values_list("body", flat=True))
    assert "192.0.2.7" not in bodies and "p@example.com" in bodies and verify().erased == 1
    assert not Delivery.objects.exists()
