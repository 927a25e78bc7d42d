"""A person's data are erased at the moment of another step: once, and nothing about them is written back."""

import itertools
from functools import partial

import pytest

from documents.models import AccessGrant
from ndaflow.privacy import flows
from ndaflow.privacy.models import Erasure, Export
from ndaflow.requests import flows as requests
from ndaflow.requests.models import AccessRequest, RequestStatus
from tests import cast
from tests.audit import logs
from tests.ndaflow import paperwork
from tests.races import at_once, rounds
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record


def forgotten(person: User) -> bool:
    """Whether the account names nobody, and nothing is open to it or waits for it."""
    row = User.objects.get(pk=person.pk)
    live = AccessRequest.objects.filter(requester=person, status__in=[RequestStatus.OPEN, RequestStatus.GRANTED])
    named = AccessRequest.objects.filter(requester=person).exclude(email=row.email)
    return (
        (row.name, row.company, row.is_active) == ("", None, False)
        and not live.exists()
        and not named.exists()
        and not AccessGrant.objects.filter(holder=person, ended_at=None).exists()
    )


@pytest.fixture
def staff(racing):
    return cast.ada(), paperwork.lena(), cast.person("leo@trust.example", "Leo Legal", "legal")


def test_two_of_legal_erase_a_person_once(staff):
    ada, lena, leo = staff
    rhea = cast.rhea()
    cast.granted(rhea, ada, cast.document())
    erasure = flows.ask_erasure(by=rhea)
    erase = [partial(flows.carry_out_erasure, Erasure.objects.get(pk=erasure.pk), by=who) for who in (lena, leo)]
    decline = partial(flows.decline_erasure, Erasure.objects.get(pk=erasure.pk), by=leo, reason="A dispute.")
    for _round in range(2):
        wins, errors = at_once([*erase, decline, partial(flows.take_back_erasure, erasure, by=rhea)])
        assert wins <= 1 and {type(error) for error in errors} == {FlowError}, errors
    state = Erasure.objects.get(pk=erasure.pk).state
    assert (state == "done") is forgotten(rhea) and state != "waiting"
    assert Record.objects.filter(action="privacy.erasure_done").count() == (state == "done")


def test_no_step_of_the_person_outlives_the_erasure(staff):
    """They opened a page before it, and press its button during or after it."""
    ada, lena, _leo = staff
    version, plan, vera = cast.nda(), cast.document("plan"), cast.vera()
    for number, step in zip(range(rounds(10)), itertools.cycle(["open", "renew", "take", "sign", "export"])):
        rhea = cast.person(f"rhea@corp{number}.example", "Rhea")
        done = cast.open_request(rhea, cast.document(f"own-{number}"))
        cast.sign(done, rhea, version)
        grant = cast.approve(done, ada).items.get().grant
        waiting = cast.open_request(rhea, plan)
        offered = cast.open_request(vera, cast.document(f"hers-{number}"))
        requests.forward(cast.fresh(offered), by=vera, email=rhea.email)
        erasure = flows.ask_erasure(by=rhea)
        # The draft may be written in the middle of it.
        before = User.objects.get(pk=rhea.pk)

        def open_one(reader: User = before, number: int = number) -> object:
            return cast.open_request(reader, cast.document(f"late-{number}-{AccessRequest.objects.count()}"))

        pressed = {
            "open": open_one,
            "renew": partial(requests.renew, grant, by=before),
            "take": partial(requests.take_over, cast.fresh(offered), by=before, name="Rhea"),
            "sign": partial(cast.sign, waiting, before, version),
            "export": partial(flows.ask_export, by=before),
        }[step]
        erase = partial(flows.carry_out_erasure, Erasure.objects.get(pk=erasure.pk), by=lena)
        _wins, errors = at_once([erase, pressed])
        assert {type(error) for error in errors} <= {FlowError}, errors
        if Erasure.objects.get(pk=erasure.pk).state == "waiting":
            # A request was opened in its middle, and legal tries again.
            flows.carry_out_erasure(Erasure.objects.get(pk=erasure.pk), by=lena)
        assert forgotten(rhea), step
        with pytest.raises(FlowError):
            pressed()
        assert forgotten(rhea) and not Export.objects.filter(person=rhea).exists(), step
    assert [one for one in logs.differing() if "signature" not in one] == []
